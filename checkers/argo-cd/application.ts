import type { IgnoreDifference } from '../kubernetes/ignore/ignore-rules.ts';
import type { KubeObject } from '../kubernetes/observation.ts';

/** The fields of an Application that are read. */
export interface Application extends KubeObject {
  readonly spec?: ApplicationSpec | null;
  readonly status?: ApplicationStatus | null;
}

export interface ApplicationSpec {
  readonly project?: string;
  readonly source?: ApplicationSource | null;
  readonly sources?: readonly ApplicationSource[] | null;
  readonly destination?: { readonly server?: string; readonly name?: string; readonly namespace?: string } | null;
  readonly syncPolicy?: { readonly automated?: { readonly enabled?: boolean } | null } | null;
  readonly ignoreDifferences?: readonly IgnoreDifference[] | null;
}

export interface ApplicationSource {
  readonly repoURL?: string;
  readonly path?: string;
  readonly targetRevision?: string;
  readonly chart?: string;
  readonly ref?: string;
  readonly helm?: HelmSource | null;
  readonly kustomize?: KustomizeSource | null;
  readonly directory?: DirectorySource | null;
  readonly plugin?: unknown;
}

export interface HelmSource {
  readonly valueFiles?: readonly string[] | null;
  readonly parameters?:
    readonly { readonly name?: string; readonly value?: string; readonly forceString?: boolean }[] | null;
  readonly fileParameters?: readonly unknown[] | null;
  readonly releaseName?: string;
  readonly values?: string;
  readonly valuesObject?: Readonly<Record<string, unknown>> | null;
  readonly skipCrds?: boolean;
  readonly namespace?: string;
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[] | null;
  readonly ignoreMissingValueFiles?: boolean;
}

export interface KustomizeSource {
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  readonly namespace?: string;
  readonly images?: readonly string[] | null;
  readonly commonLabels?: Readonly<Record<string, string>> | null;
  readonly commonAnnotations?: Readonly<Record<string, string>> | null;
  readonly labelWithoutSelector?: boolean;
  readonly labelIncludeTemplates?: boolean;
  readonly replicas?: readonly { readonly name?: string; readonly count?: number | string }[] | null;
  readonly patches?: readonly unknown[] | null;
  readonly components?: readonly string[] | null;
}

export interface DirectorySource {
  readonly recurse?: boolean;
  readonly include?: string;
  readonly exclude?: string;
  readonly jsonnet?: Readonly<Record<string, unknown>> | null;
}

interface ApplicationStatus {
  readonly sync?: {
    readonly status?: string;
    readonly revision?: string;
    readonly revisions?: readonly string[] | null;
    readonly comparedTo?: SyncedSource | null;
  } | null;
  readonly health?: { readonly status?: string; readonly message?: string } | null;
  readonly resources?: readonly ResourceStatus[] | null;
  readonly conditions?: readonly { readonly type?: string; readonly message?: string }[] | null;
  readonly reconciledAt?: string | null;
  readonly operationState?: OperationState | null;
  readonly history?: readonly { readonly revision?: string; readonly revisions?: readonly string[] | null }[] | null;
}

export interface SyncedSource {
  readonly source?: ApplicationSource | null;
  readonly sources?: readonly ApplicationSource[] | null;
}

export interface OperationState {
  readonly phase?: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string | null;
  readonly syncResult?:
    (SyncedSource & { readonly revision?: string; readonly revisions?: readonly string[] | null }) | null;
}

/** One object of an Application, as Argo CD found it. */
export interface ResourceStatus {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly status?: string;
  readonly health?: { readonly status?: string } | null;
  readonly hook?: boolean;
  readonly requiresPruning?: boolean;
}

/** All of an Application's sources, one or many. */
export function sourcesOf({ source, sources }: SyncedSource): readonly ApplicationSource[] {
  if (sources !== undefined && sources !== null && sources.length > 0) return sources;
  return source === undefined || source === null ? [] : [source];
}
