import { closeSync, openSync } from 'node:fs';

/** Creates an empty file that only its owner can read; one that is there stays, unopened. Returns whether it was made. */
export function createPrivateFile(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    // Closing a file that SQLite has open would drop SQLite's locks, so it must not even be opened here.
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}
