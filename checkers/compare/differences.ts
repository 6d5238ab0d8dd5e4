import type { Change, Json } from '../../src/checker.ts';
import { diffValues } from '../../src/diff/diff-values.ts';
import { asStored } from '../kubernetes/normalise/as-stored.ts';
import { pointerOf, type FieldPath } from '../kubernetes/normalise/field-path.ts';
import { FieldWalk } from '../kubernetes/normalise/field-walk.ts';
import type { Finding } from '../kubernetes/normalise/finding.ts';
import type { KubeObject, ResourceKind } from '../kubernetes/observation.ts';
import { objectRules } from '../kubernetes/ownership/object-rules.ts';
import { isServerAllocated } from '../kubernetes/schema/server-allocated.ts';
import { inferSchema } from './infer-schema.ts';
import { isBookkeeping, oneSided } from './one-sided.ts';
import type { Keys } from './path-pattern.ts';
import { keyOfItem } from './rewrite.ts';

/** A field that differs: where, by names of list items, and the changes that lead from the right side to the left. */
export interface Difference {
  readonly keys: Keys;
  readonly changes: readonly Change[];
}

/** The right side as it is compared; its own order of lists is that of the changes' paths. */
export interface Sides {
  readonly left: KubeObject;
  readonly right: KubeObject;
}

const NO_FACTS = { autoscaled: new Map<string, never>() };

/**
 * The fields in which two objects differ, whichever of the two has them. What the server fills in, allocates or keeps for
 * itself is none, on either side: a default that one side writes out is the same as leaving it out.
 */
export function differencesOf(sides: Sides, resource: ResourceKind): Difference[] {
  const left = asStored(sides.left, resource);
  const right = asStored(sides.right, resource);
  const areLive = [left, right].every(({ metadata }) => metadata['uid'] !== undefined);
  const root = resource.schema?.root ?? inferSchema(left, right);
  const walked = (desired: KubeObject, live: KubeObject): FieldWalk => {
    const rules = objectRules({ desired, live, resource, facts: NO_FACTS });
    const isDrift = ({ allocated, path }: { readonly allocated: boolean; readonly path: FieldPath }): boolean =>
      !allocated && !isAllocated(path, resource) && !rules.isInjected(path);
    const walk = new FieldWalk({ ...rules, isDrift });
    walk.object({ live: rules.live, desired }, root);
    return walk;
  };
  const [there, back] = [walked(left, right), walked(right, left)];
  return [
    ...there.findings.filter((finding) => isOfBoth(finding) && !isChosen(finding, resource, areLive)),
    ...oneSided(there.findings, back.findings).map((finding) => ({ ...finding, desired: undefined })),
    ...oneSided(back.findings, there.findings).map(({ path, live }) => ({ path, live: undefined, desired: live })),
    ...there.unknownFields.map((path) => ({ path, live: undefined, desired: valueAt(left, path) })),
  ]
    .filter((finding) => !isBookkeeping(finding, resource))
    .map(toDifference);
}

/** What the walk finds the same way in both directions: other values, and items of lists that go by position. */
function isOfBoth({ live, desired, undeclared, path }: Finding): boolean {
  if (undeclared) return false;
  if (live !== undefined && desired !== undefined) return true;
  const last = path.at(-1);
  return typeof last === 'object' && last.list.listType === 'atomic';
}

/**
 * Each of two clusters chose its own, or one chose what the other side leaves open. A Service without an address is no choice
 * of theirs.
 */
function isChosen({ path, live, desired }: Finding, resource: ResourceKind, areLive: boolean): boolean {
  if (live === 'None' || desired === 'None' || !isAllocated(path, resource)) return false;
  return areLive || live === undefined || desired === undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  Service: 'core.ServiceSpec',
  PersistentVolumeClaim: 'core.PersistentVolumeClaimSpec',
  Pod: 'core.PodSpec',
};

/** Whether the cluster chooses the field, or what is in it, where it is left open. */
function isAllocated(path: FieldPath, { group, kind }: ResourceKind): boolean {
  const [spec, field, item, key] = path;
  if (group !== '' || spec !== 'spec' || typeof field !== 'string') return false;
  if (isServerAllocated(TYPES[kind], field)) return true;
  const isPort = kind === 'Service' && field === 'ports' && typeof item === 'object';
  return isPort && typeof key === 'string' && isServerAllocated('core.ServicePort', key);
}

function toDifference({ path, live, desired }: Pick<Finding, 'path' | 'live' | 'desired'>): Difference {
  const pointer = pointerOf(path);
  const keys = path.map((step) =>
    typeof step === 'string' ? step : keyOfItem(step.item, step.live >= 0 ? step.live : step.desired),
  );
  const changes = diffValues(live as Json | undefined, desired as Json | undefined);
  return { keys, changes: changes.map((change) => ({ ...change, path: pointer + change.path })) };
}

function valueAt(object: KubeObject, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (at, step) => (at as Readonly<Record<string | number, unknown>>)[typeof step === 'string' ? step : step.desired],
    object,
  );
}
