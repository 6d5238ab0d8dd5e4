import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { MIGRATIONS } from './migrations.ts';
import { StoreError } from './store.ts';
import type { Tables } from './tables.ts';
import { VERSION } from '../version.ts';

/** Brings the store to today's tables, in one transaction. Returns the names of the steps taken. */
export async function migrate(db: Kysely<Tables>): Promise<string[]> {
  const provider = { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) };
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
  await db
    .insertInto('store_info')
    .values({ name: 'written_by', value: VERSION })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: VERSION }))
    .execute();
  return (results ?? []).map((result) => result.migrationName);
}

/** Refuses a store with a step that this version does not know. Reads only. `where` names the store in the message. */
export async function refuseNewer(db: Kysely<Tables>, where: string): Promise<void> {
  const tables = new Set(
    (await db.introspection.getTables({ withInternalKyselyTables: true })).map(({ name }) => name),
  );
  if (!tables.has('kysely_migration')) return;
  const taken = await db.selectFrom('kysely_migration').select('name').orderBy('name').execute();
  const unknown = taken.map(({ name }) => name).filter((name) => !Object.hasOwn(MIGRATIONS, name));
  if (unknown.length === 0) return;
  const writer = tables.has('store_info') ? await writtenBy(db) : undefined;
  throw new StoreError(
    'newer',
    `${where}: written by drift-exporter ${writer ?? 'of an unknown version'} (step ${unknown.join(', ')}); ` +
      `expected at most step ${Object.keys(MIGRATIONS).at(-1)}, the newest that drift-exporter ${VERSION} ` +
      `knows. It is left as it is: run the newer version, or give another path`,
  );
}

async function writtenBy(db: Kysely<Tables>): Promise<string | undefined> {
  const row = await db.selectFrom('store_info').select('value').where('name', '=', 'written_by').executeTakeFirst();
  return row?.value;
}
