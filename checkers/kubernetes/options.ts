import { z } from 'zod';
import {
  clusterShape,
  comparisonShape,
  requestShape,
  type ClusterOptions,
  type ComparisonOptions,
} from './cluster-options.ts';
import { addIgnoreRuleIssues } from './ignore/ignore-rule-issues.ts';

/** Where declared objects come from: exactly one of these. */
export interface DesiredOptions {
  readonly manifests?: { readonly include: readonly string[]; readonly exclude: readonly string[] } | undefined;
  readonly kustomize?:
    | { readonly dirs: readonly string[]; readonly load_restrictions: boolean; readonly enable_helm: boolean }
    | undefined;
  readonly helm?: HelmOptions | undefined;
  readonly jsonnet?: JsonnetOptions | undefined;
  readonly command?: readonly string[] | undefined;
}

/** The options, defaults filled in. See the schema below for what each means. */
export interface KubernetesOptions extends ClusterOptions, ComparisonOptions, DesiredOptions {
  readonly namespace?: string | undefined;
  readonly extra?: ExtraOptions | undefined;
  readonly confirm: 'none' | 'dry_run';
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

const path = z.string().min(1);
const oneOrMore = z.union([path.transform((one) => [one]), z.array(path).min(1)]);

const manifests = z.union([
  oneOrMore.transform((include) => ({ include, exclude: [] as string[] })),
  z.strictObject({
    include: oneOrMore.describe('Files, directories or globs, relative to the source.'),
    exclude: z.array(path).default([]).describe('Globs, relative to the source.'),
  }),
]);

const kustomize = z.union([
  oneOrMore.transform((dirs) => ({ dirs, load_restrictions: true, enable_helm: false })),
  z.strictObject({
    dirs: oneOrMore.describe('Directories of kustomizations, relative to the source.'),
    load_restrictions: z
      .boolean()
      .default(true)
      .describe("Whether files outside a kustomization's directory are refused, as kustomize does."),
    enable_helm: z.boolean().default(false).describe('Whether a kustomization may render Helm charts.'),
  }),
]);

const helm = z.strictObject({
  chart: path.describe("The chart's directory or archive, relative to the source."),
  release: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'expected a release name such as shop')
    .describe('Name of the release.'),
  namespace: z.string().optional().describe('Namespace of the release, and of objects that name none.'),
  values: z.array(path).default([]).describe('Values files, relative to the source; later ones win.'),
  set: z.record(z.string(), z.json()).default({}).describe('Values given here; they win over the files.'),
  api_versions: z
    .array(z.string())
    .default([])
    .describe('What .Capabilities.APIVersions holds beside the built-in ones.'),
  kube_version: z.string().optional().describe("What .Capabilities.KubeVersion says. Default: Helm's own."),
  include_crds: z.boolean().default(true).describe("Whether the chart's crds directory is compared too."),
});

const variables = z.record(z.string().regex(/^[^=]+$/), z.string()).default({});

const jsonnet = z.strictObject({
  file: path.describe('Relative to the source.'),
  program: z.enum(['jsonnet', 'kubecfg']).default('jsonnet').describe('What renders it.'),
  library_paths: z.array(path).default([]).describe('Where imports are looked for, relative to the source.'),
  ext_vars: variables.describe('Text for std.extVar.'),
  ext_code: variables.describe('Code for std.extVar.'),
  tla_vars: variables.describe('Text for top-level arguments.'),
  tla_code: variables.describe('Code for top-level arguments.'),
});

const extra = z.strictObject({
  namespaces: z
    .array(z.string())
    .optional()
    .describe('Globs of namespaces that git owns. Default: those that git declares, unless there is a selector.'),
  selector: z.string().optional().describe('Label selector of the objects that git owns, as kubectl takes it.'),
  kinds: z
    .array(z.string())
    .optional()
    .describe('Kind or group/Kind; * is every kind that can be listed. Default: the kinds that git uses.'),
});

/** Options that say where declared objects come from. */
export const desiredShape: { readonly [Key in keyof Required<DesiredOptions>]: z.ZodType<DesiredOptions[Key]> } = {
  manifests: manifests.optional().describe('Files, directories or globs of YAML and JSON, relative to the source.'),
  kustomize: kustomize.optional().describe('Kustomizations, relative to the source.'),
  helm: helm.optional().describe('A Helm chart, as helm template renders it.'),
  jsonnet: jsonnet.optional().describe('A jsonnet program.'),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("Program and arguments that print manifests; run in the source's directory, without a shell."),
};

/** How many of them have to be given: one. */
export const DESIRED: readonly (keyof DesiredOptions)[] = ['manifests', 'kustomize', 'helm', 'jsonnet', 'command'];

/** What the Kubernetes checker accepts. Every default is here. */
export const kubernetesOptions: z.ZodType<KubernetesOptions> = z
  .strictObject({
    ...clusterShape,
    namespace: z
      .string()
      .optional()
      .describe("Of namespaced objects that name none. Default: the context's, then `default`."),
    ...desiredShape,
    extra: extra.optional().describe('Where undeclared objects are looked for. Default: nowhere.'),
    confirm: z
      .enum(['none', 'dry_run'])
      .default('none')
      .describe(
        'dry_run asks the server, by a dry-run apply, about objects that read as drifted; needs permission to patch.',
      ),
    ...comparisonShape,
    ...requestShape,
  })
  .superRefine((options, context) => {
    addIgnoreRuleIssues(options, context);
    const given = DESIRED.filter((key) => options[key] !== undefined);
    if (given.length === 1) return;
    const got = given.length === 0 ? 'none' : given.join(' and ');
    context.addIssue({ code: 'custom', message: `expected exactly one of ${DESIRED.join(', ')}; got ${got}` });
  });
