import type { Failure, NotCompared, Notice, ResourceDrift, RunStatus } from '../drift.ts';

/** What one run found, after redaction and ignore rules. Plain JSON: it is stored and served as it is. */
export interface RunResult {
  /** UUID: a run that is told of twice is recorded once. */
  readonly id: string;
  readonly check: string;
  readonly checker: string;
  readonly status: RunStatus;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationSeconds: number;
  /** The tool's own, as it came; absent when no command ended. */
  readonly exitCode?: number;
  /** Commit of the source. */
  readonly revision?: string;
  /** ISO 8601 time of that commit. */
  readonly committedAt?: string;
  /** How many resources were compared. */
  readonly resources: number;
  readonly drift: readonly ResourceDrift[];
  /** Drift that an ignore rule covers entirely. */
  readonly suppressed: readonly Suppressed[];
  /** How often each ignore rule took something away: the name, the count. */
  readonly ruleMatches: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
  readonly notCompared: readonly NotCompared[];
  /** How many values were masked. */
  readonly redactions: number;
}

export interface Suppressed {
  readonly address: string;
  readonly type: string;
  readonly rule: string;
}

/** A failed run that compared nothing says nothing about drift: what was known before stays known. */
export function isBlind(result: RunResult): boolean {
  return result.status === 'error' && result.resources === 0 && result.drift.length === 0;
}
