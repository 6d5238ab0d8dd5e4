import type { KubeObject } from '../../kubernetes/observation.ts';

/** The fields of Flux's objects that are read, all versions together. */
export interface FluxObject extends KubeObject {
  readonly spec?: FluxSpec | null;
  readonly status?: FluxStatus | null;
}

interface FluxSpec {
  readonly suspend?: boolean;
  readonly interval?: string;
  readonly sourceRef?: Reference;
  readonly chartRef?: Reference;
  readonly driftDetection?: { readonly mode?: string } | null;
}

interface Reference {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

interface FluxStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[] | null;
  readonly artifact?: { readonly revision?: string; readonly lastUpdateTime?: string } | null;
  readonly lastAppliedRevision?: string;
  /** `namespace/name` of the HelmChart that a HelmRelease made. */
  readonly helmChart?: string;
  readonly history?: readonly Snapshot[] | null;
}

/** One release of a HelmRelease, one reconciliation of a Kustomization; the newest first. */
interface Snapshot {
  readonly chartVersion?: string;
  readonly ociDigest?: string;
  readonly status?: string;
  readonly lastReconciled?: string;
}

/** A condition of any Kubernetes object. */
export interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export function conditionOf({ status }: FluxObject, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
