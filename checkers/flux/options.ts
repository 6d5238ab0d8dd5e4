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
export interface FluxOptions extends ClusterOptions, ComparisonOptions {
  readonly status?: StatusOptions | undefined;
  readonly git?: GitOptions | undefined;
}

export interface StatusOptions {
  readonly namespaces: NameFilter;
  readonly intervals: number;
  /** Milliseconds. */
  readonly grace: number;
}

export interface GitOptions {
  readonly path: string;
  readonly url?: string | undefined;
  readonly sources: Readonly<Record<string, string>>;
  readonly prune: boolean;
  readonly load_restrictions: boolean;
}

const status = z.strictObject({
  namespaces: nameFilterOption().describe("Globs of the namespaces of Flux's objects. Default: all."),
  intervals: z
    .number()
    .min(1)
    .max(100)
    .default(3)
    .describe('An object that was not reconciled for so many of its intervals is a failure.'),
  grace: durationOption('5m').describe('How long something new may take before it is told: a duration such as 5m.'),
});

const git = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('Where Flux begins, relative to the source: what `flux bootstrap --path` was given.'),
  url: z.string().optional().describe('URL of this source, so that GitRepository objects with it are known.'),
  sources: z
    .record(z.string().regex(/^[^/]+\/[^/]+$/, 'expected namespace/name'), z.string().min(1))
    .default({ 'flux-system/flux-system': '.' })
    .describe(
      'Directories of the source by namespace/name of the GitRepository (or other source of Flux) that they stand for.',
    ),
  prune: z
    .boolean()
    .default(true)
    .describe('Whether objects of a Kustomization with prune are told that git does not declare any more.'),
  load_restrictions: z
    .boolean()
    .default(true)
    .describe("Whether files outside a kustomization's directory are refused. Flux itself refuses none of its source."),
});

/** What the Flux checker accepts. Every default is here. */
export const fluxOptions: z.ZodType<FluxOptions> = z
  .strictObject({
    ...clusterShape,
    status: status.optional().describe("Reads Flux's own objects in the cluster."),
    git: git.optional().describe('Renders what Flux would apply, from the source, and compares it with the cluster.'),
    ...comparisonShape,
    ...requestShape,
  })
  .superRefine(addIgnoreRuleIssues)
  .superRefine(({ status: read, git: rendered }, context) => {
    if ((read === undefined) !== (rendered === undefined)) return;
    const got = read === undefined ? 'none' : 'both';
    context.addIssue({ code: 'custom', message: `expected exactly one of status, git; got ${got}` });
  });
