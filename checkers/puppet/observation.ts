import type { Cause, Failure } from '../../src/checker.ts';
import type { PuppetReport } from './report.ts';

/** One host's report with what is known beside it, or what went wrong instead. */
export type PuppetObservation =
  { readonly piece: 'report'; readonly found: FoundReport } | { readonly piece: 'failure'; readonly failure: Failure };

export interface FoundReport {
  readonly host: string;
  readonly report: PuppetReport;
  /** What the catalog declares; absent when only the report is known. */
  readonly declared?: ReadonlyMap<string, DeclaredResource>;
  /** What was known of each resource before this run; absent at the first. */
  readonly baseline?: Baseline;
  /** Commit of the source. */
  readonly revision?: string;
  /** Taken off the front of file names, so that they are relative to the source. */
  readonly sourcePrefixes: readonly string[];
  /** A change that Puppet does not call corrective is an intended one: it knows what its last run left. */
  readonly knowsLastRun: boolean;
}

export interface DeclaredResource {
  readonly ref: string;
  /** Of the parameters that are not sensitive. */
  readonly digest: string;
  /** An exec with `unless`, `onlyif`, `creates` or `refreshonly`. */
  readonly guarded: boolean;
  /** Has content that the catalog does not hold. */
  readonly sourced: boolean;
  readonly sensitive: readonly string[];
}

/** What earlier runs of a check saw of a host. Plain JSON; losing it only loses causes. */
export interface Baseline {
  readonly version: 1;
  readonly revision?: string;
  readonly resources: Readonly<Record<string, KnownResource>>;
}

export interface KnownResource {
  readonly digest: string;
  /** Of the drift it had; absent when it was in sync. */
  readonly cause?: Cause;
}
