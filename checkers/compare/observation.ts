import type { Failure, NotCompared, Notice } from '../../src/checker.ts';
import type { DesiredObject, ResourceKind } from '../kubernetes/observation.ts';

/** An object of both sides, the left one as the right side would call it. */
export interface Both {
  readonly left: DesiredObject;
  readonly right: DesiredObject;
}

/** One piece of a run: objects of one kind, or what went wrong beside. */
export type CompareObservation =
  | {
      readonly piece: 'objects';
      readonly resource: ResourceKind;
      readonly both: readonly Both[];
      readonly onlyLeft: readonly DesiredObject[];
      readonly onlyRight: readonly DesiredObject[];
    }
  | {
      readonly piece: 'findings';
      readonly failures: readonly Failure[];
      readonly notices: readonly Notice[];
      readonly notCompared: readonly NotCompared[];
    };
