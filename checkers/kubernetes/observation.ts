import type { Failure, Json, NotCompared, Notice } from '../../src/checker.ts';
import type { IgnoreDifference } from './ignore/ignore-rules.ts';
import type { KindSchema } from './schema/kind-schema.ts';

/** A Kubernetes object as JSON. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMetadata;
  readonly [field: string]: unknown;
}

export interface KubeMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly annotations?: Readonly<Record<string, string>> | null;
  readonly managedFields?: readonly ManagedFieldsEntry[] | null;
  readonly ownerReferences?: readonly OwnerReference[] | null;
  readonly deletionTimestamp?: string;
  readonly [field: string]: unknown;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: 'Apply' | 'Update';
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Json;
  readonly subresource?: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** What brought a declared object to the cluster, where a delivery tool did. One for all objects of a delivery. */
export interface Delivery {
  /** Told as the scope of its objects: `namespace/name` of a Helm release, a Kustomization, an Application. */
  readonly scope: string;
  /** Whether what is declared is known to be what was last applied: what differs was changed live then. */
  readonly isApplied: boolean;
  /** Argo CD's `ignoreDifferences`, of this delivery alone. */
  readonly ignoreDifferences?: readonly IgnoreDifference[];
}

/** An object that git declares, with its namespace filled in, and where it is written. */
export interface DesiredObject {
  readonly object: KubeObject;
  readonly origin?: { readonly file: string; readonly line?: number };
  readonly delivery?: Delivery;
  /** JSON Pointers of fields that hold what was read from a Secret. */
  readonly sealed?: readonly string[];
}

/** A kind as the cluster serves it, in the version that git uses. */
export interface ResourceKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural name in the URL. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** Absent when the server publishes none: values are then compared as plain JSON. */
  readonly schema?: KindSchema;
}

/** What other objects say about the ones compared: collected before the first piece. */
export interface ClusterFacts {
  /** The targets of HorizontalPodAutoscalers, live ones: `namespace/apiGroup/Kind/name` to its replica range. */
  readonly autoscaled: ReadonlyMap<string, { readonly min: number; readonly max: number }>;
}

/** A declared object and the live one. */
export interface Pair {
  readonly desired: DesiredObject;
  readonly live: KubeObject;
  /** What a server-side dry-run apply said, where one was asked for: `refused` says why there is no answer. */
  readonly dryRun?:
    { readonly outcome: 'unchanged' | 'changed' } | { readonly outcome: 'refused'; readonly why: string };
}

/** One piece of a run: a page of one kind, joined with what git declares of it; or what went wrong beside. */
export type Observation =
  | {
      readonly piece: 'objects';
      readonly resource: ResourceKind;
      readonly facts: ClusterFacts;
      /** Declared and live. */
      readonly pairs: readonly Pair[];
      /** Declared; the complete LIST did not have it. */
      readonly missing: readonly DesiredObject[];
      /** Live in a scope that git owns, and not declared: candidates, not filtered by owner or maker yet. */
      readonly extra: readonly KubeObject[];
    }
  | {
      readonly piece: 'findings';
      readonly failures: readonly Failure[];
      readonly notices: readonly Notice[];
      readonly notCompared: readonly NotCompared[];
      /** How many declared objects are still what an earlier run of the check found in sync. */
      readonly unchanged?: number;
    };
