import type { Failure, Notice } from '../../../src/checker.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';
import type { FluxKind } from './flux-kinds.ts';

/** What the sources fetched, and when the reading began. */
export interface FluxFacts {
  /** ISO 8601. */
  readonly now: string;
  /** By `Kind/namespace/name` of the source. */
  readonly artifacts: ReadonlyMap<string, Artifact>;
  /** The newest event of a drift that is not corrected, by `namespace/name` of the HelmRelease. */
  readonly driftEvents: ReadonlyMap<string, DriftEvent>;
}

export interface Artifact {
  readonly revision: string;
  /** ISO 8601; when this revision came. */
  readonly at: string | undefined;
}

export interface DriftEvent {
  readonly message: string;
  readonly at: string;
}

/** One page of one kind of Flux's, or what went wrong beside. */
export type StatusObservation =
  | {
      readonly piece: 'flux';
      readonly kind: FluxKind;
      readonly objects: readonly KubeObject[];
      readonly facts: FluxFacts;
    }
  | { readonly piece: 'flux findings'; readonly failures: readonly Failure[]; readonly notices: readonly Notice[] };
