import { Kysely, sql, type RawBuilder } from 'kysely';
import type { Logger } from 'pino';
import type { PostgresStoreConfig } from '../../config/config.ts';
import { encodeText } from '../plain-text.ts';
import type { Database } from '../sql-store.ts';
import { StoreError } from '../store.ts';
import type { Tables } from '../tables.ts';
import { connectionOf } from './connection-options.ts';
import { explainPostgresError } from './explain-postgres-error.ts';
import { openPool } from './open-pool.ts';
import { prepareSchema } from './prepare-schema.ts';
import { CHANNEL, SCHEMA } from './schema.ts';
import { StoreDialect } from './store-dialect.ts';
import { watchChecks } from './watch-checks.ts';

/** Connections at most; one more watches, where something does. */
const CONNECTIONS = 5;
/** A notification carries up to 8,000 bytes: a longer name is not told, only that something changed. */
const PAYLOAD_BYTES = 7_900;

/** Opens the store in a database and brings it up to date. Throws a StoreError. */
export async function openPostgres(config: PostgresStoreConfig, log: Logger): Promise<Database> {
  const { options, where } = await connectionOf(config);
  const pool = openPool(options, { max: CONNECTIONS, log });
  const db = new Kysely<Tables>({ dialect: new StoreDialect(pool) }).withSchema(SCHEMA);
  const explain = (error: unknown, doing: string): StoreError => explainPostgresError(where, doing, error);
  try {
    await prepareSchema(db, { options, where, log });
  } catch (error) {
    await db.destroy();
    throw error instanceof StoreError ? error : explain(error, 'open it');
  }
  return {
    db,
    where,
    concurrent: true,
    explain,
    snapshot: (read) => db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read),
    announce: async (check, version) => {
      const payload = `${version} ${encodeText(check)}`;
      const told = Buffer.byteLength(payload) <= PAYLOAD_BYTES ? payload : '';
      await announcement(told)
        .execute(db)
        .catch((error: unknown) => log.debug({ error: String(error) }, 'a record was not announced'));
    },
    watch: (store, changed) => watchChecks({ options, store, changed, log }),
    close: () => db.destroy(),
  };
}

/**
 * After the record, not in its transaction, and without waiting for the disk: PostgreSQL commits those who notify one
 * after the other.
 */
function announcement(payload: string): RawBuilder<unknown> {
  return sql`select set_config('synchronous_commit', 'off', true), pg_notify(${CHANNEL}, ${payload})`;
}
