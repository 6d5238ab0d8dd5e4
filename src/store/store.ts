import type { RunStatus } from '../drift.ts';
import type { RunResult } from '../run/result.ts';
import type { CheckState } from '../run/state.ts';

/** Keeps what is known of each check, and the history of runs, over restarts. */
export interface Store {
  /** The state of every check ever recorded and not forgotten, or of these, sorted by name. */
  load(checks?: readonly string[]): Promise<CheckState[]>;
  /** The version of each check's state: cheap, to find those that another process changed. */
  versions(): Promise<ReadonlyMap<string, number>>;
  /** One transaction: the new state, its resources' first-seen times and a line of history; or nothing, and why. */
  record(state: CheckState, result: RunResult): Promise<RecordOutcome>;
  /**
   * Tells of the checks that any process records from now on, at once; of those recorded while the connection was lost,
   * when it is back. Of a record whose process died just after it, nobody tells: look at `versions` now and then. It
   * never tells where nobody else can write.
   */
  watch(changed: (check: string) => void): Promise<Watch>;
  /** History, newest first. `before` is an ISO 8601 start time (exclusive). */
  runs(check: string, query: { readonly limit: number; readonly before?: string }): Promise<RunSummary[]>;
  /**
   * Removes checks that are no longer configured, with their history, once their last run is older than the longer
   * retention. `now` is the present time unless given.
   */
  forget(configured: readonly string[], now?: Date): Promise<void>;
  /** Removes history past its retention, in small batches. Returns how many runs went. */
  prune(now: Date): Promise<number>;
  /** Says that a worker of a fleet lives. */
  beat(worker: WorkerBeat): Promise<void>;
  /** The last beat of every worker that did not leave. */
  workers(): Promise<WorkerBeat[]>;
  leave(worker: string): Promise<void>;
  /** Waits for what was asked before. Anything asked afterwards is refused. Closing twice is fine. */
  close(): Promise<void>;
}

/** `current` is what the store holds. */
export type RecordOutcome =
  | { readonly outcome: 'recorded' }
  /** A run of this id is in the history already. */
  | { readonly outcome: 'repeated'; readonly current: CheckState }
  /** The stored state is not the one before `state`: another process recorded in between. */
  | { readonly outcome: 'conflict'; readonly current: CheckState };

/** A worker, as it says of itself. */
export interface WorkerBeat {
  /** UUID of the process. */
  readonly id: string;
  readonly host: string;
  readonly pools: readonly string[];
  readonly version: string;
  /** Runs that go on. */
  readonly running: number;
  /** Grows with each beat. */
  readonly beats: number;
}

export interface Watch {
  close(): Promise<void>;
}

/** One line of history. */
export interface RunSummary {
  /** UUID; absent for runs of stores before 0002. */
  readonly id?: string;
  readonly check: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly exitCode?: number;
  readonly revision?: string;
  readonly resources: number;
  readonly drifted: number;
  readonly suppressed: number;
  /** How many failures the run had; `failures` keeps the first of them, with their messages cut. */
  readonly failed: number;
  readonly failures: readonly { readonly phase: string; readonly reason: string; readonly message: string }[];
}

/** How long history is kept. Failures and drift outlive in-sync runs. */
export interface Retention {
  readonly inSyncMs: number;
  readonly otherMs: number;
}

/** Why a store refuses. Bounded. */
export type StoreErrorReason =
  | 'newer' // written by a newer version
  | 'foreign' // not a store of drift-exporter
  | 'corrupt' // not readable as what it should be
  | 'locked' // another process has it, or what is needed of it
  | 'unreachable' // the server does not answer
  | 'forbidden' // the server does not let this user in, or do this
  | 'full' // no room on the disk
  | 'read_only' // no permission to write, or a read-only file system
  | 'unusable' // anything else that the database or the file system says
  | 'closed'; // asked after close()

/** The store cannot be opened or written. The message names the file or the
 * database, never a credential, what was expected and what came. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly reason: StoreErrorReason;

  constructor(reason: StoreErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
