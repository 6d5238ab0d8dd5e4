import { chmod, lstat, readdir, readlink, realpath, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { GitFailure } from './git-failure.ts';

/**
 * Makes a checked-out tree read-only, for it is shared by runs. Refuses a symbolic link that leads out of it: through
 * one, whoever can push would have any file of this machine read and shown.
 */
export async function sealTree(dir: string): Promise<void> {
  const root = await realpath(dir);
  for await (const entry of entriesOf(root)) {
    if (entry.kind === 'link') await refuseEscape(root, entry.path);
    else if (entry.kind === 'file')
      await chmod(entry.path, ((await lstat(entry.path)).mode & 0o111) === 0 ? 0o444 : 0o555);
    else await chmod(entry.path, 0o555);
  }
  await chmod(root, 0o555);
}

/** Removes a sealed tree, or what is left of one. */
export async function removeTree(dir: string): Promise<void> {
  try {
    await chmod(dir, 0o700);
    for await (const entry of entriesOf(dir, 'top first'))
      if (entry.kind === 'directory') await chmod(entry.path, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await rm(dir, { recursive: true, force: true });
}

interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link';
}

/** Everything in a tree; a directory after what is in it, or before. Does not follow links. */
async function* entriesOf(dir: string, order: 'top first' | 'bottom first' = 'bottom first'): AsyncGenerator<Entry> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (!entry.isDirectory()) yield { path, kind: entry.isSymbolicLink() ? 'link' : 'file' };
    else if (order === 'top first') {
      yield { path, kind: 'directory' };
      yield* entriesOf(path, order);
    } else {
      yield* entriesOf(path, order);
      yield { path, kind: 'directory' };
    }
  }
}

async function refuseEscape(root: string, link: string): Promise<void> {
  const target = await readlink(link);
  const real = await realpath(link).catch(() => undefined); // dangling or circular: leads nowhere
  const leadsTo = [resolve(dirname(link), target), ...(real === undefined ? [] : [real])];
  if (leadsTo.every((path) => path === root || path.startsWith(root + sep))) return;
  const name = relative(root, link);
  throw new GitFailure(
    'invalid',
    `symbolic link ${name} -> ${target} leads out of the repository; make it lead inside, or remove it`,
  );
}
