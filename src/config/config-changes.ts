import type { CheckConfig, Config, SourceConfig } from '../config/config.ts';

/** What a new configuration does to the old one. */
export interface ConfigChanges {
  /** Checks that are gone or defined differently, their source included: their runs end. */
  readonly stopped: readonly string[];
  /** Checks that are new or defined differently: their schedule begins anew. */
  readonly started: readonly string[];
  /** Checks of which only the schedule is another: a run that goes on is theirs all the same. */
  readonly rescheduled: readonly string[];
  readonly closedSources: readonly string[];
  readonly openedSources: readonly SourceConfig[];
}

/** Compares definitions; what is the same goes on untouched. Without `before`, everything is new. */
export function changesOf(
  before: Pick<Config, 'checks' | 'sources'> | undefined,
  after: Pick<Config, 'checks' | 'sources'>,
): ConfigChanges {
  const oldSources = definitions(before?.sources ?? []);
  const newSources = definitions(after.sources);
  const oldChecks = definitions((before?.checks ?? []).map((check) => runDefinition(check, oldSources)));
  const newChecks = definitions(after.checks.map((check) => runDefinition(check, newSources)));
  const oldSchedules = definitions(before?.checks ?? [], ({ schedule }) => schedule);
  const newSchedules = definitions(after.checks, ({ schedule }) => schedule);
  const started = new Set(differing(newChecks, oldChecks));
  const opened = new Set(differing(newSources, oldSources));
  return {
    stopped: differing(oldChecks, newChecks),
    started: [...started],
    rescheduled: differing(newSchedules, oldSchedules).filter((name) => !started.has(name)),
    closedSources: differing(oldSources, newSources),
    openedSources: after.sources.filter(({ name }) => opened.has(name)),
  };
}

/** What a running service cannot change: the message, or undefined. */
export function needsRestart(before: Config, after: Config): string | undefined {
  const fixed = [
    ['web', before.web, after.web],
    ['store', before.store, after.store],
    ['global.data_dir', before.global.dataDir, after.global.dataDir],
  ] as const;
  const changed = fixed.filter(([, old, now]) => JSON.stringify(old) !== JSON.stringify(now)).map(([key]) => key);
  return changed.length === 0 ? undefined : `${changed.join(', ')}: cannot change while the service runs; restart it`;
}

/** What a run depends on. Not its labels, confirmations and schedule: a change of those ends no run. */
function runDefinition(
  { name, checker, source, timeoutMs, options }: CheckConfig,
  sources: ReadonlyMap<string, string>,
): Pick<CheckConfig, 'name' | 'checker' | 'timeoutMs' | 'options'> & { readonly source: string | undefined } {
  return { name, checker, timeoutMs, options, source: sources.get(source ?? '') };
}

function definitions<Item extends { readonly name: string }>(
  items: readonly Item[],
  part: (item: Item) => unknown = (item) => item,
): Map<string, string> {
  return new Map(items.map((item) => [item.name, JSON.stringify(part(item))]));
}

/** Names in `these` that `those` lacks or has defined differently. */
function differing(these: ReadonlyMap<string, string>, those: ReadonlyMap<string, string>): string[] {
  return [...these].filter(([name, definition]) => those.get(name) !== definition).map(([name]) => name);
}
