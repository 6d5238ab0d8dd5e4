import { Kysely } from 'kysely';
import { mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Logger } from 'pino';
import { migrate, refuseNewer } from '../migrate.ts';
import type { Database } from '../sql-store.ts';
import { StoreError } from '../store.ts';
import type { Tables } from '../tables.ts';
import { explainSqliteError } from './explain-sqlite-error.ts';
import { APPLICATION_ID, inspectFile } from './inspect-file.ts';
import { lockOwner } from './lock-owner.ts';
import { NodeSqliteDialect } from './node-sqlite-dialect.ts';
import { createPrivateFile } from './private-file.ts';

/**
 * Opens (or creates) a store in a file and brings it up to date. Throws a StoreError and leaves a file it cannot use as
 * it was. `waitMs`: how long another process may take to let go of it.
 */
export async function openSqlite(path: string, log: Logger, waitMs?: number): Promise<Database> {
  const where = `store ${path}`;
  let lock: { release(): void } | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = realFile(path);
    lock = lockOwner(`${file}.lock`, where, waitMs);
    await inspectFile(file, where);
    createPrivateFile(file);
    return await useDatabase(new DatabaseSync(file, { timeout: BUSY_MS }), { where, log, lock });
  } catch (error) {
    lock?.release();
    throw error instanceof StoreError ? error : explainSqliteError(where, 'open it', error);
  }
}

/** A store that lasts as long as the process. */
export function openSqliteInMemory(log: Logger): Promise<Database> {
  return useDatabase(new DatabaseSync(':memory:'), { where: 'store in memory', log });
}

/** How long a statement waits for somebody who reads or copies the file. It blocks the process. */
const BUSY_MS = 2000;

/** NORMAL loses nothing when the process dies; when the power fails, at most the last runs, never the file. */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA foreign_keys = ON;
  PRAGMA journal_size_limit = 16777216;
  PRAGMA application_id = ${APPLICATION_ID};
`;

interface Use {
  readonly where: string;
  readonly log: Logger;
  readonly lock?: { release(): void };
}

async function useDatabase(database: DatabaseSync, { where, log, lock }: Use): Promise<Database> {
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) });
  try {
    await refuseNewer(db, where);
    database.exec(PRAGMAS);
    const steps = await migrate(db);
    if (steps.length > 0) log.info({ store: where, steps }, 'store migrated');
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    db,
    where,
    concurrent: false,
    snapshot: (read) => db.transaction().execute(read),
    announce: () => Promise.resolve(),
    watch: () => Promise.resolve({ close: () => Promise.resolve() }),
    explain: (error, doing) => {
      const explained = explainSqliteError(where, doing, error);
      if (explained.reason === 'full') shrinkLog(database);
      return explained;
    },
    close: async () => {
      await db.destroy();
      lock?.release();
    },
  };
}

/** A record that did not fit leaves its pages in the log, and the disk full. */
function shrinkLog(database: DatabaseSync): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // Not even room for that: the log stays, and nothing recorded is lost.
  }
}

/** The file itself: two names of it must not have two locks. */
function realFile(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    return join(realpathSync(dirname(path)), basename(path));
  }
}
