import { readFile } from 'node:fs/promises';
import type { PostgresStoreConfig } from '../../config/config.ts';
import { StoreError } from '../store.ts';

/** The URL of the database, with its password. Reads the file anew each time. Throws a StoreError without the URL. */
export async function databaseUrl({ url }: PostgresStoreConfig): Promise<string> {
  if (typeof url === 'string') return url;
  const text = await readFile(url.file, 'utf8').catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError('unusable', `store url_file ${url.file}: cannot be read (${code ?? 'unknown error'})`);
  });
  const found = text.trim();
  if (/^postgres(ql)?:\/\//.test(found) && URL.canParse(found)) return found;
  throw new StoreError(
    'unusable',
    `store url_file ${url.file}: expected one line postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special ` +
      'characters of the password as %XX; found something else',
  );
}
