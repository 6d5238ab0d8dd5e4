import deepDiff from 'deep-diff';
import type { Change, FieldValue, Json } from '../drift.ts';
import { toPointer } from './json-pointer.ts';

/**
 * The changes that lead from `live` to `desired`. Objects are walked by key, lists by position (key them first where
 * position does not matter). `undefined` is absence; equal values give an empty list.
 */
export function diffValues(live: Json | undefined, desired: Json | undefined): Change[] {
  if (live === undefined || desired === undefined) return wholeChange(live, desired);
  const changes: Change[] = [];
  collect(live, desired, { path: [], changes });
  return changes;
}

/** `known` with its value. */
export function known(value: Json): FieldValue {
  return { kind: 'known', value };
}

function wholeChange(live: Json | undefined, desired: Json | undefined): Change[] {
  if (live === undefined) return desired === undefined ? [] : [{ op: 'add', path: '', desired: known(desired) }];
  return [{ op: 'remove', path: '', live: known(live) }];
}

type JsonMap = Readonly<Record<string, Json>>;

interface Found {
  /** Of what is compared now. */
  readonly path: (string | number)[];
  readonly changes: Change[];
}

/**
 * Most of what is compared is equal: maps, and lists of one length, are walked here; what lists of two lengths have in
 * common is for deep-diff to say. Lists from their end, as it does.
 */
function collect(live: Json, desired: Json, found: Found): void {
  if (isList(live) && isList(desired)) collectItems(live, desired, found);
  else if (isMap(live) && isMap(desired)) collectMembers(live, desired, found);
  else if (live !== desired) {
    const { path, changes } = found;
    changes.push({ op: 'replace', path: toPointer(path), live: known(live), desired: known(desired) });
  }
}

function collectItems(live: readonly Json[], desired: readonly Json[], found: Found): void {
  if (live.length !== desired.length) {
    for (const difference of deepDiff.diff(live, desired) ?? []) found.changes.push(toChange(difference, found.path));
    return;
  }
  for (let at = live.length - 1; at >= 0; at--) {
    const [before, after] = [live[at], desired[at]];
    if (before === after || before === undefined || after === undefined) continue;
    found.path.push(at);
    collect(before, after, found);
    found.path.pop();
  }
}

function collectMembers(live: JsonMap, desired: JsonMap, found: Found): void {
  const { path, changes } = found;
  let common = 0;
  for (const key of Object.keys(live)) {
    const [before, after] = [live[key], own(desired, key)];
    if (after !== undefined) common++;
    if (before === after || before === undefined) continue;
    path.push(key);
    if (after === undefined) changes.push({ op: 'remove', path: toPointer(path), live: known(before) });
    else collect(before, after, found);
    path.pop();
  }
  const keys = Object.keys(desired);
  if (keys.length === common) return;
  for (const key of keys) {
    const after = desired[key];
    if (after === undefined || Object.hasOwn(live, key)) continue;
    changes.push({ op: 'add', path: toPointer([...path, key]), desired: known(after) });
  }
}

function own(map: JsonMap, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Difference = deepDiff.Diff<unknown, unknown>;

function toChange(difference: Difference, prefix: readonly (string | number)[]): Change {
  const at = [...prefix, ...((difference.path ?? []) as (string | number)[])];
  if (difference.kind === 'A') return { ...toChange(difference.item, []), path: toPointer([...at, difference.index]) };
  const path = toPointer(at);
  if (difference.kind === 'N') return { op: 'add', path, desired: known(difference.rhs as Json) };
  if (difference.kind === 'D') return { op: 'remove', path, live: known(difference.lhs as Json) };
  return { op: 'replace', path, live: known(difference.lhs as Json), desired: known(difference.rhs as Json) };
}
