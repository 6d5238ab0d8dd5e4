import type { Failure } from '../../src/checker.ts';

/** The parts of Cluster API's objects that are compared; v1beta1 and v1beta2 tell them in the same words here. */
export interface Common {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the Cluster it belongs to. */
  readonly cluster: string;
  readonly paused: boolean;
  readonly deleting: boolean;
  /** The newest generation that its controller has acted on is older: what `status` says is about another spec. */
  readonly lag?: { readonly generation: number; readonly observed: number };
}

export interface Template {
  readonly version?: string;
  /** `Kind/name` of the templates that new machines are made from. */
  readonly infrastructure?: string;
  readonly bootstrap?: string;
}

export interface Cluster extends Common {
  readonly phase?: string;
  /** Of a managed topology. */
  readonly topologyVersion?: string;
  readonly controlPlane?: { readonly group: string; readonly kind: string; readonly name: string };
}

/** A MachineDeployment, MachineSet, MachinePool or control plane. */
export interface Owner extends Common {
  readonly replicas?: number;
  /** Of a kind whose machines are no objects. */
  readonly currentReplicas?: number;
  readonly template: Template;
  /** The MachineDeployment of a MachineSet. */
  readonly deployment?: string;
}

export interface Machine extends Common {
  readonly version?: string;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly phase?: string;
  /** What made it fail, in Cluster API's words. */
  readonly failure?: string;
  readonly node?: string;
  readonly nodeGone: boolean;
  readonly kubeletVersion?: string;
  /** Of the domains that Cluster API keeps the same on the node. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** What its owner says of it; older releases say nothing. */
  readonly upToDate?: { readonly is: boolean; readonly updating: boolean; readonly message: string };
}

/** A node as its own cluster shows it. */
export interface Node {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kubeletVersion?: string;
}

/** One piece of a run: a Cluster and all that belongs to it; or what could not be read. */
export type ClusterApiObservation =
  | {
      readonly piece: 'cluster';
      readonly cluster: Cluster;
      readonly controlPlane?: Owner;
      readonly deployments: readonly Owner[];
      readonly sets: readonly Owner[];
      readonly pools: readonly Owner[];
      readonly machines: readonly Machine[];
      /** By name; absent when they were not read. */
      readonly nodes?: ReadonlyMap<string, Node>;
      /** Kinds that could not be read: what they would say is not missing. */
      readonly unread: readonly string[];
    }
  | { readonly piece: 'failures'; readonly failures: readonly Failure[] };
