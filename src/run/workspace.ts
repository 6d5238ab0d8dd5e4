import { chmod, chown, lchown, lstat, mkdir, readdir, readlink, realpath, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { CheckError, type CheckContext } from '../checker.ts';
import { removeTree } from '../source/seal-tree.ts';
import type { Confinement } from './confinement.ts';
import type { Exec } from './exec.ts';

/** The directories of one run, and who may do what in them. */
export interface Workspace {
  readonly dirs: CheckContext['dirs'];
  /** Makes them. Rejects with CheckError `storage`. */
  create(): Promise<void>;
  /** Lets the commands' user read a checkout of ours, and nothing beside it. */
  admit(sourceDir: string): Promise<void>;
  /** Gives the commands' user what the service has written since. */
  beforeCommand(): Promise<void>;
  /** Rejects what a command left to make the service read a file in its place. Call when all its processes are gone. */
  afterCommand(): Promise<void>;
  /** Removes the temporary directory, whatever is in it. */
  remove(): Promise<void>;
}

interface Place {
  readonly id: string;
  readonly check: { readonly name: string; readonly checker: string };
  readonly dataDir: string;
  readonly confinement?: Confinement | undefined;
  readonly exec: Exec;
}

export function createWorkspace(place: Place): Workspace {
  const { check, dataDir, confinement } = place;
  const cache = join(dataDir, 'cache', check.checker);
  const dirs = {
    temporary: join(dataDir, 'tmp', place.id),
    check: join(cache, 'checks', check.name),
    shared: join(cache, 'shared'),
  };
  const create = async (): Promise<void> => {
    for (const dir of Object.values(dirs)) await makePrivate(dir);
  };
  const { user } = confinement ?? {};
  if (user === undefined)
    return {
      dirs,
      create,
      admit: async () => {},
      beforeCommand: async () => {},
      afterCommand: async () => {},
      remove: async () => removeTree(dirs.temporary),
    };
  const own = Object.values(dirs);
  let sourceDir: string | undefined;
  return {
    dirs,
    create: async () => {
      await create();
      for (const dir of own) await openPath(dataDir, dir, user.gid);
      for (const dir of own) await giveTo(user, dir);
    },
    admit: async (dir) => {
      sourceDir = dir;
      await openPath(dataDir, dir, user.gid);
    },
    beforeCommand: async () => {
      for (const dir of [dirs.temporary, dirs.check]) await giveTo(user, dir);
      await giveTo(user, dirs.shared, 1);
    },
    afterCommand: async () => {
      const inside = await Promise.all(
        [...own, ...(sourceDir === undefined ? [] : [sourceDir])].map((dir) => realpath(dir)),
      );
      for (const dir of [dirs.temporary, dirs.check]) await refuseLinks(dir, { inside, ...place });
    },
    remove: async () => {
      await giveTo(user, dirs.temporary);
      await emptyAsUser(dirs.temporary, place);
      await rm(dirs.temporary, { recursive: true, force: true });
    },
  };
}

async function makePrivate(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CheckError('storage', `${dir}: cannot be created: ${String(error)}`, { cause: error });
  }
}

/** The commands' group may pass through the directories from `dataDir` down to `dir`; it cannot list them. */
async function openPath(dataDir: string, dir: string, gid: number): Promise<void> {
  for (let above = dirname(dir); isInside(dataDir, above); above = dirname(above)) {
    await chown(above, -1, gid);
    await chmod(above, 0o710);
  }
}

/** Only files that nobody else has a name for: a hard link would give away a file elsewhere. */
async function giveTo(
  user: { readonly uid: number; readonly gid: number },
  path: string,
  depth = Infinity,
): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (found.uid !== user.uid && (found.isDirectory() || found.nlink === 1)) await lchown(path, user.uid, user.gid);
  if (!found.isDirectory() || depth === 0) return;
  for (const name of await readdir(path)) await giveTo(user, join(path, name), depth - 1);
}

interface Watched extends Place {
  /** Real paths that links may lead to. */
  readonly inside: readonly string[];
}

/**
 * A link that leads elsewhere must not stand where the service writes, which is at the top, and must not show what the
 * commands' user could not read by itself.
 */
async function refuseLinks(top: string, watched: Watched): Promise<void> {
  for (const entry of await readdir(top, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const link = join(entry.parentPath, entry.name);
    const target = resolve(entry.parentPath, await readlink(link));
    const real = await realpath(link).catch(() => undefined);
    if (
      [target, ...(real === undefined ? [] : [real])].every((path) => watched.inside.some((dir) => isInside(dir, path)))
    )
      continue;
    if (entry.parentPath !== top && real !== undefined && (await readable(link, watched))) continue;
    await rm(link, { force: true });
    throw new CheckError(
      'forbidden',
      `a command left a symbolic link that leads out of its directory: ${relative(top, link)} -> ${target}; it was removed`,
    );
  }
}

async function readable(path: string, { exec, confinement }: Watched): Promise<boolean> {
  const { exitCode } = await exec('test', ['-r', path], { cwd: '/', exitCodes: 'any', confinement });
  return exitCode === 0;
}

/** As its owner, not as root: whoever swaps a directory for a link meanwhile gains nothing. */
async function emptyAsUser(dir: string, { exec, confinement }: Place): Promise<void> {
  const options = { cwd: '/', exitCodes: 'any', confinement } as const;
  const empty = async (): Promise<boolean> => {
    const { exitCode } = await exec('find', [dir, '-mindepth', '1', '-delete'], options);
    return exitCode === 0;
  };
  if (await empty()) return;
  await exec('chmod', ['-R', 'u+rwX', dir], options);
  await empty();
}

function isInside(dir: string, path: string): boolean {
  return path === dir || path.startsWith(dir + sep);
}
