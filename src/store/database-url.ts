import { readFile } from 'node:fs/promises';
import type { PostgresStoreConfig } from '../config/config.ts';
import { StoreError } from './store.ts';

/** The URL of the database, with its password: never shown. Reads the file that holds it, if it stands in one. */
export async function databaseUrl({ url }: PostgresStoreConfig): Promise<string> {
  if (typeof url === 'string') return url;
  try {
    return (await readFile(url.file, 'utf8')).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError('unusable', `store.url_file: ${url.file}: cannot be read: ${code ?? 'unknown error'}`);
  }
}
