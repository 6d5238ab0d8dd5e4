import { parsePointer } from '../../src/diff/json-pointer.ts';
import type { Json } from '../../src/checker.ts';

/** Keys that lead into a report. */
export type FieldPath = readonly string[];

/**
 * A path as it is written: a JSON Pointer where it begins with `/`, dotted otherwise, with `\.` for a dot in a key.
 * Throws a RangeError when it is neither.
 */
export function parseFieldPath(text: string): FieldPath {
  if (text.startsWith('/')) return parsePointer(text);
  const keys = text.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'));
  if (keys.includes('')) throw new RangeError(`expected a path such as /status/hash or status.hash, got ${text}`);
  return keys;
}

/** The value there; undefined where there is none, null included: a report says nothing with it. */
export function valueAt(value: Json, path: FieldPath): Json | undefined {
  let at: Json | undefined = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    if (!Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, Json>>)[key];
  }
  return at ?? undefined;
}
