import type { Change, ResourceDrift } from '../../src/checker.ts';
import { objectAddress } from '../kubernetes/address.ts';
import type { Cluster, Owner } from './facts.ts';
import { isSameVersion } from './same-version.ts';

/** A control plane, MachineDeployment or MachinePool beside its Cluster's topology and the machines there are. */
export function judgeOwner(
  owner: Owner,
  { cluster, count }: { readonly cluster: Cluster; readonly count: number | undefined },
): ResourceDrift[] {
  const version = versionChange(owner, cluster);
  const missing = missingMachines(owner, count);
  const changes = [...version, ...missing];
  if (changes.length === 0) return [];
  return [
    {
      address: objectAddress(owner, owner),
      type: owner.kind,
      scope: `${owner.namespace}/${owner.cluster}`,
      action: 'update',
      cause: version.length > 0 ? 'unapplied' : 'out_of_band',
      changes,
    },
  ];
}

/** A managed topology says one version; its parts follow one after the other. */
function versionChange({ kind, template }: Owner, { topologyVersion, lag }: Cluster): Change[] {
  const { version } = template;
  if (topologyVersion === undefined || version === undefined || lag !== undefined) return [];
  if (isSameVersion(topologyVersion, version)) return [];
  const path = kind === 'MachineDeployment' || kind === 'MachinePool' ? '/spec/template/spec/version' : '/spec/version';
  return [replaced(path, version, topologyVersion)];
}

function missingMachines({ replicas }: Owner, count: number | undefined): Change[] {
  if (replicas === undefined || count === undefined || count >= replicas) return [];
  return [replaced('/spec/replicas', count, replicas)];
}

/** A field that is known on both sides. */
export function replaced(path: string, live: string | number, desired: string | number): Change {
  return { op: 'replace', path, live: { kind: 'known', value: live }, desired: { kind: 'known', value: desired } };
}
