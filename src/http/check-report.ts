import type { ReportedCheck, ReportedDrift } from '../diff/render-reported.ts';
import type { ResourceDrift } from '../drift.ts';
import type { BoardEntry } from '../run/board.ts';
import type { RunResult, Suppressed } from '../run/result.ts';
import { type CheckState, lastSeeing, publishedDrift } from '../run/state.ts';
import { longestGapMs } from '../schedule/longest-gap.ts';

/** One entry of `/diff`. Drift is sorted by address. */
export interface CheckReport extends ReportedCheck {
  readonly labels: Readonly<Record<string, string>>;
  readonly exitCode?: number;
  /** ISO 8601 time of the revision. */
  readonly committedAt?: string;
  /** ISO 8601 start of the last run without a failure. */
  readonly lastConclusiveAt?: string;
  /** Drift that was not yet seen often enough to be published. */
  readonly unconfirmed?: {
    readonly runs: number;
    readonly required: number;
    readonly drift: readonly ReportedDrift[];
  };
  readonly suppressed: readonly Suppressed[];
  /** ISO 8601. */
  readonly nextRunAt?: string;
  readonly activity: BoardEntry['activity'];
}

/** What is published of a check. The same object as long as the entry is the same and is as fresh. */
export function reportOf(entry: BoardEntry, now: Date): CheckReport {
  const stale = isStale(entry, now);
  const known = reports.get(entry);
  if (known !== undefined && (known.stale ?? false) === stale) return known;
  const { config, state, nextRunAt, activity } = entry;
  const report: CheckReport = {
    check: config.name,
    checker: config.checker,
    labels: config.labels,
    status: state.status,
    ...factsOf(state),
    ...driftOf(state, config.confirmations),
    ...(nextRunAt !== undefined && { nextRunAt }),
    activity,
    ...(stale && { stale }),
  };
  reports.set(entry, report);
  return report;
}

/** What an ad-hoc run found: the answer to one request, which knows no since. */
export function adHocReport(entry: BoardEntry, result: RunResult): CheckReport {
  const { config, activity } = entry;
  return { ...result, labels: config.labels, drift: sorted(result.drift), activity };
}

const reports = new WeakMap<BoardEntry, CheckReport>();
const drifts = new WeakMap<CheckState, readonly ReportedDrift[]>();

/** What is shown is older than it ever is while runs come and can look. */
function isStale({ config, state }: BoardEntry, now: Date): boolean {
  const looked = lastSeeing(state)?.startedAt;
  const longest = longestGapMs(config);
  return looked !== undefined && longest > 0 && now.getTime() - Date.parse(looked) > longest;
}

type Facts = Pick<CheckReport, 'resources' | 'suppressed' | 'failures' | 'notices' | 'notCompared'> &
  Partial<CheckReport>;

/** Failures and times are of the last run; what was compared is of the last that could look. */
function factsOf(state: CheckState): Facts {
  const { last, lastConclusiveAt } = state;
  const seen = lastSeeing(state);
  if (last === undefined || seen === undefined) {
    return { resources: 0, suppressed: [], failures: [], notices: [], notCompared: [] };
  }
  return {
    ...(last.exitCode !== undefined && { exitCode: last.exitCode }),
    startedAt: last.startedAt,
    durationSeconds: last.durationSeconds,
    ...(lastConclusiveAt !== undefined && { lastConclusiveAt }),
    ...(seen !== last && { observedAt: seen.startedAt }),
    ...(seen.revision !== undefined && { revision: seen.revision }),
    ...(seen.committedAt !== undefined && { committedAt: seen.committedAt }),
    resources: seen.resources,
    suppressed: seen.suppressed,
    failures: last.failures,
    notices: last.notices,
    notCompared: seen.notCompared,
  };
}

function driftOf(state: CheckState, required: number): Pick<CheckReport, 'drift'> & Partial<CheckReport> {
  const drift = drifts.get(state) ?? sorted(lastSeeing(state)?.drift ?? [], state.firstSeen);
  drifts.set(state, drift);
  if (publishedDrift(state).length > 0) {
    return { drift, ...(state.driftedSince !== undefined && { driftedSince: state.driftedSince }) };
  }
  const unconfirmed = { runs: state.driftedRuns, required, drift };
  // A confirmed drift outlives a run that could not see it: its since stays known.
  const since = state.confirmed ? state.driftedSince : undefined;
  return {
    drift: [],
    ...(since !== undefined && { driftedSince: since }),
    ...(state.driftedRuns > 0 && !state.confirmed && { unconfirmed }),
  };
}

function sorted(drift: readonly ResourceDrift[], firstSeen: Readonly<Record<string, string>> = {}): ReportedDrift[] {
  return drift
    .map((resource): ReportedDrift => {
      const firstSeenAt = Object.hasOwn(firstSeen, resource.address) ? firstSeen[resource.address] : undefined;
      return firstSeenAt === undefined ? resource : Object.assign({ ...resource }, { firstSeenAt });
    })
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}
