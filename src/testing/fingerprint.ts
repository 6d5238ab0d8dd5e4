import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every file below a directory with its kind, mode, modification time and content, for telling whether anything changed. */
export async function fingerprint(dir: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = [dir, ...entries.map((entry) => join(entry.parentPath, entry.name))].toSorted();
  const described = await Promise.all(
    paths.map(async (path) => [relative(dir, path) || '.', await describe(path)] as const),
  );
  return Object.fromEntries(described);
}

async function describe(path: string): Promise<string> {
  const stat = await lstat(path);
  const facts = `${stat.mode.toString(8)} ${stat.mtimeMs}`;
  if (stat.isSymbolicLink()) return `link ${facts} ${await readlink(path)}`;
  if (!stat.isFile()) return `other ${facts}`;
  return `file ${facts} ${createHash('sha256')
    .update(await readFile(path))
    .digest('hex')}`;
}
