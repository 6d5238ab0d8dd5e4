import type { Failure, Notice } from '../../../src/checker.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';
import type { Application } from '../application.ts';

/** One page of Applications or ApplicationSets, or what went wrong beside. */
export type StatusObservation =
  | { readonly piece: 'applications'; readonly applications: readonly Application[]; readonly now: string }
  | {
      readonly piece: 'application sets';
      readonly sets: readonly KubeObject[];
      /** `namespace/name` of every Application that is there. */
      readonly known: ReadonlySet<string>;
      readonly now: string;
    }
  | { readonly piece: 'argo findings'; readonly failures: readonly Failure[]; readonly notices: readonly Notice[] };
