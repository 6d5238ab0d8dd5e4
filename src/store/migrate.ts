import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { VERSION } from '../version.ts';
import { MIGRATIONS } from './migrations.ts';
import { StoreError } from './store.ts';
import type { Tables } from './tables.ts';

/** A step that only adds; see MIGRATIONS. */
const EXPANDS = /^\d{4}_expand_/;

export interface MigrateOptions {
  /** Where the tables are; the database's default unless given. */
  readonly schema?: string;
  /** Every step, in order; those of this version unless given. */
  readonly steps?: Readonly<Record<string, Migration>>;
}

/** Brings the store to today's tables, in one transaction. Returns the names of the steps taken. */
export async function migrate(
  db: Kysely<Tables>,
  { schema, steps = MIGRATIONS }: MigrateOptions = {},
): Promise<string[]> {
  const taken = await stepsTaken(db, schema);
  if (taken.some((step) => !Object.hasOwn(steps, step))) return []; // a newer version has been here
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...steps }) },
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  await db
    .insertInto('store_info')
    .values({ name: 'written_by', value: VERSION })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: VERSION }))
    .execute();
  return (results ?? []).map((result) => result.migrationName);
}

/** Whether there is no step left to take. Reads only. */
export async function isMigrated(db: Kysely<Tables>, schema?: string): Promise<boolean> {
  const taken = new Set(await stepsTaken(db, schema));
  return Object.keys(MIGRATIONS).every((step) => taken.has(step));
}

/** Refuses a store with a step that this version cannot go on beside. Reads only. `where` names the store. */
export async function refuseNewer(db: Kysely<Tables>, where: string, schema?: string): Promise<void> {
  const taken = await stepsTaken(db, schema);
  const unknown = taken.filter((name) => !Object.hasOwn(MIGRATIONS, name) && !EXPANDS.test(name));
  if (unknown.length === 0) return;
  const writer = await writtenBy(db, schema);
  throw new StoreError(
    'newer',
    `${where}: written by drift-exporter ${writer ?? 'of an unknown version'} (step ${unknown.join(', ')}); ` +
      `expected at most step ${Object.keys(MIGRATIONS).at(-1)}, the newest that drift-exporter ${VERSION} ` +
      `knows. It is left as it is: run the newer version, or give another path`,
  );
}

/** Names of the tables, Kysely's own included. */
export async function tablesOf(db: Kysely<Tables>, schema?: string): Promise<Set<string>> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  return new Set(tables.filter((table) => schema === undefined || table.schema === schema).map(({ name }) => name));
}

async function stepsTaken(db: Kysely<Tables>, schema: string | undefined): Promise<string[]> {
  if (!(await tablesOf(db, schema)).has('kysely_migration')) return [];
  const rows = await db.selectFrom('kysely_migration').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}

async function writtenBy(db: Kysely<Tables>, schema: string | undefined): Promise<string | undefined> {
  if (!(await tablesOf(db, schema)).has('store_info')) return undefined;
  const row = await db.selectFrom('store_info').select('value').where('name', '=', 'written_by').executeTakeFirst();
  return row?.value;
}
