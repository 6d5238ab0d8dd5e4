import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** A directory of the source with files of Terraform or Terragrunt in it. */
export interface TreeDirectory {
  /** Relative to the source; `.` is the source itself. */
  readonly dir: string;
  /** Names of all its files. */
  readonly files: readonly string[];
  /** Text of those that Terraform, OpenTofu or Terragrunt read. */
  readonly texts: ReadonlyMap<string, string>;
}

const READ = /\.(tf|tofu)(\.json)?$|^terragrunt(\.stack)?\.hcl(\.json)?$/;
const SKIPPED = /^(\.|node_modules$)/;
const AT_ONCE = 16;

export interface Tree {
  readonly directories: readonly TreeDirectory[];
  /** Every var-file, relative to the source. */
  readonly varFiles: readonly string[];
}

/** One walk over the source. Links are not followed: they could lead out of it, or round in circles. */
export async function walkTree(root: string, signal: AbortSignal): Promise<Tree> {
  const directories: TreeDirectory[] = [];
  const varFiles: string[] = [];
  let level = ['.'];
  while (level.length > 0) {
    const next: string[] = [];
    for (let from = 0; from < level.length; from += AT_ONCE) {
      signal.throwIfAborted();
      const read = await Promise.all(level.slice(from, from + AT_ONCE).map((dir) => readDirectory(root, dir)));
      for (const { directory, children } of read) {
        if (directory.texts.size > 0) directories.push(directory);
        varFiles.push(...directory.files.filter(isVarFile).map((name) => posix.join(directory.dir, name)));
        next.push(...children);
      }
    }
    level = next;
  }
  return { directories, varFiles };
}

function isVarFile(name: string): boolean {
  return /\.tfvars(\.json)?$/.test(name);
}

async function readDirectory(
  root: string,
  dir: string,
): Promise<{ readonly directory: TreeDirectory; readonly children: string[] }> {
  const entries = await readdir(join(root, dir), { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const children = entries
    .filter((entry) => entry.isDirectory() && !SKIPPED.test(entry.name))
    .map(({ name }) => posix.join(dir, name));
  const texts = new Map<string, string>();
  for (const name of files.filter((name) => READ.test(name)))
    texts.set(name, await readFile(join(root, dir, name), 'utf8'));
  return { directory: { dir, files, texts }, children };
}
