import type { ResourceRecord } from './run-record.ts';

/**
 * One record a resource: Chef tells of each of its actions (`[:enable, :start]`) on its own, one after the other. What
 * changes less is told with what changes more.
 */
export function mergeActions(records: readonly ResourceRecord[]): ResourceRecord[] {
  const merged: ResourceRecord[] = [];
  for (const record of records) {
    const last = merged.at(-1);
    if (last === undefined || !sameResource(last, record)) merged.push(record);
    else merged[merged.length - 1] = both(last, record);
  }
  return merged;
}

function sameResource(one: ResourceRecord, next: ResourceRecord): boolean {
  const sameLine = one.definedAt !== undefined && one.definedAt === next.definedAt;
  return sameLine && one.type === next.type && one.name === next.name && next.notifiedBy === undefined;
}

const WEIGHT: Readonly<Record<string, number>> = { failed: 4, updated: 3, bypassed: 2, unprocessed: 1 };

function both(one: ResourceRecord, next: ResourceRecord): ResourceRecord {
  const [weightOne, weightNext] = [WEIGHT[one.status] ?? 0, WEIGHT[next.status] ?? 0];
  if (weightOne !== weightNext || one.status !== 'updated') return weightNext > weightOne ? next : one;
  return {
    ...one,
    before: { ...next.before, ...one.before },
    after: { ...one.after, ...next.after },
    delta: one.delta === '' ? next.delta : one.delta,
    applied: [...one.applied, ...next.applied],
    assumed: [...one.assumed, ...next.assumed],
  };
}
