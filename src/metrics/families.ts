import type { BoardEntry } from '../run/board.ts';
import { createSharedDriftIndex, type SharedDriftIndex } from '../run/shared-drift.ts';
import { emptyBlocks, replaceTexts, type Block, type CheckText } from './blocks.ts';
import { formatSamples } from './format-samples.ts';
import { Part } from './part.ts';
import { METRICS, type CheckMetric, type MetricsView } from './table.ts';

/** The sample lines of every metric of the table, as of one view. */
export interface Families {
  readonly version: string;
  readonly entries: readonly BoardEntry[];
  readonly resourceSeriesPerCheck: number;
  /** Goes on from one view to the next. */
  readonly shared: SharedDriftIndex | undefined;
  /** Blocks of the metrics that are per check; absent for the others. */
  readonly blocks: readonly (readonly Block[] | undefined)[];
  /** In the order of the table. */
  readonly parts: readonly (readonly Part[])[];
}

export const NO_FAMILIES: Families = {
  version: '',
  entries: [],
  resourceSeriesPerCheck: 0,
  shared: undefined,
  blocks: [],
  parts: [],
};

/** Checks whose texts are made and put into their blocks before other work is let in. */
const CHECKS_AT_ONCE = 32;

/** Brings them up to date: formats anew only the checks that are not the same entries as before. */
export async function updateFamilies(
  before: Families,
  now: { readonly version: string; readonly view: MetricsView },
  pause: () => Promise<void> | undefined,
): Promise<Families> {
  const { version, view } = now;
  const { entries, resourceSeriesPerCheck } = view;
  const shared = before.shared ?? createSharedDriftIndex();
  await shared.update(entries, pause);
  const same = haveSameChecks(before, view);
  const changed = entries.flatMap((entry, index) => (same && before.entries[index] === entry ? [] : [index]));
  const blocks: (readonly Block[] | undefined)[] = [];
  const parts: (readonly Part[])[] = [];
  for (const [at, metric] of METRICS.entries()) {
    if (metric.per === 'check') {
      let updated = (same ? before.blocks[at] : undefined) ?? emptyBlocks(entries.length);
      for (let from = 0; from < changed.length; from += CHECKS_AT_ONCE) {
        updated = replaceTexts(updated, textsOf(metric, view, changed.slice(from, from + CHECKS_AT_ONCE)));
        await pause();
      }
      blocks.push(updated);
      parts.push(updated.map(({ part }) => part));
    } else {
      blocks.push(undefined);
      parts.push([new Part(formatSamples(metric, metric.samples(view)))]);
    }
  }
  return { version, entries, resourceSeriesPerCheck, shared, blocks, parts };
}

function haveSameChecks(before: Families, { entries, resourceSeriesPerCheck }: MetricsView): boolean {
  return (
    before.resourceSeriesPerCheck === resourceSeriesPerCheck &&
    before.entries.length === entries.length &&
    entries.every(({ config }, index) => before.entries[index]?.config.name === config.name)
  );
}

function textsOf(
  metric: CheckMetric,
  { entries, resourceSeriesPerCheck }: MetricsView,
  checks: readonly number[],
): readonly CheckText[] {
  return checks.map((index) => {
    const view = { entries: entries.slice(index, index + 1), resourceSeriesPerCheck };
    return { index, text: Buffer.from(formatSamples(metric, metric.samples(view))) };
  });
}
