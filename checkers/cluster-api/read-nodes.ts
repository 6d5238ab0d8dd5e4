import { failureOf, type CheckContext, type Failure } from '../../src/checker.ts';
import { objectAddress } from '../kubernetes/address.ts';
import { createApiClient } from '../kubernetes/live/api-client.ts';
import type { Cluster, Node } from './facts.ts';
import { createLister } from './list-objects.ts';
import type { ClusterApiOptions } from './options.ts';
import { readNode } from './read-facts.ts';

/** The nodes of one workload cluster, through its kubeconfig Secret; or why they could not be read. Never rejects. */
export async function readNodes(
  cluster: Cluster,
  options: ClusterApiOptions,
  context: CheckContext,
): Promise<{ readonly nodes?: ReadonlyMap<string, Node>; readonly failures: readonly Failure[] }> {
  const { namespace, name } = cluster;
  const secret = { namespace, name: `${name}-kubeconfig`, key: 'value', format: 'kubeconfig' as const, exec: [] };
  try {
    const client = await createApiClient({ ...options, cluster_secret: secret }, context);
    try {
      const lister = await createLister(client, options.page_size);
      const nodes = await lister.list({ group: '', kind: 'Node' }, readNode);
      return { nodes: new Map(nodes.map((node) => [node.name, node])), failures: [] };
    } finally {
      client.close();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    return { failures: [{ ...failureOf(error), address: objectAddress(cluster, cluster) }] };
  }
}
