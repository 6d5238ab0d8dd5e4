import type { Failure } from '../../src/checker.ts';
import type { PulumiDigest } from './digest.ts';

/** One piece of a run: a stack, or what went wrong with one. */
export type PulumiObservation =
  | {
      readonly piece: 'stack';
      readonly stack: string;
      readonly preview: PulumiDigest;
      /** The same without asking the providers, where that tells causes apart. */
      readonly unrefreshed?: PulumiDigest;
      readonly exitCode: number;
      readonly stderr: string;
      readonly refreshed: boolean;
    }
  | { readonly piece: 'failure'; readonly failure: Failure };
