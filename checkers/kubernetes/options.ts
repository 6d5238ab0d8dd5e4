import { z } from 'zod';
import type { ActorClass } from '../../src/checker.ts';

/** The options, defaults filled in. See the schema below for what each means. */
export interface KubernetesOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly manifests?: { readonly include: readonly string[]; readonly exclude: readonly string[] } | undefined;
  readonly kustomize?:
    | { readonly dirs: readonly string[]; readonly load_restrictions: boolean; readonly enable_helm: boolean }
    | undefined;
  readonly helm?: HelmOptions | undefined;
  readonly jsonnet?: JsonnetOptions | undefined;
  readonly command?: readonly string[] | undefined;
  readonly extra?: ExtraOptions | undefined;
  readonly confirm: 'none' | 'dry_run';
  readonly include_secrets?: boolean | undefined;
  readonly ignore_differences: readonly IgnoreDifference[];
  readonly managers: readonly ManagerRule[];
  readonly qps: number;
  readonly concurrency: number;
  readonly page_size: number;
  readonly request_timeout_seconds: number;
}

/** A field manager, `*` being any text, and who is behind it. */
export interface ManagerRule {
  readonly name: string;
  readonly class: ActorClass;
}

export interface HelmOptions {
  readonly chart: string;
  readonly release: string;
  readonly namespace?: string | undefined;
  readonly values: readonly string[];
  readonly set: Readonly<Record<string, unknown>>;
  readonly api_versions: readonly string[];
  readonly kube_version?: string | undefined;
  readonly include_crds: boolean;
}

export interface JsonnetOptions {
  readonly file: string;
  readonly program: 'jsonnet' | 'kubecfg';
  readonly library_paths: readonly string[];
  readonly ext_vars: Readonly<Record<string, string>>;
  readonly ext_code: Readonly<Record<string, string>>;
  readonly tla_vars: Readonly<Record<string, string>>;
  readonly tla_code: Readonly<Record<string, string>>;
}

export interface ExtraOptions {
  readonly namespaces?: readonly string[] | undefined;
  readonly selector?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
}

export interface IgnoreDifference {
  readonly group?: string | undefined;
  readonly kind: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly jsonPointers?: readonly string[] | undefined;
  readonly jqPathExpressions?: readonly string[] | undefined;
  readonly managedFieldsManagers?: readonly string[] | undefined;
}

const path = z.string().min(1);
const oneOrMore = z.union([path.transform((one) => [one]), z.array(path).min(1)]);

const manifests = z.union([
  oneOrMore.transform((include) => ({ include, exclude: [] as string[] })),
  z.strictObject({
    /** Files, directories or globs, relative to the source. */
    include: oneOrMore,
    /** Globs, relative to the source. */
    exclude: z.array(path).default([]),
  }),
]);

const kustomize = z.union([
  oneOrMore.transform((dirs) => ({ dirs, load_restrictions: true, enable_helm: false })),
  z.strictObject({
    dirs: oneOrMore,
    /** Whether files outside a kustomization's directory are refused, as kustomize does. */
    load_restrictions: z.boolean().default(true),
    enable_helm: z.boolean().default(false),
  }),
]);

const helm = z.strictObject({
  /** The chart's directory or archive, relative to the source. */
  chart: path,
  release: z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'expected a release name such as shop'),
  namespace: z.string().optional(),
  /** Values files, relative to the source; later ones win. */
  values: z.array(path).default([]),
  /** Values given here; they win over the files. */
  set: z.record(z.string(), z.json()).default({}),
  /** What `.Capabilities.APIVersions` holds beside the built-in ones. */
  api_versions: z.array(z.string()).default([]),
  /** What `.Capabilities.KubeVersion` says. */
  kube_version: z.string().optional(),
  include_crds: z.boolean().default(true),
});

const variables = z.record(z.string().regex(/^[^=]+$/), z.string()).default({});

const jsonnet = z.strictObject({
  /** Relative to the source. */
  file: path,
  program: z.enum(['jsonnet', 'kubecfg']).default('jsonnet'),
  library_paths: z.array(path).default([]),
  /** Text for `std.extVar`. */
  ext_vars: variables,
  /** Code for `std.extVar`. */
  ext_code: variables,
  /** Text for top-level arguments. */
  tla_vars: variables,
  /** Code for top-level arguments. */
  tla_code: variables,
});

const extra = z.strictObject({
  /** Globs of namespaces that git owns. */
  namespaces: z.array(z.string()).optional(),
  /** Label selector of the objects that git owns, as kubectl takes it. */
  selector: z.string().optional(),
  /** `Kind` or `group/Kind`; `*` is every kind that can be listed. Default: the kinds that git uses. */
  kinds: z.array(z.string()).optional(),
});

/** One entry of Argo CD's `ignoreDifferences`, as it is. */
const ignoreDifference = z.strictObject({
  group: z.string().optional(),
  kind: z.string(),
  name: z.string().optional(),
  namespace: z.string().optional(),
  jsonPointers: z.array(z.string()).optional(),
  jqPathExpressions: z.array(z.string()).optional(),
  managedFieldsManagers: z.array(z.string()).optional(),
});

const DESIRED = ['manifests', 'kustomize', 'helm', 'jsonnet', 'command'] as const;

/** What the Kubernetes checker accepts. Every default is here. */
export const kubernetesOptions: z.ZodType<KubernetesOptions> = z
  .strictObject({
    /** Absolute, or relative to the source. Default: $KUBECONFIG, ~/.kube/config, then the pod's service account. */
    kubeconfig: path.optional(),
    context: z.string().optional(),
    /** Of namespaced objects that name none. Default: the context's, then `default`. */
    namespace: z.string().optional(),
    manifests: manifests.optional(),
    kustomize: kustomize.optional(),
    helm: helm.optional(),
    jsonnet: jsonnet.optional(),
    /** Program and arguments that print manifests; run in the source's directory. */
    command: z.array(z.string()).min(1).optional(),
    /** Where undeclared objects are looked for. Default: nowhere. */
    extra: extra.optional(),
    /** `dry_run` asks the server about suspects, which needs the permission to patch. */
    confirm: z.enum(['none', 'dry_run']).default('none'),
    /** Default: Secrets are compared when they may be listed. `true`: not being allowed to is a failure. */
    include_secrets: z.boolean().optional(),
    ignore_differences: z.array(ignoreDifference).default([]),
    /** Field managers that the built-in table does not know, or knows wrongly. */
    managers: z
      .array(z.strictObject({ name: z.string().min(1), class: z.enum(['human', 'controller', 'pipeline', 'unknown']) }))
      .default([]),
    /** Requests a second to the API server. */
    qps: z.number().positive().max(1000).default(50),
    /** Requests under way at once. */
    concurrency: z.int().min(1).max(64).default(4),
    /** Objects per LIST request. */
    page_size: z.int().min(1).max(5000).default(500),
    /** Seconds without a byte from the API server before a request is given up and tried again. */
    request_timeout_seconds: z.number().positive().max(600).default(30),
  })
  .superRefine((options, context) => {
    const given = DESIRED.filter((key) => options[key] !== undefined);
    if (given.length === 1) return;
    const got = given.length === 0 ? 'none' : given.join(' and ');
    context.addIssue({ code: 'custom', message: `expected exactly one of ${DESIRED.join(', ')}; got ${got}` });
  });
