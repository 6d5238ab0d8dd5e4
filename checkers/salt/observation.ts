import type { Failure } from '../../src/checker.ts';

/** What one minion returned, as it came; or what went wrong instead. */
export type SaltObservation =
  | { readonly piece: 'minion'; readonly minion: string; readonly returned: unknown }
  | { readonly piece: 'failure'; readonly failure: Failure };
