import { z } from 'zod';
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
export interface HelmCheckOptions extends ClusterOptions, ComparisonOptions {
  readonly namespaces: NameFilter;
  readonly releases: NameFilter;
  readonly storage: 'secret' | 'configmap';
  readonly extra: boolean;
}

/** What the Helm checker accepts. Every default is here. */
export const helmCheckOptions: z.ZodType<HelmCheckOptions> = z
  .strictObject({
    ...clusterShape,
    namespaces: nameFilterOption().describe("Globs of the releases' namespaces. Default: all."),
    releases: nameFilterOption().describe('Globs of names of releases. Default: all.'),
    storage: z
      .enum(['secret', 'configmap'])
      .default('secret')
      .describe('Where Helm keeps its records: its storage driver.'),
    extra: z
      .boolean()
      .default(false)
      .describe('Whether objects marked as of a release are told that its manifest does not have.'),
    ...comparisonShape,
    ...requestShape,
  })
  .superRefine(addIgnoreRuleIssues);
