import type { Json } from '../../../src/checker.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';

type Mapping = Readonly<Record<string, Json>>;

export interface SourceReference {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** A Kustomization of Flux's, as far as it says what is applied. */
export interface Kustomization extends KubeObject {
  readonly spec?: {
    readonly suspend?: boolean;
    readonly path?: string;
    readonly sourceRef?: SourceReference;
    readonly targetNamespace?: string;
    readonly namePrefix?: string;
    readonly nameSuffix?: string;
    readonly patches?: readonly Json[] | null;
    readonly images?: readonly Json[] | null;
    readonly components?: readonly string[] | null;
    readonly commonMetadata?: { readonly labels?: Mapping | null; readonly annotations?: Mapping | null } | null;
    readonly prune?: boolean;
    readonly kubeConfig?: unknown;
    readonly ignore?: readonly IgnoreRule[] | null;
    readonly postBuild?: {
      readonly substituteStrategy?: string;
      readonly substitute?: Readonly<Record<string, unknown>> | null;
      readonly substituteFrom?: readonly ValuesReference[] | null;
    } | null;
  } | null;
}

/** A ConfigMap or Secret that variables or values are read from. */
export interface ValuesReference {
  readonly kind?: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly valuesKey?: string;
  readonly targetPath?: string;
}

/** What drift is not told of. The target's fields but the selectors are regular expressions. */
export interface IgnoreRule {
  readonly paths?: readonly string[];
  readonly target?: Readonly<
    Partial<
      Record<'group' | 'version' | 'kind' | 'name' | 'namespace' | 'labelSelector' | 'annotationSelector', string>
    >
  > | null;
}

/** A HelmRelease, as far as it says what is installed. */
export interface HelmReleaseManifest extends KubeObject {
  readonly spec?: {
    readonly suspend?: boolean;
    readonly chart?: {
      readonly spec?: {
        readonly chart?: string;
        readonly sourceRef?: SourceReference;
        readonly valuesFiles?: readonly string[] | null;
      } | null;
    } | null;
    readonly chartRef?: SourceReference | null;
    readonly releaseName?: string;
    readonly targetNamespace?: string;
    readonly storageNamespace?: string;
    readonly values?: Readonly<Record<string, unknown>> | null;
    readonly valuesFrom?: readonly ValuesReference[] | null;
    readonly postRenderers?: readonly unknown[] | null;
    readonly driftDetection?: { readonly ignore?: readonly IgnoreRule[] | null } | null;
    readonly kubeConfig?: unknown;
  } | null;
}

export function isFluxKind({ apiVersion, kind }: KubeObject, wanted: 'Kustomization' | 'HelmRelease'): boolean {
  return (
    kind === wanted && apiVersion.startsWith(`${wanted === 'HelmRelease' ? 'helm' : 'kustomize'}.toolkit.fluxcd.io/`)
  );
}

/** `namespace/name`. */
export function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}
