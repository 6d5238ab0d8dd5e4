import { z } from 'zod';
import { clusterShape, requestShape, type ClusterOptions } from '../kubernetes/cluster-options.ts';
import { parseLabelSelector } from '../kubernetes/live/label-selector.ts';
import { nameFilterOption, type NameFilter } from '../kubernetes/live/name-filter.ts';

export interface ClusterApiOptions extends ClusterOptions {
  readonly namespaces: NameFilter;
  readonly clusters: NameFilter;
  readonly selector?: string | undefined;
  readonly nodes: boolean;
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
export const clusterApiOptions: z.ZodType<ClusterApiOptions> = z
  .strictObject({
    ...clusterShape,
    ...whichShape,
    nodes: z
      .boolean()
      .default(false)
      .describe("Whether the nodes of each cluster are read too, through the cluster's kubeconfig Secret."),
    ...requestShape,
  })
  .refine(({ nodes, cluster_secret }) => !nodes || cluster_secret === undefined, {
    path: ['nodes'],
    message: 'expected no cluster_secret beside it: Secrets are followed for one step',
  });

function isSelector(text: string): boolean {
  try {
    return typeof parseLabelSelector(text) === 'function';
  } catch {
    return false;
  }
}
