import type { ActorClass } from '../../../src/checker.ts';
import { itemKeys, type FieldPath, type Step } from '../normalise/field-path.ts';
import type { KubeObject, ManagedFieldsEntry } from '../observation.ts';
import { isEditor, type ManagerTable } from './managers.ts';

/** A field manager of one object. */
export interface Owner {
  readonly manager: string;
  readonly class: ActorClass;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string | undefined;
  /** ISO 8601. */
  readonly at: string | undefined;
  readonly fields: OwnedFields;
}

type OwnedFields = Readonly<Record<string, unknown>>;

/** Who wrote which field of a live object, as its managedFields tell. */
export interface FieldOwners {
  /** All of them, in the order of the object. Those of the status are left out. */
  readonly all: readonly Owner[];
  /** Who owns the field, or something below it. */
  of(path: FieldPath): Owner[];
}

/** Reads managedFields; entries that are not what they should be own nothing. */
export function fieldOwners(live: KubeObject, classify: ManagerTable): FieldOwners {
  const entries = Array.isArray(live.metadata.managedFields) ? live.metadata.managedFields : [];
  const all = entries.map((entry) => ownerOf(entry, classify)).filter((owner) => owner !== undefined);
  return { all, of: (path) => all.filter((owner) => owns(owner.fields, path)) };
}

/**
 * Whether an owner made the object and is the only one, besides controllers, who ever wrote it, though not by
 * server-side apply: it then owns what the server filled in as well.
 */
export function isFounder(owner: Owner, { all }: FieldOwners): boolean {
  if (owner.operation === 'Apply' || owner.class === 'controller' || isEditor(owner.manager)) return false;
  return all.every((other) => other === owner || other.class === 'controller');
}

function ownerOf(entry: ManagedFieldsEntry, classify: ManagerTable): Owner | undefined {
  if (typeof entry !== 'object' || entry === null || entry.subresource === 'status') return undefined;
  const manager = typeof entry.manager === 'string' && entry.manager !== '' ? entry.manager : 'unknown';
  const operation = entry.operation === 'Apply' ? 'Apply' : 'Update';
  const fields = isRecord(entry.fieldsV1) ? entry.fieldsV1 : {};
  const at = typeof entry.time === 'string' && !Number.isNaN(Date.parse(entry.time)) ? entry.time : undefined;
  return { manager, class: classify(manager, operation), operation, subresource: entry.subresource, at, fields };
}

function owns(fields: OwnedFields, path: FieldPath): boolean {
  let at = fields;
  for (const step of path) {
    const below = at[fieldKey(step)];
    if (!isRecord(below)) return false;
    // An empty set is a leaf: what is below is owned with it.
    if (isEmpty(below)) return true;
    at = below;
  }
  return true;
}

function isEmpty(fields: OwnedFields): boolean {
  for (const _ in fields) return false;
  return true;
}

function fieldKey(step: Step): string {
  if (typeof step === 'string') return `f:${step}`;
  if (step.list.listType === 'set') return `v:${JSON.stringify(step.item)}`;
  if (step.list.listType === 'atomic') return `i:${step.live}`;
  const values = itemKeys(step.list, step.item);
  const named = step.list.keys.map((key, index) => [key, values[index]] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return `k:${JSON.stringify(Object.fromEntries(named))}`;
}

function isRecord(value: unknown): value is OwnedFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
