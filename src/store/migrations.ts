import { PostgresAdapter, sql, type Expression, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Every step from an empty store to today's, in order. A step that was released never changes: add the next one, and a
 * golden file of it beside the test. Only what every database understands.
 *
 * `expand` in a name says that the step only adds: tables, indexes, columns that may be empty or have a default. Versions
 * that do not know it go on beside those that do. Anything else waits until no version that may still run needs it.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_first': { up: createFirstTables },
  '0002_versions': { up: addVersions },
  '0003_expand_workers': { up: createWorker },
};

async function createFirstTables(db: Kysely<unknown>): Promise<void> {
  const text = textOf(db);
  await db.schema
    .createTable('store_info')
    .addColumn('name', text, (column) => column.primaryKey())
    .addColumn('value', text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('check_state')
    .addColumn('check_name', text, (column) => column.primaryKey().notNull())
    .addColumn('updated_at', text, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .execute();
  await createDriftedResource(db);
  await createRun(db);
}

async function createDriftedResource(db: Kysely<unknown>): Promise<void> {
  const text = textOf(db);
  await db.schema
    .createTable('drifted_resource')
    .addColumn('check_name', text, (column) => column.notNull())
    .addColumn('address', text, (column) => column.notNull())
    .addColumn('slot', 'integer', (column) => column.notNull())
    .addColumn('first_seen_at', text)
    .addColumn('digest', text)
    .addColumn('resource', text)
    .addPrimaryKeyConstraint('drifted_resource_key', ['check_name', 'address', 'slot'])
    .addForeignKeyConstraint('drifted_resource_check', ['check_name'], 'check_state', ['check_name'], (key) =>
      key.onDelete('cascade'),
    )
    .execute();
}

async function createRun(db: Kysely<unknown>): Promise<void> {
  const text = textOf(db);
  await db.schema
    .createTable('run')
    .addColumn('check_name', text, (column) => column.notNull())
    .addColumn('started_at', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('duration_seconds', 'double precision', (column) => column.notNull())
    .addColumn('exit_code', 'integer')
    .addColumn('revision', text)
    .addColumn('resources', 'integer', (column) => column.notNull())
    .addColumn('drifted', 'integer', (column) => column.notNull())
    .addColumn('suppressed', 'integer', (column) => column.notNull())
    .addColumn('failed', 'integer', (column) => column.notNull())
    .addColumn('failures', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('run_key', ['check_name', 'started_at'])
    .execute();
  // For pruning: the oldest runs of one status, whatever their check.
  await db.schema.createIndex('run_by_age').on('run').columns(['status', 'started_at']).execute();
}

/** What tells processes that share a store apart: which run a line is, which record a state. */
async function addVersions(db: Kysely<unknown>): Promise<void> {
  const text = textOf(db);
  await db.schema
    .alterTable('check_state')
    .addColumn('version', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('run').addColumn('run_id', text).execute();
  await db.schema.createIndex('run_by_id').unique().on('run').column('run_id').execute();
}

async function createWorker(db: Kysely<unknown>): Promise<void> {
  const text = textOf(db);
  await db.schema
    .createTable('worker')
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('host', text, (column) => column.notNull())
    .addColumn('pools', text, (column) => column.notNull())
    .addColumn('version', text, (column) => column.notNull())
    .addColumn('running', 'integer', (column) => column.notNull())
    .addColumn('beats', 'integer', (column) => column.notNull())
    .execute();
}

/** PostgreSQL sorts and compares text by language unless told otherwise: slower, and by rules that change. */
function textOf(db: Kysely<unknown>): 'text' | Expression<string> {
  return db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : 'text';
}
