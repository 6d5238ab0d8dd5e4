import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What lies in a directory, links not followed. What goes while it is counted does not count. */
export async function treeSize(dir: string): Promise<{ readonly bytes: number; readonly files: number }> {
  let bytes = 0;
  let files = 0;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) continue;
    const found = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
    bytes += found?.size ?? 0;
    files += 1;
  }
  return { bytes, files };
}
