import type { Transaction } from 'kysely';
import { setImmediate } from 'node:timers/promises';
import type { DriftedResourceRow, Tables } from './tables.ts';

/** Rows a statement: under every database's limit of parameters, and some milliseconds of work. */
const BATCH = 200;

/** Makes these the rows of the check, writing only what differs. Leaves the event loop free between batches. */
export async function writeResources(
  trx: Transaction<Tables>,
  check: string,
  rows: readonly DriftedResourceRow[],
): Promise<void> {
  const stored = await trx
    .selectFrom('drifted_resource')
    .select(['address', 'slot', 'first_seen_at', 'digest'])
    .where('check_name', '=', check)
    .execute();
  await setImmediate();
  const before = new Map(stored.map((row) => [keyOf(row), row]));
  const changed = rows.filter((row) => !isSame(row, before.get(keyOf(row))));
  for (const row of rows) before.delete(keyOf(row));
  await removeResources(trx, check, [...before.values()]);
  for (const batch of batches(changed)) await upsert(trx, batch);
}

async function upsert(trx: Transaction<Tables>, rows: readonly DriftedResourceRow[]): Promise<void> {
  await trx
    .insertInto('drifted_resource')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['check_name', 'address', 'slot']).doUpdateSet((row) => ({
        first_seen_at: row.ref('excluded.first_seen_at'),
        digest: row.ref('excluded.digest'),
        resource: row.ref('excluded.resource'),
      })),
    )
    .execute();
  await setImmediate();
}

async function removeResources(
  trx: Transaction<Tables>,
  check: string,
  gone: readonly Pick<DriftedResourceRow, 'address' | 'slot'>[],
): Promise<void> {
  const bySlot = Map.groupBy(gone, ({ slot }) => slot);
  for (const [slot, rows] of bySlot)
    for (const batch of batches(rows)) {
      await trx
        .deleteFrom('drifted_resource')
        .where('check_name', '=', check)
        .where('slot', '=', slot)
        .where(
          'address',
          'in',
          batch.map(({ address }) => address),
        )
        .execute();
      await setImmediate();
    }
}

type Stored = Pick<DriftedResourceRow, 'first_seen_at' | 'digest'>;

function isSame(row: Stored, before: Stored | undefined): boolean {
  return before !== undefined && before.digest === row.digest && before.first_seen_at === row.first_seen_at;
}

function keyOf({ address, slot }: Pick<DriftedResourceRow, 'address' | 'slot'>): string {
  return `${slot} ${address}`;
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
