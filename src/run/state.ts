import type { ResourceDrift, RunStatus, Status } from '../drift.ts';
import { isBlind, type RunResult } from './result.ts';

/**
 * What is known of a check: the last run, and what the runs before it established. Plain JSON.
 * Everything published (metrics, `/diff`, the page) is read from here.
 */
export interface CheckState {
  readonly check: string;
  /** Published: damped by `confirmations`. */
  readonly status: Status;
  /** The last run, whatever it found. */
  readonly last?: RunResult;
  /** The last run that compared something, when `last` did not. */
  readonly seen?: RunResult;
  /** ISO 8601 start of the last run that ended without a failure. */
  readonly lastConclusiveAt?: string;
  /** ISO 8601 start of the last run that found everything in sync. */
  readonly lastInSyncAt?: string;
  /** ISO 8601 start of the first run of this unbroken drift; absent when in sync. */
  readonly driftedSince?: string;
  /** Runs in a row that saw drift; one without drift ends it, one that could not look leaves it. */
  readonly driftedRuns: number;
  /** Whether those runs were enough to publish it. */
  readonly confirmed: boolean;
  /** ISO 8601 start of the first run that saw each resource drifted, by address. */
  readonly firstSeen: Readonly<Record<string, string>>;
  /** How often the published status changed. */
  readonly statusChanges: number;
  /** Runs ever recorded, by what each found. */
  readonly runs: Readonly<Partial<Record<RunStatus, number>>>;
  /** 0 before the first run; grows by one with each. */
  readonly version: number;
}

/** A check before its first result. */
export function initialState(check: string): CheckState {
  return {
    check,
    status: 'unknown',
    driftedRuns: 0,
    confirmed: false,
    firstSeen: {},
    statusChanges: 0,
    runs: {},
    version: 0,
  };
}

/** The state after a run. `confirmations`: how many runs in a row must see drift before it is published. */
export function nextState(state: CheckState, result: RunResult, confirmations: number): CheckState {
  const driftedRuns = countDriftedRuns(state, result);
  const confirmed = driftedRuns > 0 && (driftedRuns >= confirmations || state.confirmed);
  const status = publishedStatus(state, result, confirmed);
  const seen = isBlind(result) ? (state.seen ?? lastThatSaw(state)) : undefined;
  const lastConclusiveAt = result.status === 'error' ? state.lastConclusiveAt : result.startedAt;
  const lastInSyncAt = result.status === 'in_sync' ? result.startedAt : state.lastInSyncAt;
  const driftedSince = driftedRuns === 0 ? undefined : (state.driftedSince ?? result.startedAt);
  return {
    ...countRun(state, result),
    check: state.check,
    status,
    last: result,
    ...(seen && { seen }),
    ...(lastConclusiveAt !== undefined && { lastConclusiveAt }),
    ...(lastInSyncAt !== undefined && { lastInSyncAt }),
    ...(driftedSince !== undefined && { driftedSince }),
    driftedRuns,
    confirmed,
    firstSeen: nextFirstSeen(state, result),
    statusChanges: state.statusChanges + (state.status === status || state.status === 'unknown' ? 0 : 1),
  };
}

/** The state after a run that tells nothing new of it: one that began before what is known already. */
export function withLateRun(state: CheckState, result: RunResult): CheckState {
  return { ...state, ...countRun(state, result) };
}

/** The newest run that compared something: its drift is what is now known. */
export function lastSeeing(state: CheckState): RunResult | undefined {
  return state.seen ?? state.last;
}

/** The drift to publish: none while it is unconfirmed. */
export function publishedDrift(state: CheckState): readonly ResourceDrift[] {
  return state.confirmed ? (lastSeeing(state)?.drift ?? []) : [];
}

function countRun(state: CheckState, { status }: RunResult): Pick<CheckState, 'runs' | 'version'> {
  return { runs: { ...state.runs, [status]: (state.runs[status] ?? 0) + 1 }, version: state.version + 1 };
}

function countDriftedRuns(state: CheckState, result: RunResult): number {
  if (result.drift.length > 0) return state.driftedRuns + 1;
  return result.status === 'error' ? state.driftedRuns : 0;
}

function publishedStatus(state: CheckState, result: RunResult, confirmed: boolean): Status {
  if (result.status !== 'drifted' || confirmed) return result.status;
  // Unconfirmed drift: what was last concluded still stands. After an error nothing does, unless a run was in sync.
  if (state.status !== 'error') return state.status;
  return state.lastInSyncAt === undefined ? 'unknown' : 'in_sync';
}

function lastThatSaw(state: CheckState): RunResult | undefined {
  return state.last !== undefined && !isBlind(state.last) ? state.last : undefined;
}

/**
 * A resource not seen by a run that failed may still be drifted: it keeps its time. Addresses are anybody's words
 * (`constructor`, `__proto__`), so they are own properties only.
 */
function nextFirstSeen(state: CheckState, result: RunResult): Record<string, string> {
  const before = new Map(Object.entries(state.firstSeen));
  const seen = result.drift.map(({ address }) => [address, before.get(address) ?? result.startedAt] as const);
  return Object.fromEntries(result.status === 'error' ? [...before, ...seen] : seen);
}
