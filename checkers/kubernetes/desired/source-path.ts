import { realpath } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { CheckError, type CheckContext } from '../../../src/checker.ts';

/** The absolute path of something in the source. Rejects with CheckError when it is missing or leads out of the source. */
export async function sourcePath(context: CheckContext, path: string): Promise<string> {
  const root = await realpath(context.source.dir);
  const found = await realpath(resolve(root, path)).catch((error: unknown) => {
    throw new CheckError('not_found', `${path}: not in the source`, { phase: 'source', cause: error });
  });
  const inside = relative(root, found);
  if (inside === '..' || inside.startsWith(`..${sep}`)) {
    throw new CheckError('invalid', `${path}: leads out of the source`, { phase: 'source' });
  }
  return found;
}
