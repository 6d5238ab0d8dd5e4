import type { Change, FieldValue, Json } from '../../src/checker.ts';
import { known } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';

/** Both sides of a comparison and their masks; a mask is `true` for all below, or shaped like the value. */
export interface Compared {
  readonly live: Json | undefined;
  readonly desired: Json | undefined;
  readonly liveSensitive: Json | undefined;
  readonly desiredSensitive: Json | undefined;
  /** What of the desired side is known only after an apply. */
  readonly desiredUnknown?: Json | undefined;
}

type Steps = readonly (string | number)[];

/**
 * The changes from live to desired. A value that either side masks is compared but never carried; null is absence, as
 * in Terraform. `replacePaths` are what makes Terraform replace the resource.
 */
export function maskedChanges(compared: Compared, replacePaths: readonly Steps[] = []): Change[] {
  const changes: Change[] = [];
  walk(compared, [], changes);
  const forcing = replacePaths.map(toPointer);
  const isForcing = ({ path }: Change): boolean => forcing.some((one) => overlaps(one, path));
  return changes.map((change) => (isForcing(change) ? forcingChange(change) : change));
}

function forcingChange(change: Change): Change {
  return { ...change, forcesReplacement: true };
}

/** Whether one JSON Pointer is the other, or leads to it. */
export function overlaps(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

function walk(compared: Compared, path: Steps, changes: Change[]): void {
  const { live, desired, desiredUnknown } = compared;
  if (!hasMark(desiredUnknown) && sameJson(live, desired)) return;
  if (descends(compared, path.length === 0)) {
    for (const key of keysOf(compared)) walk(below(compared, key), [...path, key], changes);
    return;
  }
  const change = leafChange(compared, toPointer(path));
  if (change !== undefined) changes.push(change);
}

/** Into values of one shape; into a value that stands alone only for its masks' sake, or because it is a resource. */
function descends(compared: Compared, isTop: boolean): boolean {
  const { live, desired, liveSensitive, desiredSensitive, desiredUnknown } = compared;
  if (liveSensitive === true || desiredSensitive === true || desiredUnknown === true) return false;
  const liveShape = shapeOf(live);
  const desiredShape = shapeOf(desired) ?? shapeOf(hasMark(desiredUnknown) ? desiredUnknown : undefined);
  if (liveShape !== undefined && desiredShape !== undefined) return liveShape === desiredShape;
  if (!isAbsent(live) && !isAbsent(desired)) return false;
  if (liveShape === undefined && desiredShape === undefined) return false;
  return isTop || [liveSensitive, desiredSensitive, desiredUnknown].some(hasMark);
}

function leafChange(compared: Compared, path: string): Change | undefined {
  const { live, desired, desiredUnknown } = compared;
  const isSensitive = hasMark(compared.liveSensitive) || hasMark(compared.desiredSensitive);
  const before = isAbsent(live) ? undefined : fieldValue(live, isSensitive, false);
  const isUnknown = hasMark(desiredUnknown);
  const after = isAbsent(desired) && !isUnknown ? undefined : fieldValue(desired ?? null, isSensitive, isUnknown);
  if (before !== undefined && after !== undefined) return { op: 'replace', path, live: before, desired: after };
  if (after !== undefined) return { op: 'add', path, desired: after };
  return before === undefined ? undefined : { op: 'remove', path, live: before };
}

function fieldValue(value: Json, isSensitive: boolean, isUnknown: boolean): FieldValue {
  if (isSensitive) return { kind: 'sensitive' };
  return isUnknown ? { kind: 'unknown' } : known(value);
}

function below(compared: Compared, key: string | number): Compared {
  return {
    live: childOf(compared.live, key),
    desired: childOf(compared.desired, key),
    liveSensitive: childOf(compared.liveSensitive, key),
    desiredSensitive: childOf(compared.desiredSensitive, key),
    desiredUnknown: childOf(compared.desiredUnknown, key),
  };
}

function keysOf({ live, desired, desiredUnknown }: Compared): Set<string | number> {
  return new Set([live, desired, desiredUnknown].flatMap(childKeys));
}

function childKeys(value: Json | undefined): (string | number)[] {
  if (Array.isArray(value)) return value.map((_, at) => at);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function childOf(value: Json | undefined, key: string | number): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string | number, Json>>)[key];
}

function shapeOf(value: Json | undefined): 'list' | 'object' | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Array.isArray(value) ? 'list' : 'object';
}

function isAbsent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null;
}

/** Whether a mask marks anything at all. */
function hasMark(mask: Json | undefined): boolean {
  if (typeof mask !== 'object' || mask === null) return mask === true;
  return Object.values(mask).some(hasMark);
}

export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other || (isAbsent(one) && isAbsent(other))) return true;
  const shape = shapeOf(one);
  if (shape === undefined || shape !== shapeOf(other)) return false;
  const keys = childKeys(one);
  if (shape === 'list' && keys.length !== childKeys(other).length) return false;
  return [...new Set([...keys, ...childKeys(other)])].every((key) => sameJson(childOf(one, key), childOf(other, key)));
}
