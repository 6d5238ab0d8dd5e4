import type { Failure, NotCompared, Notice } from '../../../src/checker.ts';
import type { ApiCatalog } from '../../kubernetes/live/api-catalog.ts';
import type { DesiredObject, ResourceKind } from '../../kubernetes/observation.ts';

/** One of the two environments. */
export interface Side {
  /** What messages call it. */
  readonly name: 'left' | 'right';
  /** Of a cluster: what it serves. */
  readonly catalog?: ApiCatalog;
  /** Of a declared side: all that it declares, as it is written. */
  readonly declared?: readonly DesiredObject[];
  /** What went wrong, or is worth saying, before anything was compared. */
  readonly findings: {
    readonly failures: readonly Failure[];
    readonly notices: readonly Notice[];
    readonly notCompared: readonly NotCompared[];
  };
  /** Objects of a kind, with the names of the right side. Rejects with CheckError. `wanted`: what the other side has. */
  objects(kind: ResourceKind, wanted: readonly DesiredObject[] | undefined): Promise<readonly DesiredObject[]>;
  close(): void;
}
