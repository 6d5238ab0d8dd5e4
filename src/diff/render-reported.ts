import type { Failure, NotCompared, Notice, ResourceDrift, Status } from '../drift.ts';

/** What the renderers need of a check. A `RunResult` is one; so is an entry of `/diff`. */
export interface ReportedCheck {
  readonly check: string;
  readonly checker: string;
  readonly status: Status;
  /** ISO 8601, of the last run; absent before the first. */
  readonly startedAt?: string;
  readonly durationSeconds?: number;
  /** ISO 8601; absent when in sync or when only one run is looked at. */
  readonly driftedSince?: string;
  /** ISO 8601 start of the run the drift is from, when the last one could not look. */
  readonly observedAt?: string;
  readonly revision?: string;
  readonly resources: number;
  readonly drift: readonly ReportedDrift[];
  readonly suppressed: readonly unknown[];
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
  readonly notCompared: readonly NotCompared[];
  /** The check has not looked for longer than its schedule allows. */
  readonly stale?: boolean;
  /** Drift that was not yet seen often enough to be published. */
  readonly unconfirmed?: { readonly runs: number; readonly required: number; readonly drift: readonly unknown[] };
}

export type ReportedDrift = ResourceDrift & {
  /** ISO 8601. */
  readonly firstSeenAt?: string;
};
