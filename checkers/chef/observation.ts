import type { Failure } from '../../src/checker.ts';
import type { RunRecord } from './run-record.ts';

/** One node's run, or what went wrong instead. */
export type ChefObservation =
  | { readonly piece: 'run'; readonly run: RunRecord; readonly host: string; readonly sourceDir: string }
  | { readonly piece: 'failure'; readonly failure: Failure };
