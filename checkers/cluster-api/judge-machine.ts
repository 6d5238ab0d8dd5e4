import type { Change, ResourceDrift } from '../../src/checker.ts';
import { objectAddress } from '../kubernetes/address.ts';
import type { Machine, Owner } from './facts.ts';
import { replaced } from './judge-owner.ts';
import { isSameVersion } from './same-version.ts';

/** A machine beside its owner, and its node beside it. */
export function judgeMachine(
  machine: Machine,
  { owner, set }: { readonly owner?: Owner; readonly set?: Owner },
): ResourceDrift[] {
  // A controller that has not seen the newest spec may be about to say so: not a machine's fault.
  const outOfDate = owner === undefined || owner.lag !== undefined ? [] : behindOwner(machine, owner, set);
  const broken = brokenChanges(machine);
  const changes = [...outOfDate, ...broken];
  const own: ResourceDrift = {
    address: objectAddress(machine, machine),
    type: 'Machine',
    scope: `${machine.namespace}/${machine.cluster}`,
    action: 'replace',
    cause: outOfDate.length > 0 ? 'unapplied' : 'out_of_band',
    changes,
  };
  return [...(changes.length === 0 ? [] : [own]), ...patchedNode(machine)];
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

function brokenChanges({ phase, node, nodeGone }: Machine): Change[] {
  return [
    ...(phase === 'Failed' ? [replaced('/status/phase', 'Failed', 'Running')] : []),
    ...(nodeGone
      ? [{ op: 'add' as const, path: '/status/nodeRef', desired: { kind: 'known' as const, value: node ?? 'a node' } }]
      : []),
  ];
}

/** Somebody upgraded (or downgraded) the kubelet on the node: Cluster API neither did nor knows. */
function patchedNode(machine: Machine): ResourceDrift[] {
  const { version, kubeletVersion, node, nodeGone, upToDate } = machine;
  if (version === undefined || kubeletVersion === undefined || node === undefined || nodeGone) return [];
  if (upToDate?.updating === true || isSameVersion(version, kubeletVersion)) return [];
  return [
    {
      address: `${machine.namespace}/${machine.cluster}/Node/${node}`,
      type: 'Node',
      scope: `${machine.namespace}/${machine.cluster}`,
      action: 'update',
      cause: 'out_of_band',
      changes: [replaced('/status/nodeInfo/kubeletVersion', kubeletVersion, version)],
    },
  ];
}
