import type { Logger } from 'pino';
import type { StoreConfig } from '../config/config.ts';
import { SqlStore } from './sql-store.ts';
import { openSqlite, openSqliteInMemory } from './sqlite/open-sqlite.ts';
import type { Retention, Store } from './store.ts';

export interface StoreOptions {
  readonly retention: Retention;
  readonly log: Logger;
  /** How long to wait for another process to let go of a file. It blocks this one. */
  readonly waitMs?: number;
}

/** Opens the configured store, creating or migrating it. Throws a StoreError; what it cannot use it leaves as it was. */
export async function openStore(config: StoreConfig, { retention, log, waitMs }: StoreOptions): Promise<Store> {
  if (config.kind === 'sqlite') return new SqlStore(await openSqlite(config.path, log, waitMs), retention);
  const { openPostgres } = await import('./postgres/open-postgres.ts');
  return new SqlStore(await openPostgres(config, log), retention);
}

/** The same store without a file, for when the configured one cannot be opened: what it knows ends with the process. */
export async function memoryStore({ retention, log }: StoreOptions): Promise<Store> {
  return new SqlStore(await openSqliteInMemory(log), retention);
}
