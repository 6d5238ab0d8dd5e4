import type { Failure } from '../drift.ts';

/** What is known of one entry of `discover`: for metrics, the API and the page. */
export interface DiscoveryStatus {
  readonly name: string;
  readonly discoverer: string;
  /** Whether the last look saw everything; absent before the first. */
  readonly up?: boolean;
  /** ISO 8601 start of the last look. */
  readonly lookedAt?: string;
  /** ISO 8601 start of the last look that saw everything. */
  readonly succeededAt?: string;
  /** Things that checks are made for. */
  readonly items: number;
  /** Things left out, over the limit. */
  readonly dropped: number;
  /** Checks made. */
  readonly checks: number;
  /** Of the last look, and of the checks that could not be made. */
  readonly failures: readonly Failure[];
}
