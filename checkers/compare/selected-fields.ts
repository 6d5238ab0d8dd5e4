import type { Change, Json } from '../../src/checker.ts';
import { known } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import type { KubeObject } from '../kubernetes/observation.ts';
import type { FieldSelection } from './options.ts';
import { matchesPath, parsePathPattern, type Keys } from './path-pattern.ts';
import { keyOfItem } from './rewrite.ts';

/** One field of an object, on both sides; list items go by their names. */
export interface SelectedField {
  readonly name: string;
  readonly keys: Keys;
  readonly left: Json | undefined;
  readonly right: Json | undefined;
}

/** The selected fields that at least one of the two objects has, in the order of the selection. */
export function selectedFields(
  fields: readonly FieldSelection[],
  sides: { readonly left: KubeObject | undefined; readonly right: KubeObject | undefined },
): SelectedField[] {
  const left = valuesOf(sides.left);
  const right = valuesOf(sides.right);
  const all = new Map([...left, ...right].map(([pointer, { keys }]) => [pointer, keys]));
  return fields.flatMap(({ name, paths }) => {
    const patterns = paths.map(parsePathPattern);
    return Array.from(all)
      .filter(([, keys]) => patterns.some((pattern) => matchesPath(pattern, keys)))
      .map(([pointer, keys]) => ({ name, keys, left: left.get(pointer)?.value, right: right.get(pointer)?.value }));
  });
}

export function isSame({ left, right }: SelectedField): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** From the right side to the left. */
export function toChange({ keys, left, right }: SelectedField): Change {
  const op = right === undefined ? 'add' : left === undefined ? 'remove' : 'replace';
  return {
    op,
    path: toPointer(keys),
    ...(right !== undefined && { live: known(right) }),
    ...(left !== undefined && { desired: known(left) }),
  };
}

interface Value {
  readonly keys: Keys;
  readonly value: Json;
}

/** Every value of an object, maps and lists included, by its path with names of items. */
function valuesOf(object: KubeObject | undefined): Map<string, Value> {
  const found = new Map<string, Value>();
  const walk = (value: Json, keys: Keys): void => {
    if (keys.length > 0) found.set(toPointer(keys), { keys, value });
    if (Array.isArray(value)) value.forEach((item: Json, index) => walk(item, [...keys, keyOfItem(item, index)]));
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) if (key !== 'managedFields') walk(item, [...keys, key]);
    }
  };
  if (object !== undefined) walk(object as unknown as Json, []);
  return found;
}
