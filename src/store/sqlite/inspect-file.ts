import { Kysely } from 'kysely';
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { refuseNewer } from '../migrate.ts';
import { StoreError } from '../store.ts';
import type { Tables } from '../tables.ts';
import { explainSqliteError } from './explain-sqlite-error.ts';
import { NodeSqliteDialect } from './node-sqlite-dialect.ts';

/** Marks the file as ours (SQLite's application_id): "drft". */
export const APPLICATION_ID = 0x64726674;

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
// sqlite.org/fileformat2.html
const PAGE_SIZE_OFFSET = 16;
const PAGE_COUNT_OFFSET = 28;
const APPLICATION_ID_OFFSET = 68;
const HEADER_BYTES = 100;
const WAL_HEADER_BYTES = 32;
const WAL_MAGIC = new Set([0x377f0682, 0x377f0683]);

/**
 * Refuses a file that is not a store this version can use, without writing a byte: SQLite would repair, convert or
 * check-point it on the way. Call it with the owner's lock held and before SQLite has the file open.
 */
export async function inspectFile(path: string, where: string): Promise<void> {
  const size = regularFileSize(path, where);
  if (size === undefined) return;
  accessSync(path, constants.R_OK | constants.W_OK);
  if (size === 0) return;
  const header = firstBytes(path, HEADER_BYTES);
  refuseDamagedHeader(header, where);
  const wal = regularFileSize(`${path}-wal`, `${where}-wal`) ?? 0;
  if (wal >= WAL_HEADER_BYTES) refuseForeignWal(firstBytes(`${path}-wal`, WAL_HEADER_BYTES), `${where}-wal`);
  else refuseCutOff(header, size, where);
  await readUntouched({ path, where, hasWal: wal > 0, id: header.readUInt32BE(APPLICATION_ID_OFFSET) });
}

function regularFileSize(path: string, where: string): number | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return stat?.size;
  throw new StoreError(
    'foreign',
    `${where}: expected a file, found ${stat.isDirectory() ? 'a directory' : 'a device'}`,
  );
}

function refuseDamagedHeader(header: Buffer, where: string): void {
  if (header.length === HEADER_BYTES && header.subarray(0, MAGIC.length).equals(MAGIC)) return;
  throw new StoreError(
    'corrupt',
    `${where}: expected an SQLite database, found ${shown(header)}; it is left as it is: restore a backup or move it away`,
  );
}

/** SQLite itself overlooks a last page that is there in part. With a log the rest may be there. */
function refuseCutOff(header: Buffer, size: number, where: string): void {
  const pageSize = header.readUInt16BE(PAGE_SIZE_OFFSET);
  const expected = header.readUInt32BE(PAGE_COUNT_OFFSET) * (pageSize === 1 ? 65_536 : pageSize);
  if (size >= expected) return;
  throw new StoreError(
    'corrupt',
    `${where}: expected an SQLite database of ${expected} bytes, found ${size} bytes; it is left as it is: restore a ` +
      `backup or move it away`,
  );
}

/** A log of zeros is what a power cut leaves of a new one: SQLite ignores it, and nothing was in it. */
function refuseForeignWal(header: Buffer, where: string): void {
  if (WAL_MAGIC.has(header.readUInt32BE(0)) || header.every((byte) => byte === 0)) return;
  throw new StoreError(
    'corrupt',
    `${where}: expected SQLite's write-ahead log, found ${shown(header)}; SQLite would drop the runs in it. It is ` +
      `left as it is: restore a backup, or move this one file away to go on without them`,
  );
}

interface Inspected {
  readonly path: string;
  readonly where: string;
  readonly hasWal: boolean;
  /** The application_id in its header. */
  readonly id: number;
}

/** Reads the file as if it could not change: no lock, no log, no repair. */
async function readUntouched({ path, where, hasWal, id }: Inspected): Promise<void> {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(new DatabaseSync(url, { readOnly: true })) });
  try {
    const tables = await db.introspection.getTables();
    if (id !== APPLICATION_ID && (id !== 0 || tables.length > 0)) throw foreign(where, id, tables[0]?.name);
    await refuseNewer(db, where);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    // With a log the file alone may be half of the truth: SQLite decides when it opens both.
    if (!hasWal) throw explainSqliteError(where, 'read it', error);
  } finally {
    await db.destroy();
  }
}

function foreign(where: string, id: number, table: string | undefined): StoreError {
  const found = `application_id 0x${id.toString(16)}${table === undefined ? '' : `, table ${table}`}`;
  return new StoreError(
    'foreign',
    `${where}: expected a store of drift-exporter, found the SQLite database of another program (${found}); it is ` +
      `left as it is: give another path`,
  );
}

function firstBytes(path: string, count: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(count);
    return buffer.subarray(0, readSync(file, buffer, 0, count, 0));
  } finally {
    closeSync(file);
  }
}

function shown(bytes: Buffer): string {
  return `${bytes.length} bytes that start with ${bytes.subarray(0, 16).toString('hex')}`;
}
