import type { ResourceDrift } from '../../src/checker.ts';
import { objectAddress } from './address.ts';
import type { DesiredObject, ResourceKind } from './observation.ts';

/** The drift of an object that git declares and the cluster does not have. Deleted or never applied: nothing tells. */
export function missingObject({ object, origin }: DesiredObject, resource: ResourceKind): ResourceDrift {
  const { namespace } = object.metadata;
  return {
    address: objectAddress(resource, object.metadata),
    type: resource.kind,
    ...(namespace === undefined ? {} : { scope: namespace }),
    action: 'create',
    cause: 'unknown',
    changes: [],
    ...(origin === undefined ? {} : { origin }),
  };
}
