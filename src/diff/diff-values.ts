import deepDiff from 'deep-diff';
import type { Change, FieldValue, Json } from '../drift.ts';
import { toPointer } from './json-pointer.ts';

/**
 * The changes that lead from `live` to `desired`. Objects are walked by key, lists by position (key them first where
 * position does not matter). `undefined` is absence; equal values give an empty list.
 */
export function diffValues(live: Json | undefined, desired: Json | undefined): Change[] {
  if (live === undefined || desired === undefined) return wholeChange(live, desired);
  return (deepDiff.diff(live, desired) ?? []).map(toChange);
}

/** `known` with its value. */
export function known(value: Json): FieldValue {
  return { kind: 'known', value };
}

function wholeChange(live: Json | undefined, desired: Json | undefined): Change[] {
  if (live === undefined) return desired === undefined ? [] : [{ op: 'add', path: '', desired: known(desired) }];
  return [{ op: 'remove', path: '', live: known(live) }];
}

type Difference = deepDiff.Diff<unknown, unknown>;

function toChange(difference: Difference): Change {
  if (difference.kind === 'A') {
    const item = toChange(difference.item);
    return { ...item, path: toPointer([...pathOf(difference), difference.index]) };
  }
  const path = toPointer(pathOf(difference));
  if (difference.kind === 'N') return { op: 'add', path, desired: known(difference.rhs as Json) };
  if (difference.kind === 'D') return { op: 'remove', path, live: known(difference.lhs as Json) };
  return { op: 'replace', path, live: known(difference.lhs as Json), desired: known(difference.rhs as Json) };
}

function pathOf(difference: Difference): (string | number)[] {
  return (difference.path ?? []) as (string | number)[];
}
