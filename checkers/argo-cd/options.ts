import { z } from 'zod';
import { durationOption } from '../hosts/duration-option.ts';
import {
  clusterShape,
  comparisonShape,
  requestShape,
  type ClusterOptions,
  type ComparisonOptions,
} from '../kubernetes/cluster-options.ts';
import { addIgnoreRuleIssues } from '../kubernetes/ignore/ignore-rule-issues.ts';
import { nameFilterOption, type NameFilter } from '../kubernetes/live/name-filter.ts';

/** The options, defaults filled in. See the schema below for what each means. */
export interface ArgoCdOptions extends ClusterOptions, ComparisonOptions {
  readonly namespaces: NameFilter;
  readonly applications: NameFilter;
  readonly projects: NameFilter;
  readonly selector?: string | undefined;
  readonly status?: StatusOptions | undefined;
  readonly git?: GitOptions | undefined;
}

export interface StatusOptions {
  /** Milliseconds. */
  readonly stale_after: number;
  /** Milliseconds. */
  readonly grace: number;
  readonly application_sets: boolean;
}

export interface GitOptions {
  readonly applications_from?:
    { readonly kubeconfig?: string | undefined; readonly context?: string | undefined } | undefined;
  readonly repositories: Readonly<Record<string, string>>;
  readonly destinations: readonly string[];
  readonly extra: boolean;
  readonly load_restrictions: boolean;
}

const status = z.strictObject({
  stale_after: durationOption('30m').describe(
    'An Application that Argo CD did not compare for so long is a failure: a duration such as 30m.',
  ),
  grace: durationOption('5m').describe('How long something new may take before it is told: a duration such as 5m.'),
  application_sets: z.boolean().default(true).describe('Whether ApplicationSets are read too.'),
});

const git = z.strictObject({
  applications_from: z
    .strictObject({ kubeconfig: clusterShape.kubeconfig, context: clusterShape.context })
    .optional()
    .describe(
      "The cluster of Argo CD, where the Applications are; {} is that of kubeconfig, without cluster_secret. Default: this check's cluster.",
    ),
  repositories: z
    .record(z.string().min(1), z.string().min(1))
    .refine((all) => Object.keys(all).length > 0, 'expected at least one repository')
    .describe('Directories of the source by the repoURL that they stand for: usually one, and `.`.'),
  destinations: z
    .array(z.string().min(1))
    .min(1)
    .default(['https://kubernetes.default.svc', 'in-cluster'])
    .describe("Servers or names of destinations that are this check's cluster."),
  extra: z
    .boolean()
    .default(true)
    .describe('Whether objects that are tracked as of an Application are told that git does not declare.'),
  load_restrictions: z
    .boolean()
    .default(true)
    .describe("Whether files outside a kustomization's directory are refused, as Argo CD does unless told otherwise."),
});

/** What the Argo CD checker accepts. Every default is here. */
export const argoCdOptions: z.ZodType<ArgoCdOptions> = z
  .strictObject({
    ...clusterShape,
    namespaces: nameFilterOption().describe('Globs of the namespaces of Applications. Default: all.'),
    applications: nameFilterOption().describe('Globs of names of Applications. Default: all.'),
    projects: nameFilterOption().describe('Globs of projects. Default: all.'),
    selector: z.string().min(1).optional().describe('Label selector of Applications, as kubectl takes it.'),
    status: status.optional().describe('Reads what Argo CD itself found.'),
    git: git
      .optional()
      .describe('Renders the Applications from the source, and compares them with the cluster without Argo CD.'),
    ...comparisonShape,
    ...requestShape,
  })
  .superRefine(addIgnoreRuleIssues)
  .superRefine(({ status: read, git: rendered }, context) => {
    if ((read === undefined) !== (rendered === undefined)) return;
    const got = read === undefined ? 'none' : 'both';
    context.addIssue({ code: 'custom', message: `expected exactly one of status, git; got ${got}` });
  });
