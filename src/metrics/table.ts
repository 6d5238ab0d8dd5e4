import type { DiscoveryStatus } from '../discovery/discovery-status.ts';
import { ACTIONS, CAUSES, STATUSES, type ResourceDrift } from '../drift.ts';
import type { BoardEntry } from '../run/board.ts';
import type { RunResult } from '../run/result.ts';
import { isBlind } from '../run/result.ts';
import { sharedDriftOf } from '../run/shared-drift.ts';
import { lastSeeing, publishedDrift } from '../run/state.ts';
import { intervalSecondsOf } from '../schedule/interval-seconds.ts';
import type { SourceStatus } from '../source/source.ts';
import type { WebConfigStatus } from '../web-config/keep-web-config.ts';

/** Everything the metrics are read from, in memory. */
export interface MetricsView {
  readonly entries: readonly BoardEntry[];
  readonly resourceSeriesPerCheck: number;
  readonly sources: readonly SourceStatus[];
  readonly discoveries: readonly DiscoveryStatus[];
  readonly rules: readonly { readonly name: string; readonly expiresAt?: string }[];
  /** Of a fleet. */
  readonly pools: readonly {
    readonly name: string;
    readonly workers: number;
    readonly queued: number;
    readonly running: number;
  }[];
  readonly queueLength: number;
  readonly workersBusy: number;
  readonly redactions: Readonly<Record<string, number>>;
  readonly version: string;
  /** How the outside reaches the page. */
  readonly externalUrl?: string;
  readonly config: { readonly lastReloadSuccessful: boolean; readonly loadedAt: string };
  /** Absent: as without a web configuration file. */
  readonly web?: WebConfigStatus;
  readonly store: { readonly up: boolean; readonly errors: number };
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export type Metric = CheckMetric | ServiceMetric;

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** `*` stands for the labels configured for checks. */
  readonly labels: readonly string[];
}

/** The samples of many checks are those of each, one check after the other: they are kept until the check changes. */
export interface CheckMetric extends Family {
  readonly per: 'check';
  readonly samples: (view: CheckView) => Iterable<Sample>;
}

/** All that the metrics of a check are read from. */
export type CheckView = Pick<MetricsView, 'entries' | 'resourceSeriesPerCheck'>;

export interface ServiceMetric extends Family {
  readonly per: 'service';
  readonly samples: (view: MetricsView) => Iterable<Sample>;
}

/** Series of `drift_fingerprint_checks`: what is on fewer checks is counted by `drift_fingerprints` alone. */
const FINGERPRINT_SERIES = 20;

