import { copyFile, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';
import type { Session } from './session.ts';

const LOCK_FILE = '.terraform.lock.hcl';

/**
 * A root without a lock file makes init write one, and Terragrunt generates files beside what it runs. The source must stay
 * as it is, so that such a root is run in a tree of links to it, where relative module paths still hold. Returns the
 * root's directory there.
 */
export async function createOverlay({ options, context }: Session): Promise<string> {
  let from = context.source.dir;
  let to = join(context.dirs.temporary, 'root');
  await rm(to, { recursive: true, force: true });
  for (const segment of normalize(options.dir).split(sep).filter(isSegment)) {
    await linkEntries(from, to, segment);
    from = join(from, segment);
    to = join(to, segment);
  }
  await linkEntries(from, to);
  await copyFile(keptLock(context), join(to, LOCK_FILE)).catch(ignoreMissing);
  await copyFile(join(from, LOCK_FILE), join(to, LOCK_FILE)).catch(ignoreMissing);
  return to;
}

/** Keeps what init wrote, for the next run. */
export async function keepOverlayLock({ context }: Session, root: string): Promise<void> {
  await copyFile(join(root, LOCK_FILE), keptLock(context)).catch(ignoreMissing);
}

async function linkEntries(from: string, to: string, except?: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const names = (await readdir(from)).filter((name) => name !== except && name !== '.git' && name !== LOCK_FILE);
  await Promise.all(names.map(async (name) => symlink(join(from, name), join(to, name))));
}

function isSegment(segment: string): boolean {
  return segment !== '' && segment !== '.';
}

function keptLock(context: Session['context']): string {
  return join(context.dirs.check, 'lock.hcl');
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
