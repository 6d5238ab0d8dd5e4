import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A document is used for months or never again. */
const UNUSED_MS = 30 * 24 * 60 * 60 * 1000;

/** A document kept by `keepDocument`; undefined when it is not there, or not whole. */
export async function keptDocument(file: string): Promise<unknown> {
  try {
    const document = JSON.parse(await readFile(file, 'utf8')) as unknown;
    await utimes(file, new Date(), new Date());
    return document;
  } catch {
    return undefined;
  }
}

/** Keeps a document for later runs, several of which may do so at once; those long unused go. */
export async function keepDocument(file: string, document: unknown): Promise<void> {
  const dir = dirname(file);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(dir)) {
    const found = await stat(join(dir, name)).catch(() => undefined); // another run may have removed it
    if (found !== undefined && Date.now() - found.mtimeMs > UNUSED_MS) await rm(join(dir, name), { force: true });
  }
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, JSON.stringify(document), { mode: 0o600 });
  await rename(partial, file);
}
