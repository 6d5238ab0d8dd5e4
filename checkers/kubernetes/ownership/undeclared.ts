import type { FieldPath } from '../normalise/field-path.ts';
import type { Undeclared } from '../normalise/finding.ts';
import { isAppliersMark } from './bookkeeping.ts';
import { isFounder, type FieldOwners, type Owner } from './field-owners.ts';
import type { LastApplied } from './last-applied.ts';

/** What is known of the object whose undeclared fields are judged. */
export interface Evidence {
  readonly owners: FieldOwners;
  readonly lastApplied: LastApplied | undefined;
  /** The kind is one of the API server's own. */
  readonly builtIn: boolean;
}

/**
 * Whether a field beside what git declares was put there by somebody who is to be reported: a person, another applier,
 * git itself before it stopped declaring it. What nobody owns, the server filled in; what a controller owns is its
 * bookkeeping, except for what runs in a pod: containers, their environment and ports are git's alone.
 */
export function isUndeclaredDrift(field: Undeclared, evidence: Evidence): boolean {
  const { owners, lastApplied } = evidence;
  if (owners.all.length === 0) return isDriftWithoutOwners(field);
  const owning = owners.of(field.path);
  // Nobody owns it, and the server would have filled in something else: not every write leaves an owner (scaling does not).
  if (owning.length === 0) return field.hasServerDefault;
  return owning.some((owner) => {
    if (field.allocated && !changedLater(owner, owners)) return false;
    if (owner.class === 'controller') return isAlwaysGits(field.path);
    const isMaker = isFounder(owner, owners);
    if (isMark(field.path) && (isMaker || owner.class === 'pipeline')) return false;
    if (isMaker) return isAppliedDrift(field, lastApplied) || (owner.class === 'human' && isBeside(field, evidence));
    if (owner.class !== 'pipeline') return true;
    if (owner.operation === 'Apply') return true;
    return !isAdmissionOf(owner, owners) && isAppliedDrift(field, lastApplied);
  });
}

/**
 * An object that was applied with no field at all has no owners, and gets none when it is edited later. What is there is
 * then somebody's, unless the cluster chooses it.
 */
function isDriftWithoutOwners({ path, allocated }: Undeclared): boolean {
  return !allocated && !isMark(path) && !isProtection(path);
}

/** An owner that wrote the object with all its defaults: what it gave itself, last-applied tells. */
function isAppliedDrift({ path, hasDefault }: Undeclared, lastApplied: LastApplied | undefined): boolean {
  if (lastApplied !== undefined) return lastApplied.at(path) !== undefined || isAlwaysGits(path);
  return hasDefault || typeof path.at(-1) === 'object' || (isLabelOrAnnotation(path) && !isMark(path));
}

/**
 * A person made the object and nothing tells what was given: of a built-in kind, what is neither a default nor allocated
 * was. Custom resources may have been completed by a webhook.
 */
function isBeside({ path }: Undeclared, { lastApplied, builtIn }: Evidence): boolean {
  return lastApplied === undefined && builtIn && !isProtection(path);
}

/** Somebody who did not make the object changed it. */
function changedLater(owner: Owner, owners: FieldOwners): boolean {
  return (owner.class === 'human' || owner.class === 'unknown') && !isFounder(owner, owners);
}

/** What admission added to a server-side apply stands under the applier's name, as an update. */
function isAdmissionOf(owner: Owner, { all }: FieldOwners): boolean {
  return all.some((other) => other.manager === owner.manager && other.operation === 'Apply');
}

const POD_ITEMS: ReadonlySet<string> = new Set(['containers', 'initContainers', 'env', 'ports']);

function isAlwaysGits(path: FieldPath): boolean {
  const last = path.at(-1);
  const list = path.at(-2);
  return typeof last === 'object' && last.list.listType === 'map' && typeof list === 'string' && POD_ITEMS.has(list);
}

function isLabelOrAnnotation(path: FieldPath): boolean {
  const map = path.at(-2);
  return path.at(-3) === 'metadata' && (map === 'labels' || map === 'annotations');
}

const PROTECTIONS = /^(?:kubernetes\.io\/|foregroundDeletion$|orphan$)/;

/** A finalizer of the cluster's own. */
function isProtection(path: FieldPath): boolean {
  const last = path.at(-1);
  return path[1] === 'finalizers' && typeof last === 'object' && PROTECTIONS.test(String(last.item));
}

function isMark(path: FieldPath): boolean {
  const key = path.at(-1);
  return isLabelOrAnnotation(path) && typeof key === 'string' && isAppliersMark(key);
}
