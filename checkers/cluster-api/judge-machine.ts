import type { Change, ResourceDrift } from '../../src/checker.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import { objectAddress } from '../kubernetes/address.ts';
import type { Machine, Node, Owner } from './facts.ts';
import { replaced } from './judge-owner.ts';
import { isSameVersion } from './same-version.ts';

/** A machine beside its owner, and its node beside it. */
export function judgeMachine(
  machine: Machine,
  {
    owner,
    set,
    nodes,
  }: { readonly owner?: Owner; readonly set?: Owner; readonly nodes?: ReadonlyMap<string, Node> | undefined },
): ResourceDrift[] {
  // A controller that has not seen the newest spec may be about to say so: not a machine's fault.
  const outOfDate = owner === undefined || owner.lag !== undefined ? [] : behindOwner(machine, owner, set);
  const broken = brokenChanges(machine, nodes);
  const changes = [...outOfDate, ...broken];
  const own: ResourceDrift = {
    address: objectAddress(machine, machine),
    type: 'Machine',
    scope: `${machine.namespace}/${machine.cluster}`,
    action: 'replace',
    cause: outOfDate.length > 0 ? 'unapplied' : 'out_of_band',
    changes,
  };
  return [...(changes.length === 0 ? [] : [own]), ...patchedNode(machine, nodes)];
}

/** Cluster API replaces such a machine when the rollout comes to it. */
function behindOwner(machine: Machine, { template: wanted }: Owner, set: Owner | undefined): Change[] {
  const { version, upToDate } = machine;
  const made = set?.template ?? {};
  const changes = [
    ...(wanted.version !== undefined && version !== undefined && !isSameVersion(wanted.version, version)
      ? [replaced('/spec/version', version, wanted.version)]
      : []),
    ...differing('/spec/infrastructureRef', made.infrastructure, wanted.infrastructure),
    ...differing('/spec/bootstrap/configRef', made.bootstrap, wanted.bootstrap),
  ];
  if (changes.length > 0 || upToDate === undefined || upToDate.is || upToDate.updating) return changes;
  return [replaced('/status/conditions/UpToDate', upToDate.message || 'False', 'True')];
}

function differing(path: string, live: string | undefined, desired: string | undefined): Change[] {
  return live === undefined || desired === undefined || live === desired ? [] : [replaced(path, live, desired)];
}

function brokenChanges(machine: Machine, nodes: ReadonlyMap<string, Node> | undefined): Change[] {
  const { phase, node } = machine;
  return [
    ...(phase === 'Failed' ? [replaced('/status/phase', 'Failed', 'Running')] : []),
    ...(isGone(machine, nodes)
      ? [{ op: 'add' as const, path: '/status/nodeRef', desired: { kind: 'known' as const, value: node ?? 'a node' } }]
      : []),
  ];
}

function isGone({ node, nodeGone }: Machine, nodes: ReadonlyMap<string, Node> | undefined): boolean {
  return nodeGone || (node !== undefined && nodes?.has(node) === false);
}

/** Somebody changed the kubelet's version or a label on the node: Cluster API did not. */
function patchedNode(machine: Machine, nodes: ReadonlyMap<string, Node> | undefined): ResourceDrift[] {
  const { node, upToDate } = machine;
  if (node === undefined || isGone(machine, nodes) || upToDate?.updating === true) return [];
  const live = nodes?.get(node);
  const changes = [...kubeletChange(machine, live), ...(live === undefined ? [] : labelChanges(machine, live))];
  if (changes.length === 0) return [];
  return [
    {
      address: `${machine.namespace}/${machine.cluster}/Node/${node}`,
      type: 'Node',
      scope: `${machine.namespace}/${machine.cluster}`,
      action: 'update',
      cause: 'out_of_band',
      changes,
    },
  ];
}

function kubeletChange({ version, kubeletVersion }: Machine, node: Node | undefined): Change[] {
  const live = node?.kubeletVersion ?? kubeletVersion;
  if (version === undefined || live === undefined || isSameVersion(version, live)) return [];
  return [replaced('/status/nodeInfo/kubeletVersion', live, version)];
}

function labelChanges({ nodeLabels }: Machine, { labels }: Node): Change[] {
  return Object.entries(nodeLabels).flatMap(([label, desired]): Change[] => {
    const path = toPointer(['metadata', 'labels', label]);
    const live = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (live === undefined) return [{ op: 'add', path, desired: { kind: 'known', value: desired } }];
    return live === desired ? [] : [replaced(path, live, desired)];
  });
}
