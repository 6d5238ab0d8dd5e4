import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

/** `drift-exporter compare LEFT RIGHT`, as written. */
export interface CompareShortcut {
  readonly left: string;
  readonly right: string;
  /** `LEFT=RIGHT` each. */
  readonly namespaces: readonly string[];
  /** `MATCH=REPLACE` each. */
  readonly names: readonly string[];
  /** `PATH=REASON` each. */
  readonly allowed: readonly string[];
  /** Words or paths. */
  readonly fields: readonly string[];
  readonly kinds: readonly string[];
  readonly undeclared?: boolean;
  readonly kubeconfig?: string;
}

/** The text of a configuration with one check. Rejects when a path is not there or something is not written as it must be. */
export async function compareShortcut(shortcut: CompareShortcut): Promise<string> {
  const { left, right, namespaces, names, allowed, fields, undeclared } = shortcut;
  const root = commonDirectory([left, right].filter(isPath).map((path) => resolve(path)));
  const options = {
    left: await sideOf(left, root, shortcut),
    right: await sideOf(right, root, shortcut),
    map: {
      namespaces: Object.fromEntries(namespaces.map((one) => halves(one, '--map-namespace LEFT=RIGHT'))),
      names: names
        .map((one) => halves(one, '--map-name MATCH=REPLACE'))
        .map(([match, replace]) => ({ match, replace })),
    },
    allowed: allowed.map((one) => halves(one, '--allow PATH=REASON')).map(([path, reason]) => ({ path, reason })),
    ...(fields.length > 0 && {
      fields: fields.map((field) => (field.startsWith('/') ? { name: field, path: field } : field)),
    }),
    ...(undeclared !== undefined && { undeclared }),
  };
  return JSON.stringify({
    global: {
      data_dir: join(homedir(), '.cache/drift-exporter'),
      pass_env: ['KUBECONFIG', 'AWS_*', 'GOOGLE_*', 'CLOUDSDK_*', 'AZURE_*'], // what exec plugins of kubeconfigs need
    },
    sources: [{ name: 'here', directory: root }],
    checks: [{ name: 'compare', checker: 'compare', source: 'here', options }],
  }).replaceAll('${', '$${');
}

const GIT = /^git:(.*)@([^@:]+):(.+)$/;

function isPath(side: string): boolean {
  return !side.startsWith('git:') && !side.startsWith('cluster:');
}

async function sideOf(side: string, root: string, { kubeconfig, kinds }: CompareShortcut): Promise<object> {
  if (side.startsWith('cluster:')) {
    const [context = '', namespaces = ''] = side.slice('cluster:'.length).split('/');
    return {
      cluster: {
        ...(kubeconfig !== undefined && { kubeconfig: resolve(kubeconfig) }),
        ...(context !== '' && { context }),
        ...(namespaces !== '' && { namespaces: namespaces.split(',') }),
        ...(kinds.length > 0 && { kinds }),
      },
    };
  }
  if (isPath(side)) return pathSide(relative(root, resolve(side)) || '.', resolve(side));
  const [, url = '', ref, path = ''] = GIT.exec(side) ?? [];
  if (ref === undefined) throw new RangeError(`${side}: expected git:[URL]@REF:PATH`);
  const git = { url: url === '' ? await repositoryOf(resolve('.')) : isLocal(url) ? resolve(url) : url, ref };
  const isKustomized = path.endsWith('/') || /(^|\/)kustomization\.ya?ml$/.test(path);
  const dir = path.replace(/\/?(kustomization\.ya?ml)?$/, '') || '.';
  return { git, ...(isKustomized ? { kustomize: [dir] } : { manifests: [path] }) };
}

function isLocal(url: string): boolean {
  return !url.includes('://') && !/^[\w.-]+@[\w.-]+:/.test(url);
}

async function pathSide(path: string, absolute: string): Promise<object> {
  const isDirectory = (await stat(absolute)).isDirectory();
  const names = isDirectory ? await readdir(absolute) : [];
  return names.some((name) => /^(kustomization\.ya?ml|Kustomization)$/.test(name))
    ? { kustomize: [path] }
    : { manifests: [path] };
}

/** The repository that a directory is in. */
async function repositoryOf(dir: string): Promise<string> {
  if ((await readdir(dir)).includes('.git')) return dir;
  if (dirname(dir) === dir) throw new RangeError('git:@REF:PATH: expected to be in a git repository; name its URL');
  return repositoryOf(dirname(dir));
}

function commonDirectory(paths: readonly string[]): string {
  const [first, ...others] = paths.map((path) => dirname(path));
  if (first === undefined) return resolve('.');
  const isAbove = (dir: string): boolean =>
    others.every((other) => other === dir || other.startsWith(dir === '/' ? '/' : `${dir}/`));
  let dir = first;
  while (!isAbove(dir)) dir = dirname(dir);
  return dir;
}

function halves(text: string, written: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new RangeError(`${written}: got ${JSON.stringify(text)}`);
  return [text.slice(0, at), text.slice(at + 1)];
}