/** Every metric but the histogram of run durations and Node.js's own. The documentation is made from it. */
export const METRICS: readonly Metric[] = [
  perCheck(
    'drift_check_info',
    'Always 1; carries the labels configured for the check.',
    ['checker', '*'],
    ({ config }) => [{ labels: { ...config.labels, checker: config.checker }, value: 1 }],
  ),
  perCheck(
    'drift_check_status',
    'Whether this is the published status of the check: 1 for one of the four, 0 for the others.',
    ['status'],
    ({ state }) => STATUSES.map((status) => ({ labels: { status }, value: state.status === status ? 1 : 0 })),
  ),
  perCheck(
    'drift_check_exit_code',
    "The tool's own exit code in the last run, as it came. Absent when no command ended.",
    [],
    ({ state }) => one(state.last?.exitCode),
  ),
  perCheck('drift_check_resources', 'Resources compared by the last run that could look.', [], ({ state }) =>
    one(lastSeeing(state)?.resources),
  ),
  perCheck(
    'drift_check_drifted_resources',
    'Drifted resources now, after ignore rules and confirmations. Absent while the last run could not look.',
    ['action', 'cause'],
    driftedResources,
  ),
  perCheck(
    'drift_check_unconfirmed_resources',
    'Drifted resources seen but not published yet, because `confirmations` asks for more runs.',
    [],
    (entry) => one(seeingNow(entry)?.drift.length, (count) => (entry.state.confirmed ? 0 : count)),
  ),
  perCheck('drift_check_suppressed_resources', 'Drifted resources that ignore rules cover entirely.', [], (entry) =>
    one(seeingNow(entry)?.suppressed.length),
  ),
  perCheck(
    'drift_check_not_compared_resources',
    'Resources that the tool cannot compare by design, such as shell tasks in check mode.',
    [],
    (entry) => one(seeingNow(entry)?.notCompared.length),
  ),
  perCheck(
    'drift_check_failures',
    'What the last run could not know. Only pairs that occurred.',
    ['phase', 'reason'],
    ({ state }) => counted(state.last?.failures ?? [], ({ phase, reason }) => ({ phase, reason })),
  ),
  perCheck(
    'drift_check_notices',
    'Worth saying, but neither drift nor failure, in the last run. Only kinds that occurred.',
    ['kind'],
    ({ state }) => counted(state.last?.notices ?? [], ({ kind }) => ({ kind })),
  ),
  perCheck(
    'drift_check_drifted_since_timestamp_seconds',
    'Start of the first run of this unbroken drift. Absent when in sync; survives restarts.',
    [],
    ({ state }) => one(state.confirmed ? seconds(state.driftedSince) : undefined),
  ),
  perCheck('drift_check_last_run_timestamp_seconds', 'Start of the last run.', [], ({ state }) =>
    one(seconds(state.last?.startedAt)),
  ),
  perCheck(
    'drift_check_last_conclusive_run_timestamp_seconds',
    'Start of the last run that ended without a failure.',
    [],
    ({ state }) => one(seconds(state.lastConclusiveAt)),
  ),
  perCheck('drift_check_next_run_timestamp_seconds', 'When the next run is due.', [], ({ nextRunAt }) =>
    one(seconds(nextRunAt)),
  ),
  perCheck(
    'drift_check_interval_seconds',
    'Time between two runs; for a cron schedule, the longest there is: weekends and nights count.',
    [],
    ({ config }) => one(intervalSecondsOf(config.schedule)),
  ),
  perCheck('drift_check_timeout_seconds', 'Time limit of a run.', [], ({ config }) => one(config.timeoutMs / 1000)),
  perCheck('drift_check_running', 'Whether a run of the check goes on.', [], ({ activity }) =>
    one(activity === 'running' ? 1 : 0),
  ),
  perCheck('drift_check_last_run_duration_seconds', 'Duration of the last run.', [], ({ state }) =>
    one(state.last?.durationSeconds),
  ),
  perCheck('drift_check_runs_total', 'Runs recorded, by what each found; survives restarts.', ['status'], ({ state }) =>
    (['in_sync', 'drifted', 'error'] as const).map((status) => ({
      labels: { status },
      value: state.runs[status] ?? 0,
    })),
  ),
  perCheck(
    'drift_check_status_changes_total',
    'How often the published status changed; survives restarts.',
    [],
    ({ state }) => one(state.statusChanges),
  ),
  perCheck(
    'drift_check_source_commit_timestamp_seconds',
    'Time of the commit that the last run compared with. Absent when the source has none.',
    [],
    ({ state }) => one(seconds(state.last?.committedAt)),
  ),
  {
    per: 'check',
    name: 'drift_resource_changed_fields',
    type: 'gauge',
    help: 'Fields that differ, one series a drifted resource. 0 when the tool only says that it differs.',
    labels: ['check', 'type', 'scope', 'address', 'action', 'cause', 'actor_class'],
    samples: (view) =>
      perResource(view, ({ type, scope, action, cause, actor, changes }) => ({
        labels: { type, scope: scope ?? '', action, cause, actor_class: actor?.class ?? 'unknown' },
        value: changes.length,
      })),
  },
  {
    per: 'check',
    name: 'drift_resource_drifted_since_timestamp_seconds',
    type: 'gauge',
    help: 'Start of the first run that saw the resource drifted; survives restarts.',
    labels: ['check', 'address'],
    samples: (view) =>
      perResource(view, ({ address }, { state }) => ({
        labels: {},
        value: seconds(state.firstSeen[address]) ?? Number.NaN,
      })),
  },
  perCheckOf(
    'drift_resource_series_truncated',
    'Drifted resources without a series, over the cap of `resource_series_per_check`.',
    (entry, view) => Math.max(0, resourcesNow(entry).length - view.resourceSeriesPerCheck),
  ),
  perCheck(
    'drift_check_parity_ratio',
    'Of checker compare: share of the objects that are the same in both environments. Absent after a run that failed.',
    [],
    parityOf,
  ),
  single(
    'drift_fingerprints',
    'Different drifts now, as fingerprints tell them apart, on however many checks each is.',
    'gauge',
    [],
    ({ entries }) => one(sharedDriftOf(entries).distinct),
  ),
  single(
    'drift_fingerprint_checks',
    'Checks that have the very same drift. Only the 20 on most checks, and none that is on one check alone.',
    'gauge',
    ['fingerprint', 'type'],
    ({ entries }) =>
      sharedDriftOf(entries)
        .largest(FINGERPRINT_SERIES)
        .map(({ fingerprint, type, checks }) => ({ labels: { fingerprint, type }, value: checks })),
  ),
  {
    per: 'service',
    name: 'drift_ignore_rule_matches',
    type: 'gauge',
    help: 'Drifted resources that the rule changed or suppressed in the last runs of all checks.',
    labels: ['rule'],
    samples: ({ rules, entries }) =>
      rules.map(({ name }) => ({
        labels: { rule: name },
        value: entries.reduce((sum, { state }) => sum + (lastSeeing(state)?.ruleMatches[name] ?? 0), 0),
      })),
  },
  {
    per: 'service',
    name: 'drift_ignore_rule_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the rule ends. Absent for rules without an expiry.',
    labels: ['rule'],
    samples: ({ rules }) => rules.flatMap(({ name, expiresAt }) => one(seconds(expiresAt), undefined, { rule: name })),
  },
  perSource('drift_source_up', 'Whether the newest fetch of the source succeeded.', ({ error }) =>
    error === undefined ? 1 : 0,
  ),
  perSource(
    'drift_source_last_fetch_timestamp_seconds',
    'Last fetch that succeeded. Absent for directories.',
    ({ fetchedAt }) => seconds(fetchedAt),
  ),
  perSource(
    'drift_source_commit_timestamp_seconds',
    'Time of the newest commit fetched. Absent for directories.',
    ({ committedAt }) => seconds(committedAt),
  ),
  perDiscovery('drift_discovery_up', 'Whether the last look saw everything. Absent before the first.', ({ up }) =>
    up === undefined ? undefined : Number(up),
  ),
  perDiscovery('drift_discovery_items', 'Things found that checks are made for.', ({ items }) => items),
  perDiscovery(
    'drift_discovery_dropped_items',
    'Things found that no checks are made for, over the `limit` of the discovery.',
    ({ dropped }) => dropped,
  ),
  perDiscovery('drift_discovery_checks', 'Checks made of what was found.', ({ checks }) => checks),
  perDiscovery(
    'drift_discovery_last_success_timestamp_seconds',
    'Start of the last look that saw everything; survives restarts.',
    ({ succeededAt }) => seconds(succeededAt),
  ),
  {
    per: 'service',
    name: 'drift_discovery_failures',
    type: 'gauge',
    help: 'What the last look could not see, and checks that could not be made. Only reasons that occurred.',
    labels: ['discovery', 'reason'],
    samples: ({ discoveries }) =>
      discoveries.flatMap(({ name, failures }) => counted(failures, ({ reason }) => ({ discovery: name, reason }))),
  },
  single('drift_exporter_build_info', 'Always 1; carries the version.', 'gauge', ['version'], ({ version }) => [
    { labels: { version }, value: 1 },
  ]),
  single(
    'drift_exporter_info',
    'Always 1; carries `web.external_url`, for links in alerts. Absent without one.',
    'gauge',
    ['external_url'],
    ({ externalUrl }) => (externalUrl === undefined ? [] : [{ labels: { external_url: externalUrl }, value: 1 }]),
  ),
  single(
    'drift_exporter_config_last_reload_successful',
    'Whether the last reload of the configuration succeeded.',
    'gauge',
    [],
    ({ config }) => one(config.lastReloadSuccessful ? 1 : 0),
  ),
  single(
    'drift_exporter_config_last_reload_success_timestamp_seconds',
    'When the configuration in use was loaded.',
    'gauge',
    [],
    ({ config }) => one(seconds(config.loadedAt)),
  ),
  single(
    'drift_exporter_web_config_last_reload_successful',
    'Whether the web configuration file on disk, with its certificates, is the one in force. Absent without one.',
    'gauge',
    [],
    ({ web }) => (web?.file === undefined ? [] : one(web.file.lastReloadSuccessful ? 1 : 0)),
  ),
  single(
    'drift_exporter_web_config_last_reload_success_timestamp_seconds',
    'When the web configuration in force was read. Absent without one.',
    'gauge',
    [],
    ({ web }) => one(seconds(web?.file?.loadedAt)),
  ),
  single(
    'drift_exporter_web_certificate_expiry_timestamp_seconds',
    'When the first certificate ends of those in force: of the server with its chain, of the authorities of clients.',
    'gauge',
    ['certificate'],
    ({ web }) =>
      (['server', 'client_ca'] as const).flatMap((certificate) =>
        one(seconds(web?.expiry[certificate]), undefined, { certificate }),
      ),
  ),
  single(
    'drift_pool_workers',
    'Workers of the pool that live. Only of a fleet, by its servers.',
    'gauge',
    ['pool'],
    ({ pools }) => pools.map(({ name, workers }) => ({ labels: { pool: name }, value: workers })),
  ),
  single('drift_pool_queued_runs', 'Checks of the pool whose run waits for a worker.', 'gauge', ['pool'], ({ pools }) =>
    pools.map(({ name, queued }) => ({ labels: { pool: name }, value: queued })),
  ),
  single('drift_pool_running_runs', 'Checks of the pool whose run goes on.', 'gauge', ['pool'], ({ pools }) =>
    pools.map(({ name, running }) => ({ labels: { pool: name }, value: running })),
  ),
  single('drift_exporter_queue_length', 'Runs that are due and wait for room.', 'gauge', [], ({ queueLength }) =>
    one(queueLength),
  ),
  single('drift_exporter_workers_busy', 'Runs that go on.', 'gauge', [], ({ workersBusy }) => one(workersBusy)),
  single('drift_exporter_store_up', 'Whether the last write to the store succeeded.', 'gauge', [], ({ store }) =>
    one(store.up ? 1 : 0),
  ),
  single('drift_exporter_store_errors_total', 'Writes to the store that failed.', 'counter', [], ({ store }) =>
    one(store.errors),
  ),
  single(
    'drift_exporter_redactions_total',
    'Values masked in results, by checker.',
    'counter',
    ['checker'],
    ({ redactions }) => Object.entries(redactions).map(([checker, value]) => ({ labels: { checker }, value })),
  ),
];

