import { z } from 'zod';
import {
  defineDiscoverer,
  failureOf,
  type CheckContext,
  type Discovered,
  type DiscoveredItem,
  type Discoverer,
  type Failure,
} from '../../../src/checker.ts';
import { clusterShape, requestShape } from '../../kubernetes/cluster-options.ts';
import { createApiClient } from '../../kubernetes/live/api-client.ts';
import { nameMatcher, plainNames } from '../../kubernetes/live/name-filter.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';
import { createLister, type Lister } from '../list-objects.ts';
import { whichShape, type ClusterApiOptions } from '../options.ts';
import { readCluster } from '../read-facts.ts';

interface Options extends Omit<ClusterApiOptions, 'nodes'> {
  readonly secret_suffix: string;
}

const options: z.ZodType<Options> = z.strictObject({
  ...clusterShape,
  ...whichShape,
  secret_suffix: z
    .string()
    .min(1)
    .default('-kubeconfig')
    .describe("The Secret with a cluster's kubeconfig is named after the Cluster and this."),
  ...requestShape,
});

/** Workload clusters: the Clusters of a management cluster that have a kubeconfig Secret. No Secret's data is read. */
export const clusterApiClusters: Discoverer<Options> = defineDiscoverer({
  name: 'cluster_api',
  options,
  example: {
    name: 'example',
    namespace: 'example',
    label: { '*': 'example' },
    version: 'v1.30.0',
    control_plane: 'KubeadmControlPlane',
    infrastructure: 'AWSCluster',
    cluster_secret: { namespace: 'example', name: 'example-kubeconfig' },
  },
  discover: async (given, context) => {
    const client = await createApiClient(given, context);
    try {
      return await discoverIn(await createLister(client, given.page_size), given, context);
    } finally {
      client.close();
    }
  },
});

/** Two LISTs; two of each namespace where namespaces are named one by one. */
async function discoverIn(lister: Lister, given: Options, { log }: CheckContext): Promise<Discovered> {
  const items: DiscoveredItem[] = [];
  const failures: Failure[] = [];
  const named = plainNames(given.namespaces);
  for (const namespace of named ?? [undefined]) {
    try {
      items.push(...(await clustersIn(lister, given, namespace)));
    } catch (error) {
      if (namespace === undefined || named?.length === 1) throw error;
      failures.push({ ...failureOf(error), address: namespace });
    }
  }
  log.debug({ clusters: items.length }, 'clusters found');
  return { items, failures };
}

async function clustersIn(
  lister: Lister,
  given: Options,
  namespace: string | undefined,
): Promise<readonly DiscoveredItem[]> {
  const { selector } = given;
  const inNamespace = nameMatcher(given.namespaces);
  const isNamed = nameMatcher(given.clusters);
  const clusters = await lister.list({ group: 'cluster.x-k8s.io', kind: 'Cluster' }, (object) => object, {
    namespace,
    ...(selector !== undefined && { selector }),
  });
  const secrets = await lister.list({ group: '', kind: 'Secret' }, keyOf, {
    namespace,
    selector: 'cluster.x-k8s.io/cluster-name',
    metadataOnly: true,
  });
  const ready = new Set(secrets);
  return clusters
    .filter(({ metadata }) => inNamespace(metadata.namespace ?? '') && isNamed(metadata.name))
    .filter((cluster) => ready.has(`${keyOf(cluster)}${given.secret_suffix}`))
    .map((cluster) => itemOf(cluster, given.secret_suffix));
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function itemOf(object: KubeObject, suffix: string): DiscoveredItem {
  const { namespace, name, topologyVersion, controlPlane } = readCluster(object);
  const { infrastructureRef } = (object['spec'] ?? {}) as { infrastructureRef?: { kind?: string } };
  return {
    id: `${namespace}/${name}`,
    group: namespace,
    values: {
      name,
      namespace,
      label: { ...object.metadata.labels },
      version: topologyVersion ?? '',
      control_plane: controlPlane?.kind ?? '',
      infrastructure: infrastructureRef?.kind ?? '',
      cluster_secret: { namespace, name: `${name}${suffix}` },
    },
  };
}
