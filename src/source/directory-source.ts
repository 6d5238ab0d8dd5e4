import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { CheckError } from '../checker.ts';
import type { DirectorySourceConfig } from '../config/config.ts';
import type { FailureReason } from '../drift.ts';
import type { Source } from './source.ts';

/** A directory of this machine, used as it is: it has no revision, and what changes in it changes under a run. */
export function createDirectorySource({ name, directory }: DirectorySourceConfig): Source {
  let problem: string | undefined;
  return {
    name,
    start: () => undefined,
    acquire: async (_signal, ref) => {
      if (ref !== undefined)
        throw failure(
          'unsupported',
          `source "${name}": ref ${JSON.stringify(ref)} was asked of a directory; only a git source has refs`,
        );
      const found = await problemOf(name, directory);
      problem = found?.message;
      if (found !== undefined) throw found;
      return { dir: directory, release: async () => undefined };
    },
    status: () => ({
      name,
      kind: 'directory',
      location: directory,
      ...(problem !== undefined && { error: problem }),
    }),
    close: async () => undefined,
  };
}

async function problemOf(name: string, directory: string): Promise<CheckError | undefined> {
  try {
    const found = await stat(directory);
    if (!found.isDirectory())
      return failure('invalid', `source "${name}": ${directory}: expected a directory, found a file`);
    await access(directory, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return failure('not_found', `source "${name}": ${directory}: no such directory`);
    if (code === 'EACCES' || code === 'EPERM')
      return failure('forbidden', `source "${name}": ${directory}: no permission to read it`);
    return failure('storage', `source "${name}": ${directory}: cannot be read: ${String(error)}`);
  }
}

function failure(reason: FailureReason, message: string): CheckError {
  return new CheckError(reason, message, { phase: 'source' });
}