function perCheck(
  name: string,
  help: string,
  labels: readonly string[],
  samples: (entry: BoardEntry) => Iterable<Sample>,
): CheckMetric {
  return {
    per: 'check',
    name,
    type: name.endsWith('_total') ? 'counter' : 'gauge',
    help,
    labels: ['check', ...labels],
    *samples({ entries }) {
      for (const entry of entries) {
        for (const { labels, value } of samples(entry))
          yield { labels: { check: entry.config.name, ...labels }, value };
      }
    },
  };
}

function perCheckOf(name: string, help: string, value: (entry: BoardEntry, view: CheckView) => number): CheckMetric {
  return {
    per: 'check',
    name,
    type: 'gauge',
    help,
    labels: ['check'],
    samples: (view) =>
      view.entries.map((entry) => ({ labels: { check: entry.config.name }, value: value(entry, view) })),
  };
}

function perSource(name: string, help: string, value: (source: SourceStatus) => number | undefined): ServiceMetric {
  return {
    per: 'service',
    name,
    type: 'gauge',
    help,
    labels: ['source'],
    samples: ({ sources }) => sources.flatMap((source) => one(value(source), undefined, { source: source.name })),
  };
}

function perDiscovery(
  name: string,
  help: string,
  value: (discovery: DiscoveryStatus) => number | undefined,
): ServiceMetric {
  return {
    per: 'service',
    name,
    type: 'gauge',
    help,
    labels: ['discovery'],
    samples: ({ discoveries }) =>
      discoveries.flatMap((found) => one(value(found), undefined, { discovery: found.name })),
  };
}

