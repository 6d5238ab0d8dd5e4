import { Kysely, PostgresAdapter, sql, type DialectAdapter, type Transaction } from 'kysely';
import type { ClientConfig } from 'pg';
import type { Logger } from 'pino';
import { isMigrated, migrate, refuseNewer, tablesOf } from '../migrate.ts';
import { StoreError } from '../store.ts';
import type { Tables } from '../tables.ts';
import { openPool } from './open-pool.ts';
import { SCHEMA } from './schema.ts';
import { StoreDialect } from './store-dialect.ts';

/** "drift" as a number: the advisory lock of all who migrate. */
const LOCK = 0x6472696674;
/** How long another process may take to migrate. */
const LOCK_MS = 300_000;

interface Preparation {
  readonly options: ClientConfig;
  readonly where: string;
  readonly log: Logger;
}

/**
 * Creates the schema and its tables, or brings them up to date: one process does, the others that start with it wait.
 * Takes no lock when there is nothing to do. Throws a StoreError and writes nothing where the schema is not ours.
 */
export async function prepareSchema(db: Kysely<Tables>, preparation: Preparation): Promise<void> {
  const { where, log } = preparation;
  await refuseNewer(db, where, SCHEMA);
  if (await isMigrated(db, SCHEMA)) return;
  const steps = await migrateUnderLock(preparation);
  if (steps.length > 0) log.info({ store: where, steps }, 'store migrated');
}

/** On a connection of its own: a step over a large table may take longer than any statement of the service. */
async function migrateUnderLock({ options, where, log }: Preparation): Promise<string[]> {
  const unlimited = { ...options, statement_timeout: 0, query_timeout: 0, lock_timeout: LOCK_MS };
  const db = new Kysely<Tables>({ dialect: new MigrationDialect(openPool(unlimited, { max: 1, log })) });
  try {
    return await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(trx);
      await createSchema(trx, where);
      const ours = trx.withSchema(SCHEMA);
      await refuseNewer(ours, where, SCHEMA);
      return migrate(ours, { schema: SCHEMA });
    });
  } finally {
    await db.destroy();
  }
}

/** `create schema if not exists` would ask for the privilege also where it exists. */
async function createSchema(trx: Transaction<Tables>, where: string): Promise<void> {
  const { rows } = await sql`select from pg_namespace where nspname = ${SCHEMA}`.execute(trx);
  if (rows.length === 0) {
    await trx.schema.createSchema(SCHEMA).execute();
    return;
  }
  const tables = await tablesOf(trx, SCHEMA);
  if (tables.size === 0 || tables.has('kysely_migration')) return;
  throw new StoreError(
    'foreign',
    `${where}: expected the tables of drift-exporter in schema ${SCHEMA}, found those of another program ` +
      `(${[...tables].toSorted().slice(0, 3).join(', ')}); they are left as they are: give another database`,
  );
}

class MigrationDialect extends StoreDialect {
  override createAdapter(): DialectAdapter {
    return new LockedAdapter();
  }
}

/** The transaction has its lock already: Kysely's own would outlive a transaction that fails. */
class LockedAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}
