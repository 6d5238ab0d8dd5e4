import { posix } from 'node:path';
import picomatch from 'picomatch';
import type { Failure } from '../../../src/checker.ts';
import type { DiscoverRoots } from './options.ts';
import type { TreeDirectory } from './walk-tree.ts';

export interface Root {
  readonly dir: string;
  readonly binary: string;
}

const CONFIGURATION = /\.(tf|tofu)(\.json)?$/;
/** `source = "./x"`, in HCL and in JSON; `//` parts a Terragrunt source's module from its repository. */
const LOCAL_SOURCE = /^\s*"?source"?\s*[=:]\s*"(\.{1,2}\/[^"$]*)"/gm;
const BACKEND = /^\s*(?:backend\s+"|"backend"\s*:|cloud\s*\{|"cloud"\s*:)/m;

/**
 * The root modules and Terragrunt units of a tree. A directory with configuration is a root unless another one uses it as a
 * module; with a backend it is one all the same.
 */
export function findRoots(
  tree: readonly TreeDirectory[],
  options: DiscoverRoots,
): { readonly roots: readonly Root[]; readonly failures: readonly Failure[] } {
  const used = new Set(tree.flatMap(modulesOf));
  const inRoots = picomatch([...options.roots], { dot: true });
  // No glob but its own name matches the source itself.
  const isWanted = (dir: string): boolean => inRoots(dir) || (dir === '.' && options.roots.includes('**'));
  const isExcluded = options.exclude.length === 0 ? () => false : picomatch([...options.exclude], { dot: true });
  const wanted = tree.filter(({ dir }) => isWanted(dir) && !isExcluded(dir) && !isExcluded(`${dir}/`));
  return {
    roots: wanted.flatMap((directory) => {
      const binary = binaryOf(directory, { used, options });
      return binary === undefined ? [] : [{ dir: directory.dir, binary }];
    }),
    failures: wanted.filter(({ texts }) => texts.has('terragrunt.stack.hcl')).map(isStack),
  };
}

function binaryOf(
  { dir, files, texts }: TreeDirectory,
  { used, options }: { readonly used: ReadonlySet<string>; readonly options: DiscoverRoots },
): string | undefined {
  const auto = options.binary === 'auto';
  const configuration = [...texts].filter(([name]) => CONFIGURATION.test(name)).map(([, text]) => text);
  const unit = texts.get('terragrunt.hcl') ?? texts.get('terragrunt.hcl.json');
  if (unit !== undefined && isUnit(unit, configuration.length > 0)) return auto ? 'terragrunt' : options.binary;
  if (configuration.length === 0) return undefined;
  if (used.has(dir) && !configuration.some((text) => BACKEND.test(text))) return undefined;
  if (!auto) return options.binary;
  return files.some((name) => /\.tofu(\.json)?$/.test(name)) ? 'tofu' : 'terraform';
}

/** What is only there to be included by others plans nothing; one that is skipped says so itself. */
function isUnit(text: string, hasConfiguration: boolean): boolean {
  if (/^\s*skip\s*=\s*true\b/m.test(text)) return false;
  return hasConfiguration || /^\s*"?(source"?\s*[=:]|include\b)/m.test(text);
}

function modulesOf({ dir, texts }: TreeDirectory): string[] {
  return [...texts.values()].flatMap((text) =>
    [...text.matchAll(LOCAL_SOURCE)].map(([, source = '']) =>
      posix.join(dir, source.replaceAll(/\/{2,}/g, '/')).replace(/\/$/, ''),
    ),
  );
}

function isStack({ dir }: TreeDirectory): Failure {
  const message = `${dir}/terragrunt.stack.hcl: its units are not in the source: expected \`terragrunt stack generate\` to be committed`;
  return { phase: 'source', reason: 'unsupported', message, address: dir };
}
