import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { explainSqliteError } from './explain-sqlite-error.ts';
import { createPrivateFile } from './private-file.ts';

/** How long to wait for another to let go, unless said otherwise. It blocks the process. */
const LOCK_MS = 1000;

/**
 * Keeps a second service off the store, while anybody may still read it (a backup, the sqlite3 shell). The lock is
 * SQLite's own on a tiny file beside it, so the operating system lets go of it when the process dies, however it dies.
 * `where` names the store in the message.
 */
export function lockOwner(path: string, where: string, waitMs: number = LOCK_MS): { release(): void } {
  createPrivateFile(path);
  const database = new DatabaseSync(path, { timeout: waitMs });
  try {
    database.exec('PRAGMA synchronous = OFF; BEGIN IMMEDIATE');
    database.exec('CREATE TABLE IF NOT EXISTS owner (host TEXT, since TEXT); DELETE FROM owner');
    database.prepare('INSERT INTO owner VALUES (?, ?)').run(hostname(), new Date().toISOString());
    database.exec('COMMIT; BEGIN IMMEDIATE');
    return { release: () => database.close() };
  } catch (error) {
    const locked = (error as { errcode?: number }).errcode === 5;
    const owner = locked ? ownerOf(database) : '';
    database.close();
    if (!locked) throw explainSqliteError(where, `lock it with ${path}`, error);
    throw new StoreError(
      'locked',
      `${where}: expected to be its only user, found another drift-exporter${owner}; stop that one, or give each ` +
        `its own path (the lock is ${path})`,
      { cause: error },
    );
  }
}

function ownerOf(database: DatabaseSync): string {
  try {
    const owner = database.prepare('SELECT host, since FROM owner').get();
    return owner === undefined ? '' : ` on host ${String(owner['host'])} since ${String(owner['since'])}`;
  } catch {
    return ''; // The other one is just writing its name.
  }
}
