import { objectAddress } from './address.ts';
import type { ObjectVerdict } from './compare-pair.ts';
import { isIgnoredWhole } from './ignore/annotations.ts';
import type { KubeObject, ResourceKind } from './observation.ts';
import { actorOf, makerOf } from './ownership/attribution.ts';
import { fieldOwners } from './ownership/field-owners.ts';
import { isClusterMade } from './ownership/cluster-made.ts';
import { lastApplied } from './ownership/last-applied.ts';
import type { ManagerTable } from './ownership/managers.ts';

const NOTHING: ObjectVerdict = { drift: undefined, notices: [] };

/** Judges a live object that git does not declare, in a scope that git owns. */
export function compareExtra(
  live: KubeObject,
  { resource, classify }: { readonly resource: ResourceKind; readonly classify: ManagerTable },
): ObjectVerdict {
  if (isOwned(live) || isClusterMade(live, resource) || isIgnoredWhole(live)) return NOTHING;
  const address = objectAddress(resource, live.metadata);
  if (live.metadata.deletionTimestamp !== undefined) {
    const message = 'not declared, and deleted already: held by its finalizers';
    return { drift: undefined, notices: [{ kind: 'terminating', message, address }] };
  }
  const owners = fieldOwners(live, classify);
  const maker = makerOf(owners);
  if (maker?.class === 'controller') return NOTHING;
  const wasApplied = lastApplied(live, resource.kind) !== undefined || maker?.class === 'pipeline';
  const { namespace } = live.metadata;
  return {
    drift: {
      address,
      type: resource.kind,
      ...(namespace === undefined ? {} : { scope: namespace }),
      action: 'delete',
      cause: maker === undefined ? 'unknown' : wasApplied ? 'unapplied' : 'out_of_band',
      ...(maker === undefined ? {} : { actor: actorOf(maker) }),
      changes: [],
    },
    notices: [],
  };
}

function isOwned(live: KubeObject): boolean {
  const owners = live.metadata.ownerReferences;
  return Array.isArray(owners) && owners.length > 0;
}
