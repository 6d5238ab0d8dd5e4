import type { BoardEntry } from '../run/board.ts';
import { emptyBlocks, replaceTexts, type Block, type CheckText } from './blocks.ts';
import { formatSamples } from './format-samples.ts';
import { Part } from './part.ts';
import { METRICS, type CheckMetric, type MetricsView } from './table.ts';

/** The sample lines of every metric of the table, as of one view. */
export interface Families {
  readonly version: string;
  readonly entries: readonly BoardEntry[];
  readonly resourceSeriesPerCheck: number;
  /** Blocks of the metrics that are per check; absent for the others. */
  readonly blocks: readonly (readonly Block[] | undefined)[];
  /** In the order of the table. */
  readonly parts: readonly (readonly Part[])[];
}

export const NO_FAMILIES: Families = { version: '', entries: [], resourceSeriesPerCheck: 0, blocks: [], parts: [] };

/** Brings them up to date: formats anew only the checks that are not the same entries as before. */
export async function updateFamilies(
  before: Families,
  now: { readonly version: string; readonly view: MetricsView },
  pause: () => Promise<void> | undefined,
): Promise<Families> {
  const { version, view } = now;
  const { entries, resourceSeriesPerCheck } = view;
  const same = haveSameChecks(before, view);
  const changed = entries.flatMap((entry, index) => (same && before.entries[index] === entry ? [] : [index]));
  const blocks: (readonly Block[] | undefined)[] = [];
  const parts: (readonly Part[])[] = [];
  for (const [at, metric] of METRICS.entries()) {
    if (metric.per === 'check') {
      const known = (same ? before.blocks[at] : undefined) ?? emptyBlocks(entries.length);
      const updated = replaceTexts(known, await textsOf(metric, view, changed, pause));
      blocks.push(updated);
      parts.push(updated.map(({ part }) => part));
    } else {
      blocks.push(undefined);
      parts.push([new Part(formatSamples(metric, metric.samples(view)))]);
    }
  }
  return { version, entries, resourceSeriesPerCheck, blocks, parts };
}

function haveSameChecks(before: Families, { entries, resourceSeriesPerCheck }: MetricsView): boolean {
  return (
    before.resourceSeriesPerCheck === resourceSeriesPerCheck &&
    before.entries.length === entries.length &&
    entries.every(({ config }, index) => before.entries[index]?.config.name === config.name)
  );
}

async function textsOf(
  metric: CheckMetric,
  { entries, resourceSeriesPerCheck }: MetricsView,
  changed: readonly number[],
  pause: () => Promise<void> | undefined,
): Promise<readonly CheckText[]> {
  const texts: CheckText[] = [];
  for (const index of changed) {
    const view = { entries: entries.slice(index, index + 1), resourceSeriesPerCheck };
    texts.push({ index, text: Buffer.from(formatSamples(metric, metric.samples(view))) });
    await pause();
  }
  return texts;
}