function single(
  name: string,
  help: string,
  type: Metric['type'],
  labels: readonly string[],
  samples: (view: MetricsView) => Iterable<Sample>,
): ServiceMetric {
  return { per: 'service', name, help, type, labels, samples };
}

function* perResource(view: CheckView, sample: (drift: ResourceDrift, entry: BoardEntry) => Sample): Iterable<Sample> {
  for (const entry of view.entries) {
    for (const drift of resourcesNow(entry).slice(0, view.resourceSeriesPerCheck)) {
      const { labels, value } = sample(drift, entry);
      yield { labels: { check: entry.config.name, address: drift.address, ...labels }, value };
    }
  }
}

function driftedResources(entry: BoardEntry): Sample[] {
  if (seeingNow(entry) === undefined) return [];
  const drift = publishedDrift(entry.state);
  return ACTIONS.flatMap((action) =>
    CAUSES.map((cause) => ({
      labels: { action, cause },
      value: drift.filter((resource) => resource.action === action && resource.cause === cause).length,
    })),
  );
}

/** What could not be read may differ. */
function parityOf({ config, state }: BoardEntry): Sample[] {
  const { last } = state;
  if (config.checker !== 'compare' || last === undefined || last.status === 'error' || last.resources === 0) return [];
  return one(1 - publishedDrift(state).length / last.resources);
}

/** The last run, when it could look: yesterday's numbers must not stand as today's. */
function seeingNow({ state }: BoardEntry): RunResult | undefined {
  return state.last === undefined || isBlind(state.last) ? undefined : state.last;
}

function resourcesNow(entry: BoardEntry): readonly ResourceDrift[] {
  return seeingNow(entry) === undefined ? [] : publishedDrift(entry.state);
}

function one(
  value: number | undefined,
  change?: (value: number) => number,
  labels: Readonly<Record<string, string>> = {},
): Sample[] {
  return value === undefined ? [] : [{ labels, value: change?.(value) ?? value }];
}

function counted<T>(items: readonly T[], labelsOf: (item: T) => Readonly<Record<string, string>>): Sample[] {
  const groups = Map.groupBy(items, (item) => JSON.stringify(labelsOf(item)));
  return [...groups.values()].map((group) => ({ labels: labelsOf(group[0] as T), value: group.length }));
}

function seconds(iso: string | undefined): number | undefined {
  return iso === undefined ? undefined : Date.parse(iso) / 1000;
}
