import type { Comparison, Notice, NotCompared, ResourceDrift } from '../../src/checker.ts';
import { objectAddress } from '../kubernetes/address.ts';
import type { Cluster, ClusterApiObservation, Common, Machine, Owner } from './facts.ts';
import { judgeMachine } from './judge-machine.ts';
import { judgeOwner } from './judge-owner.ts';

/** What one Cluster and its machines come to. What its controllers have not looked at yet is neither drift nor in sync. */
export function compareClusterApi(observation: ClusterApiObservation): Comparison {
  if (observation.piece === 'failures') return { resources: 0, drift: [], failures: observation.failures };
  const { cluster, controlPlane, deployments, sets, pools, machines, nodes, unread } = observation;
  const owners = [...(controlPlane === undefined ? [] : [controlPlane]), ...deployments, ...pools];
  const all: readonly Common[] = [cluster, ...owners, ...machines];
  const lagging = [cluster, ...owners].filter(({ lag }) => lag !== undefined);
  const alive = machines.filter(({ deleting }) => !deleting);
  const drift: ResourceDrift[] = [
    ...judgeCluster(cluster),
    ...owners
      .filter((owner) => !lagging.includes(owner) && !owner.deleting)
      .flatMap((owner) => judgeOwner(owner, { cluster, count: countOf(owner, { sets, alive, unread }) })),
    ...alive.flatMap((machine) => judgeMachine(machine, { ...wantedBy(machine, { owners, sets }), nodes })),
  ];
  return {
    resources: all.length - lagging.length,
    drift,
    failures: controlPlaneGone(observation),
    notices: [
      ...all.filter(({ paused }) => paused).map(pausedNotice),
      ...machines.filter(({ deleting }) => deleting).map(deletingNotice),
      ...alive.flatMap(remarks),
    ],
    notCompared: lagging.map(notSeenYet),
  };
}

/** Under which name of the cluster things are grouped. */
function scopeOf({ namespace, cluster }: Common): string {
  return `${namespace}/${cluster}`;
}

function judgeCluster(cluster: Cluster): ResourceDrift[] {
  if (cluster.phase !== 'Failed') return [];
  return [
    {
      address: objectAddress(cluster, cluster),
      type: 'Cluster',
      scope: scopeOf(cluster),
      action: 'update',
      cause: 'out_of_band',
      changes: [
        {
          op: 'replace',
          path: '/status/phase',
          live: { kind: 'known', value: 'Failed' },
          desired: { kind: 'known', value: 'Provisioned' },
        },
      ],
    },
  ];
}

/** How many machines an owner has; undefined when they could not be read, or are no objects. */
function countOf(
  owner: Owner,
  { sets, alive, unread }: { sets: readonly Owner[]; alive: readonly Machine[]; unread: readonly string[] },
): number | undefined {
  if (owner.kind === 'MachinePool') return owner.currentReplicas;
  if (unread.includes('Machine') || unread.includes('MachineSet')) return undefined;
  const own = new Set(sets.filter(({ deployment }) => deployment === owner.name).map(({ name }) => name));
  return alive.filter(({ owner: by }) =>
    owner.kind === 'MachineDeployment'
      ? by?.kind === 'MachineSet' && own.has(by.name)
      : by?.kind === owner.kind && by.name === owner.name,
  ).length;
}

/** The owner that decides what a machine should be, and the MachineSet that made it. */
function wantedBy(
  { owner }: Machine,
  { owners, sets }: { readonly owners: readonly Owner[]; readonly sets: readonly Owner[] },
): { readonly owner?: Owner; readonly set?: Owner } {
  const set = owner?.kind === 'MachineSet' ? sets.find(({ name }) => name === owner.name) : undefined;
  const top = owners.find(({ kind, name }) =>
    set === undefined
      ? kind === owner?.kind && name === owner.name
      : kind === 'MachineDeployment' && name === set.deployment,
  );
  return { ...(top !== undefined && { owner: top }), ...(set !== undefined && { set }) };
}

function controlPlaneGone(
  observation: Extract<ClusterApiObservation, { piece: 'cluster' }>,
): NonNullable<Comparison['failures']> {
  const { cluster, controlPlane, unread } = observation;
  const wanted = cluster.controlPlane;
  if (wanted === undefined || controlPlane !== undefined || unread.includes(wanted.kind) || cluster.deleting) return [];
  const message = `${wanted.kind} ${cluster.namespace}/${wanted.name}: the Cluster's control plane is not there`;
  return [{ phase: 'observe', reason: 'not_found', message, address: objectAddress(cluster, cluster) }];
}

function pausedNotice(object: Common): Notice {
  const message = 'paused: its controllers leave it as it is';
  return { kind: 'suspended', message, address: objectAddress(object, object) };
}

function deletingNotice(machine: Machine): Notice {
  return { kind: 'terminating', message: 'is being deleted', address: objectAddress(machine, machine) };
}

function remarks(machine: Machine): Notice[] {
  const address = objectAddress(machine, machine);
  return [
    ...(machine.failure === undefined ? [] : [{ kind: 'warning' as const, message: machine.failure, address }]),
    ...(machine.upToDate?.updating === true
      ? [{ kind: 'deferred' as const, message: 'is being updated in place', address }]
      : []),
  ];
}

function notSeenYet(object: Common): NotCompared {
  const { generation, observed } = object.lag ?? {};
  return {
    address: objectAddress(object, object),
    type: object.kind,
    scope: scopeOf(object),
    why: `its controller has acted on generation ${observed} of ${generation}`,
  };
}
