import type { SchemaNode } from '../schema/schema-node.ts';
import { sameItem } from './field-path.ts';
import { sameScalar } from './same-scalar.ts';

/** Whether every declared item stands at its place in the live list. */
export function isInOrder(wanted: readonly unknown[], found: readonly unknown[], list: SchemaNode): boolean {
  if (wanted.length > found.length) return false;
  for (let at = 0; at < wanted.length; at += 1) if (!sameItem(list, wanted[at], found[at])) return false;
  return true;
}

/** For each declared item, the position of the live item of the same name; -1 where there is none. */
export function matchItems(wanted: readonly unknown[], found: readonly unknown[], list: SchemaNode): number[] {
  const taken = new Set<number>();
  return wanted.map((item, index) => {
    const inPlace = index < found.length && !taken.has(index) && sameItem(list, item, found[index]);
    const live = inPlace ? index : found.findIndex((other, at) => !taken.has(at) && sameItem(list, item, other));
    if (live >= 0) taken.add(live);
    return live;
  });
}

/** Whether two members of a set are the same. */
export function sameMember(a: unknown, b: unknown, list: SchemaNode): boolean {
  if (typeof a === 'object' || typeof b === 'object') return JSON.stringify(a) === JSON.stringify(b);
  return sameScalar(a, b, list.items.format);
}
