import { createHash } from 'node:crypto';
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
  const hash = createHash('sha256').update(JSON.stringify([source, key.version, key.arguments]));
  const file = join(dir, hash.digest('hex'));
  const cached = await readFresh(file);
  if (cached !== undefined) return cached;
  const text = await render();
  await keep(dir, file, text);
  return text;
}

async function readFresh(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    return Date.now() - mtimeMs < MAX_AGE_MS ? await readFile(file, 'utf8') : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Renders can hold what only the owner may read. Stale ones go. */
async function keep(dir: string, file: string, text: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(dir)) {
    const { mtimeMs } = await stat(join(dir, name));
    if (Date.now() - mtimeMs >= MAX_AGE_MS) await rm(join(dir, name), { force: true });
  }
  await writeFile(`${file}.partial`, text, { mode: 0o600 });
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
