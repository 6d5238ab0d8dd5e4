/** One suite over every database that the store knows. */
import { DatabaseSync } from 'node:sqlite';
import type { StoreConfig } from '../../src/config/config.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { LOG, RETENTION } from './open.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** An empty database for each test. */
export interface TestDatabase {
  readonly kind: StoreConfig['kind'];
  config(): StoreConfig;
  /** Stands in every message of its store. */
  where(): string;
  /** One statement, beside the store. */
  sql(text: string, parameters?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** The suite, once a database. */
export function overEveryDatabase(title: string, suite: (database: TestDatabase) => void): void {
  describe(`${title}, in SQLite`, () => {
    suite(inSqlite());
  });
  describe(`${title}, in PostgreSQL`, () => {
    suite(inPostgres());
  });
}

/** Opens it as the service does. */
export function openIn(database: TestDatabase): Promise<Store> {
  return openStore(database.config(), { retention: RETENTION, log: LOG });
}

function inSqlite(): TestDatabase {
  const at = temporaryFolder();
  return {
    kind: 'sqlite',
    config: () => ({ kind: 'sqlite', path: at('drift.db') }),
    where: () => at('drift.db'),
    sql: async (text) => {
      const database = new DatabaseSync(at('drift.db'));
      try {
        return database.prepare(text).all();
      } finally {
        database.close();
      }
    },
  };
}

function inPostgres(): TestDatabase {
  let server: PostgresServer;
  let url = '';
  before(async function () {
    server = await startPostgres(this);
  });
  after(() => server?.close());
  beforeEach(async () => {
    url = await server.newDatabase();
  });
  return {
    kind: 'postgres',
    config: () => ({ kind: 'postgres', url }),
    where: () => `postgres://127.0.0.1:${server.port}${new URL(url).pathname}`,
    sql: (text, parameters) => server.query(text, parameters, url),
  };
}
