import { z } from 'zod';
import type { IgnoreDifference } from './ignore/ignore-rules.ts';
import type { ManagerRule } from './ownership/managers.ts';

/** Which cluster, and how fast it may be asked: the same for every checker of a cluster. */
export interface ClusterOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster_secret?: ClusterSecretOptions | undefined;
  readonly qps: number;
  readonly concurrency: number;
  readonly page_size: number;
  readonly request_timeout_seconds: number;
}

/** A Secret with the credentials of another cluster: that cluster is meant, read anew for each run. */
export interface ClusterSecretOptions {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly format: 'kubeconfig' | 'argo_cd';
  readonly exec: readonly string[];
}

/** How declared objects are compared with live ones: the same for every checker that does. */
export interface ComparisonOptions {
  readonly include_secrets?: boolean | undefined;
  readonly ignore_differences: readonly IgnoreDifference[];
  readonly managers: readonly ManagerRule[];
}

type Shape<Options> = { readonly [Key in keyof Required<Options>]: z.ZodType<Options[Key]> };

/** Options that name the cluster. */
export const clusterShape: Shape<Pick<ClusterOptions, 'kubeconfig' | 'context' | 'cluster_secret'>> = {
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Absolute, or relative to the source. Default: $KUBECONFIG, ~/.kube/config, then the pod's service account.",
    ),
  context: z.string().optional().describe('Of the kubeconfig. Default: the current one.'),
  cluster_secret: z
    .strictObject({
      namespace: z.string().min(1),
      name: z.string().min(1),
      key: z.string().min(1).default('value').describe('Of the Secret’s data, for a kubeconfig.'),
      format: z
        .enum(['kubeconfig', 'argo_cd'])
        .default('kubeconfig')
        .describe('kubeconfig, as Cluster API writes it; argo_cd: a cluster registered in Argo CD.'),
      exec: z
        .array(z.string().min(1))
        .default([])
        .describe('Programs that the credentials may name to be run for a token. Default: none.'),
    })
    .optional()
    .describe(
      'The cluster is another one: a Secret in the one that `kubeconfig` and `context` name says how it is reached. Read anew for each run.',
    ),
};

/** Options that bound the requests. */
export const requestShape: Shape<Omit<ClusterOptions, 'kubeconfig' | 'context' | 'cluster_secret'>> = {
  qps: z.number().positive().max(1000).default(50).describe('Requests a second to the API server.'),
  concurrency: z.int().min(1).max(64).default(4).describe('Kinds that are listed at the same time.'),
  page_size: z.int().min(1).max(5000).default(500).describe('Objects per LIST request.'),
  request_timeout_seconds: z
    .number()
    .positive()
    .max(600)
    .default(30)
    .describe('Seconds without a byte from the API server before a request is given up and tried again.'),
};

/** One entry of Argo CD's `ignoreDifferences`, as it is. */
const ignoreDifference = z.strictObject({
  group: z.string().optional().describe('Glob. Default: any group.'),
  kind: z.string().describe('Glob.'),
  name: z.string().optional().describe('Glob. Default: any name.'),
  namespace: z.string().optional().describe('Glob. Default: any namespace.'),
  jsonPointers: z.array(z.string()).optional().describe('Fields, such as /spec/replicas.'),
  jqPathExpressions: z.array(z.string()).optional().describe('Fields, as jq selects them.'),
  managedFieldsManagers: z.array(z.string()).optional().describe('Fields that these managers own.'),
});

const managerRule = z.strictObject({
  name: z.string().min(1).describe('Of the field manager; * is any text.'),
  class: z.enum(['human', 'controller', 'pipeline', 'unknown']).describe('Who is behind it.'),
});

/** Options of the comparison. `ignore_differences` still has to be read: see `ignoreRuleErrors`. */
export const comparisonShape: Shape<ComparisonOptions> = {
  include_secrets: z
    .boolean()
    .optional()
    .describe(
      'true: not being allowed to list Secrets is a failure. false: they are not asked for. Default: compared when allowed.',
    ),
  ignore_differences: z
    .array(ignoreDifference)
    .default([])
    .describe("Fields not to compare, as Argo CD's ignoreDifferences says them."),
  managers: z
    .array(managerRule)
    .default([])
    .describe('Field managers that the built-in table does not know, or knows wrongly.'),
};
