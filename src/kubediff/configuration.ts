import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import type { KubediffArguments } from './arguments.ts';

/** What a run of kubediff is made of: a configuration with one check, and what its files are called as written. */
export interface KubediffRun {
  readonly text: string;
  /** The path of a file of the source as kubediff would print it. */
  readonly nameOf: (file: string) => string;
  /** Where it is. */
  readonly pathOf: (file: string) => string;
}

/** Rejects when a path is not there. */
export async function kubediffRun({ paths, kubeconfig, context, namespace }: KubediffArguments): Promise<KubediffRun> {
  const given = await Promise.all(
    paths.map(async (path) => ({ path, absolute: resolve(path), isDirectory: (await stat(path)).isDirectory() })),
  );
  const root = commonDirectory(given.map(({ absolute, isDirectory }) => (isDirectory ? absolute : dirname(absolute))));
  const include = given.map(({ absolute, isDirectory }) => {
    const inside = relative(root, absolute).replaceAll(/[\\*?[\]{}()!+@]/g, String.raw`\$&`);
    return isDirectory ? join(inside, '**/*.{yaml,yml}') : inside;
  });
  const options = {
    manifests: include,
    namespace,
    ...(kubeconfig !== undefined && { kubeconfig: resolve(kubeconfig) }),
    ...(context !== undefined && { context }),
  };
  const text = JSON.stringify({
    global: {
      data_dir: join(homedir(), '.cache/drift-exporter'),
      pass_env: ['KUBECONFIG', 'AWS_*', 'GOOGLE_*', 'CLOUDSDK_*', 'AZURE_*'], // what exec plugins of kubeconfigs need
    },
    sources: [{ name: 'paths', directory: root }],
    checks: [{ name: 'kubediff', checker: 'kubernetes', source: 'paths', options }],
  }).replaceAll('${', '$${');
  return { text, nameOf: (file) => nameOf(join(root, file), given), pathOf: (file) => join(root, file) };
}

function nameOf(file: string, given: readonly { readonly path: string; readonly absolute: string }[]): string {
  const around = given.find(({ absolute }) => file === absolute || file.startsWith(`${absolute}/`));
  return around === undefined ? file : join(around.path, relative(around.absolute, file));
}

function commonDirectory(dirs: readonly string[]): string {
  const [first = resolve('.'), ...others] = dirs;
  let dir = first;
  while (!others.every((other) => other === dir || other.startsWith(dir === '/' ? '/' : `${dir}/`))) dir = dirname(dir);
  return dir;
}
