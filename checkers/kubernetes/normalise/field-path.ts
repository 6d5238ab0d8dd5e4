import { toPointer } from '../../../src/diff/json-pointer.ts';
import type { SchemaNode } from '../schema/schema-node.ts';

/** An item of a list. An index is -1 on the side that does not have the item. */
export interface ItemStep {
  readonly live: number;
  readonly desired: number;
  /** The schema of the list. */
  readonly list: SchemaNode;
  /** The item itself, live where it is live. */
  readonly item: unknown;
}

/** One step from an object to a field: a key, or an item of a list. */
export type Step = string | ItemStep;
export type FieldPath = readonly Step[];

/** The JSON Pointer of a field: items by their position in the live object, those it lacks by that in git's. */
export function pointerOf(path: FieldPath): string {
  return toPointer(path.map((step) => (typeof step === 'string' ? step : step.live >= 0 ? step.live : step.desired)));
}

/** The same in one side's own positions; `undefined` when that side does not have an item on the way. */
export function pointerIn(side: 'live' | 'desired', path: FieldPath): string | undefined {
  const tokens: (string | number)[] = [];
  for (const step of path) {
    const token = typeof step === 'string' ? step : step[side];
    if (token === -1) return undefined;
    tokens.push(token);
  }
  return toPointer(tokens);
}

/** The names of an item in a list keyed by its fields, where a key left out has its default. */
export function itemKeys(list: SchemaNode, item: unknown): unknown[] {
  return list.keys.map((key) => itemKey(list, item, key));
}

function itemKey(list: SchemaNode, item: unknown, key: string): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const value = (item as Record<string, unknown>)[key];
  // The server cannot tell an empty name from none.
  return value === undefined || value === null || value === '' ? (list.keyDefault(key) ?? value) : value;
}

/** Whether two items have the same names. */
export function sameItem(list: SchemaNode, a: unknown, b: unknown): boolean {
  for (const key of list.keys) if (itemKey(list, a, key) !== itemKey(list, b, key)) return false;
  return true;
}
