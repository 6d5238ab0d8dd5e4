import { posix } from 'node:path';
import picomatch from 'picomatch';
import type { DiscoveredItem } from '../../../src/checker.ts';
import type { Root } from './find-roots.ts';

/** What a root is planned with, beside itself. */
export interface Variants {
  /** Var-files that stand for themselves, relative to the root. */
  readonly varFiles: readonly string[];
  /** `var_files`: each var-file's own. */
  readonly workspaces: readonly string[] | 'var_files';
}

/** An item for each var-file and workspace of a root; one when it has neither. */
export function expandRoot(root: Root, { varFiles, workspaces }: Variants): DiscoveredItem[] {
  const files = varFiles.length === 0 ? [''] : varFiles;
  return files.flatMap((file) => {
    const own = workspaces === 'var_files' ? [file === '' ? 'default' : stem(file)] : workspaces;
    const names = own.length === 0 ? [''] : own;
    return names.map((workspace) => itemOf(root, { file, workspace }, workspaces === 'var_files'));
  });
}

function itemOf(
  { dir, binary }: Root,
  { file, workspace }: { readonly file: string; readonly workspace: string },
  isSame: boolean,
): DiscoveredItem {
  const path = dir === '.' ? [] : dir.split('/');
  const parts = [...(path.length === 0 ? ['root'] : path), file === '' ? '' : stem(file), isSame ? '' : workspace];
  const variant = [file === '' ? '' : ` ${file}`, workspace === '' ? '' : ` in ${workspace}`].join('');
  return {
    id: `${dir}${variant}`,
    group: dir,
    values: {
      name: parts
        .filter((part) => part !== '')
        .map((part) => part.replaceAll(/[^A-Za-z0-9._-]+/g, '_'))
        .join('-'),
      dir,
      path,
      binary,
      var_file: file,
      var_files: file === '' ? [] : [file],
      variant: file === '' ? '' : stem(file),
      workspace: workspace === '' ? 'default' : workspace,
    },
  };
}

/** `envs/prod.tfvars` is `prod`. */
function stem(file: string): string {
  return posix.basename(file).replace(/(\.auto)?\.tfvars(\.json)?$/, '');
}

/** The var-files of a tree, relative to a root, that one of the globs matches. */
export function varFilesOf(dir: string, files: readonly string[], globs: readonly string[]): string[] {
  if (globs.length === 0) return [];
  const matches = picomatch([...globs], { dot: true });
  const reachesOut = globs.some((glob) => glob.startsWith('../'));
  return files
    .filter((file) => reachesOut || dir === '.' || file.startsWith(`${dir}/`))
    .map((file) => posix.relative(dir, file))
    .filter((file) => matches(file))
    .toSorted();
}
