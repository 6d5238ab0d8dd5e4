import { z } from 'zod';
import { clusterShape, requestShape, type ClusterOptions } from '../kubernetes/cluster-options.ts';
import { parseLabelSelector } from '../kubernetes/live/label-selector.ts';
import { nameFilterOption, type NameFilter } from '../kubernetes/live/name-filter.ts';

export interface ClusterApiOptions extends ClusterOptions {
  readonly namespaces: NameFilter;
  readonly clusters: NameFilter;
  readonly selector?: string | undefined;
}

/** A label selector as kubectl takes it. */
export const selectorOption: z.ZodType<string | undefined> = z
  .string()
  .refine(isSelector, 'expected a label selector such as env=prod,tier in (a,b),!canary')
  .optional();

/** Which Clusters. */
export const whichShape: {
  readonly namespaces: z.ZodType<NameFilter>;
  readonly clusters: z.ZodType<NameFilter>;
  readonly selector: z.ZodType<string | undefined>;
} = {
  namespaces: nameFilterOption().describe(
    'Namespaces of the management cluster: a glob, several, or include and exclude.',
  ),
  clusters: nameFilterOption().describe('Names of Clusters: a glob, several, or include and exclude.'),
  selector: selectorOption.describe('Label selector of Clusters, as kubectl takes it.'),
};

/** What the Cluster API checker accepts. `kubeconfig` and `context` name the management cluster. */
export const clusterApiOptions: z.ZodType<ClusterApiOptions> = z.strictObject({
  ...clusterShape,
  ...whichShape,
  ...requestShape,
});

function isSelector(text: string): boolean {
  try {
    return typeof parseLabelSelector(text) === 'function';
  } catch {
    return false;
  }
}
