import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckContext } from '../../../src/checker.ts';

export interface RenderKey {
  /** What the program says of its version. */
  readonly version: string;
  /** Everything that it is told. */
  readonly arguments: readonly string[];
}

/** A render may read what is not in the source (a remote base): it is believed for this long. */
const MAX_AGE_MS = 60 * 60 * 1000;
/** A source without a revision is hashed; a larger one is rendered each time. */
const MAX_SOURCE_BYTES = 64 * 1024 * 1024;

/** The text of `render`, or of an earlier run with the same source, program and arguments. */
export async function cachedRender(
  context: CheckContext,
  key: RenderKey,
  render: () => Promise<string>,
): Promise<string> {
  const source = context.source.revision ?? (await hashOfTree(context.source.dir, context.signal));
  if (source === undefined) return render();
  const dir = join(context.dirs.check, 'renders');
  const digest = (use: string): Buffer =>
    createHash('sha256')
      .update(JSON.stringify([use, source, key.version, key.arguments]))
      .digest();
  const file = join(dir, digest('name').toString('hex'));
  const cached = await readFresh(file, digest('key'));
  if (cached !== undefined) return cached;
  const text = await render();
  await keep(dir, file, sealed(text, digest('key')));
  return text;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * What a chart makes of values holds those that were read from Secrets of the cluster. The key is made of all that goes
 * into the render: who has not those values cannot read what came of them.
 */
function sealed(text: string, key: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv);
  const content = [cipher.update(text, 'utf8'), cipher.final()];
  return Buffer.concat([iv, cipher.getAuthTag(), ...content]);
}

/** Undefined for what was cut, or is not ours. */
function opened(bytes: Buffer, key: Buffer): string | undefined {
  const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)];
  try {
    const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAuthTag(tag);
    const content = [decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()];
    return Buffer.concat(content).toString('utf8');
  } catch {
    return undefined;
  }
}

async function readFresh(file: string, key: Buffer): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    return Date.now() - mtimeMs < MAX_AGE_MS ? opened(await readFile(file), key) : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Renders can hold what only the owner may read. Stale ones go. */
async function keep(dir: string, file: string, content: Buffer): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(dir)) {
    const { mtimeMs } = await stat(join(dir, name));
    if (Date.now() - mtimeMs >= MAX_AGE_MS) await rm(join(dir, name), { force: true });
  }
  await writeFile(`${file}.partial`, content, { mode: 0o600 });
  await rename(`${file}.partial`, file);
}

/** Undefined when the tree is too large to be worth it. */
async function hashOfTree(root: string, signal: AbortSignal): Promise<string | undefined> {
  const hash = createHash('sha256');
  let left = MAX_SOURCE_BYTES;
  const add = async (dir: string): Promise<boolean> => {
    const entries = await readdir(join(root, dir), { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      signal.throwIfAborted();
      const path = join(dir, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== '.git' && !(await add(path))) return false;
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        const content = await readFile(join(root, path)).catch(() => Buffer.alloc(0)); // a dangling link
        left -= content.length;
        if (left < 0) return false;
        hash.update(`${path}\0${content.length}\0`).update(content);
      }
    }
    return true;
  };
  return (await add('.')) ? hash.digest('hex') : undefined;
}
