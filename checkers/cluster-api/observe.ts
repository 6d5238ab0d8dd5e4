import { failureOf, type CheckContext, type Failure } from '../../src/checker.ts';
import { createApiClient } from '../kubernetes/live/api-client.ts';
import { nameMatcher, plainNames } from '../kubernetes/live/name-filter.ts';
import type { KubeObject } from '../kubernetes/observation.ts';
import { parseLabelSelector } from '../kubernetes/live/label-selector.ts';
import type { Cluster, ClusterApiObservation, Common, Owner } from './facts.ts';
import { createLister, type Lister } from './list-objects.ts';
import type { ClusterApiOptions } from './options.ts';
import { readNodes } from './read-nodes.ts';
import { readCluster, readControlPlane, readMachine, readOwner } from './read-facts.ts';

const GROUP = 'cluster.x-k8s.io';

/** LISTs Clusters and what belongs to them, one request a kind and page, in the version that the server prefers. */
export async function* observeClusterApi(
  options: ClusterApiOptions,
  context: CheckContext,
): AsyncGenerator<ClusterApiObservation> {
  const client = await createApiClient(options, context);
  try {
    const lister = await createLister(client, options.page_size);
    yield* observeClusters(options, lister, context);
  } finally {
    client.close();
  }
}

async function* observeClusters(
  options: ClusterApiOptions,
  lister: Lister,
  context: CheckContext,
): AsyncGenerator<ClusterApiObservation> {
  const namespace = onlyName(options);
  const wanted = await clustersOf(options, lister, namespace);
  const failures: Failure[] = [];
  const unread: string[] = [];
  const readKind = async <Item extends Common>(
    kind: { readonly group: string; readonly kind: string },
    reader: (object: KubeObject) => Item,
  ): Promise<ReadonlyMap<string, Item[]>> => {
    try {
      return byCluster(await lister.list(kind, reader, { namespace }));
    } catch (error) {
      const failure = failureOf(error);
      if (kind.kind === 'MachinePool' && failure.reason === 'not_found') return new Map(); // an optional part
      failures.push({ ...failure, address: `${kind.group}/${kind.kind}` });
      unread.push(kind.kind);
      return new Map();
    }
  };
  const deployments = await readKind({ group: GROUP, kind: 'MachineDeployment' }, readOwner);
  const sets = await readKind({ group: GROUP, kind: 'MachineSet' }, readOwner);
  const pools = await readKind({ group: GROUP, kind: 'MachinePool' }, readOwner);
  const machines = await readKind({ group: GROUP, kind: 'Machine' }, readMachine);
  const planes = new Map<string, ReadonlyMap<string, Owner[]>>();
  for (const kind of controlPlaneKinds(wanted)) planes.set(kind.kind, await readKind(kind, readControlPlane));
  yield { piece: 'failures', failures: [...failures, ...nothingFound(wanted)] };
  for (const cluster of wanted) {
    const key = `${cluster.namespace}/${cluster.name}`;
    const planesOfKind = [...(planes.get(cluster.controlPlane?.kind ?? '')?.values() ?? [])].flat();
    const controlPlane = planesOfKind.find(
      (plane) => plane.namespace === cluster.namespace && plane.name === cluster.controlPlane?.name,
    );
    // A cluster that is not there yet, or goes, has none that could be asked.
    const isUp = options.nodes && cluster.phase === 'Provisioned';
    const read = isUp ? await readNodes(cluster, options, context) : { failures: [] };
    if (read.failures.length > 0) yield { piece: 'failures', failures: read.failures };
    yield {
      piece: 'cluster',
      cluster,
      ...(controlPlane !== undefined && { controlPlane }),
      deployments: deployments.get(key) ?? [],
      sets: sets.get(key) ?? [],
      pools: pools.get(key) ?? [],
      machines: machines.get(key) ?? [],
      ...('nodes' in read && { nodes: read.nodes }),
      unread,
    };
  }
}

/** The one namespace that is asked for, where it is one: reading others may be forbidden. */
function onlyName({ namespaces }: ClusterApiOptions): string | undefined {
  const plain = plainNames(namespaces);
  return plain?.length === 1 ? plain[0] : undefined;
}

async function clustersOf(
  { namespaces, clusters, selector }: ClusterApiOptions,
  lister: Lister,
  namespace: string | undefined,
): Promise<Cluster[]> {
  const inNamespace = nameMatcher(namespaces);
  const named = nameMatcher(clusters);
  const selected = selector === undefined ? () => true : parseLabelSelector(selector);
  const all = await lister.list(
    { group: GROUP, kind: 'Cluster' },
    (object) => ({ cluster: readCluster(object), labels: object.metadata.labels ?? {} }),
    { namespace },
  );
  return all
    .filter(({ cluster, labels }) => inNamespace(cluster.namespace) && named(cluster.name) && selected(labels))
    .map(({ cluster }) => cluster);
}

function controlPlaneKinds(clusters: readonly Cluster[]): readonly { readonly group: string; readonly kind: string }[] {
  const kinds = clusters.flatMap(({ controlPlane }) => controlPlane ?? []);
  return [...new Map(kinds.map(({ group, kind }) => [`${group}/${kind}`, { group, kind }])).values()];
}

function byCluster<Item extends Common>(items: readonly Item[]): Map<string, Item[]> {
  return Map.groupBy(items, ({ namespace, cluster }) => `${namespace}/${cluster}`);
}

/** A filter that matches nothing must not look like a fleet in sync. */
function nothingFound(clusters: readonly Cluster[]): Failure[] {
  if (clusters.length > 0) return [];
  return [{ phase: 'observe', reason: 'not_found', message: 'no Cluster matches namespaces, clusters and selector' }];
}
