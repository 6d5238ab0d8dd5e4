import type { RunStatus } from '../drift.ts';
import type { RunResult } from '../run/result.ts';
import type { CheckState } from '../run/state.ts';

/** Keeps what is known of each check, and the history of runs, over restarts. */
export interface Store {
  /** The state of every check ever recorded and not forgotten. */
  load(): Promise<CheckState[]>;
  /** One transaction: the new state, its resources' first-seen times and a line of history. */
  record(state: CheckState, result: RunResult): Promise<void>;
  /** History, newest first. `before` is an ISO 8601 start time (exclusive). */
  runs(check: string, query: { readonly limit: number; readonly before?: string }): Promise<RunSummary[]>;
  /** Removes checks that are no longer configured, with their history, once they are older than the retention. */
  forget(configured: readonly string[]): Promise<void>;
  /** Removes history past its retention, in small batches. Returns how many runs went. */
  prune(now: Date): Promise<number>;
  close(): Promise<void>;
}

/** One line of history. */
export interface RunSummary {
  readonly check: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly exitCode?: number;
  readonly revision?: string;
  readonly resources: number;
  readonly drifted: number;
  readonly suppressed: number;
  readonly failures: readonly { readonly phase: string; readonly reason: string; readonly message: string }[];
}

/** How long history is kept. Failures and drift outlive in-sync runs. */
export interface Retention {
  readonly inSyncMs: number;
  readonly otherMs: number;
}

/** The store cannot be opened or written: newer version, corrupt, read-only, disk full, locked. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
