import { StoreError, type StoreErrorReason } from '../store.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html) and Node's for files: the reason, what came, what to do. */
const EXPLANATIONS: Readonly<Record<string, readonly [StoreErrorReason, string]>> = {
  5: ['locked', 'another process holds a lock on it'],
  6: ['locked', 'another connection holds a lock on it'],
  8: ['read_only', 'expected permission to read and write, found a read-only file'],
  11: ['corrupt', 'expected an intact SQLite database, found a damaged one; restore a backup or move it away'],
  13: ['full', 'the disk is full'],
  26: ['corrupt', 'expected an SQLite database, found something else; restore a backup or move it away'],
  EACCES: ['read_only', 'expected permission to read and write, found none'],
  EPERM: ['read_only', 'expected permission to read and write, found none'],
  EROFS: ['read_only', 'expected a writable file system, found a read-only one'],
  ENOSPC: ['full', 'the disk is full'],
  EDQUOT: ['full', 'the disk quota is used up'],
};

/** What an error of SQLite or of the file system means. `where` names the file, `doing` what was tried. */
export function explainSqliteError(where: string, doing: string, error: unknown): StoreError {
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  const key = errcode === undefined ? (code ?? '') : String(errcode & 0xff);
  const [reason, found] = EXPLANATIONS[key] ?? ['unusable', 'unexpected error'];
  return new StoreError(reason, `${where}: cannot ${doing}: ${found} (${message ?? String(error)})`, { cause: error });
}
