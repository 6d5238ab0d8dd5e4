import type { DiscoveredItem } from '../checker.ts';
import type { Failure } from '../drift.ts';
import type { Look } from './look.ts';

export interface NextItems {
  readonly items: readonly DiscoveredItem[];
  /** How many are left out, over the limit. */
  readonly dropped: number;
  readonly failures: readonly Failure[];
}

/**
 * What is known after a look. Who could not look knows what was known before; a group that could not be read keeps its
 * items. Over the limit, those known before stay, then the first by id.
 */
export function nextItems(known: readonly DiscoveredItem[], { discovered, failures }: Look, limit: number): NextItems {
  if (discovered === undefined) return { items: known, dropped: 0, failures };
  const unread = new Set(failures.flatMap(({ address }) => address ?? []));
  const found = new Map(discovered.items.map((item) => [item.id, item]));
  const kept = known.filter(({ id, group }) => group !== undefined && unread.has(group) && !found.has(id));
  const before = new Set(known.map(({ id }) => id));
  const all = [...found.values(), ...kept].toSorted(
    (a, b) => Number(before.has(b.id)) - Number(before.has(a.id)) || (a.id < b.id ? -1 : 1),
  );
  const items = all.slice(0, limit).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const dropped = all.length - items.length;
  return { items, dropped, failures: [...failures, ...twice(discovered.items), ...tooMany(all, limit)] };
}

function twice(items: readonly DiscoveredItem[]): Failure[] {
  const groups = Map.groupBy(items, ({ id }) => id);
  return [...groups]
    .filter(([, same]) => same.length > 1)
    .map(([id, same]) => ({
      phase: 'observe',
      reason: 'invalid',
      message: `${id}: found ${same.length} times: the last one counts`,
      address: id,
    }));
}

const NAMED = 5;

function tooMany(all: readonly DiscoveredItem[], limit: number): Failure[] {
  const dropped = all.slice(limit).map(({ id }) => id);
  if (dropped.length === 0) return [];
  const names = dropped.slice(0, NAMED).join(', ') + (dropped.length > NAMED ? ', ...' : '');
  const message = `${all.length} found, limit is ${limit}: no checks are made for ${dropped.length} of them (${names})`;
  return [{ phase: 'observe', reason: 'too_large', message }];
}
