import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { removeTree } from '../source/seal-tree.ts';
import { lockOwner } from '../store/sqlite/lock-owner.ts';
import { StoreError } from '../store/store.ts';

export interface DataDir {
  readonly dir: string;
  /** Lets others have it. */
  release(): Promise<void>;
}

/** Beyond these, one-off runs at the same time have no caches. */
const PLACES = 16;

/**
 * A data directory that nobody else uses while a one-off run goes on, beside a service on the configured one: a place
 * inside that, with the caches and clones that the last one-off run left there; where there is none, or commands run as a
 * user who could not get there, a temporary directory that goes with the run.
 */
export async function oneOffDataDir({ dataDir, sandbox }: Config['global']): Promise<DataDir> {
  const places = sandbox.user === undefined ? PLACES : 0;
  for (let place = 0; place < places; place++) {
    const dir = join(dataDir, 'once', String(place));
    const lock = await lockPlace(dir);
    if (lock === 'impossible') break;
    if (lock === 'taken') continue;
    await removeTree(join(dir, 'tmp')).catch(() => undefined); // of a run that was killed
    return { dir, release: async () => lock.release() };
  }
  const dir = await mkdtemp(join(tmpdir(), 'drift-exporter-'));
  return { dir, release: () => removeTree(dir) };
}

async function lockPlace(dir: string): Promise<{ release(): void } | 'taken' | 'impossible'> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return lockOwner(join(dir, 'lock'), dir, 0);
  } catch (error) {
    return error instanceof StoreError && error.reason === 'locked' ? 'taken' : 'impossible';
  }
}
