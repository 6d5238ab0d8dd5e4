import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

export interface KubernetesShortcut {
  /** File or directory of manifests, or a kustomization. */
  readonly path: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** The text of a configuration with one check, for `drift-exporter check --kubernetes PATH`. Rejects when there is no such path. */
export async function kubernetesShortcut({ path, context, namespace }: KubernetesShortcut): Promise<string> {
  const isDirectory = (await stat(path)).isDirectory();
  const directory = isDirectory ? resolve(path) : dirname(resolve(path));
  const what = isDirectory ? '.' : basename(path);
  const desired = isDirectory && (await isKustomization(directory)) ? { kustomize: [what] } : { manifests: [what] };
  const options = {
    ...desired,
    ...(context !== undefined && { context }),
    ...(namespace !== undefined && { namespace }),
  };
  return JSON.stringify({
    global: {
      data_dir: join(homedir(), '.cache/drift-exporter'),
      pass_env: ['KUBECONFIG', 'AWS_*', 'GOOGLE_*', 'CLOUDSDK_*', 'AZURE_*'], // what exec plugins of kubeconfigs need
    },
    sources: [{ name: 'manifests', directory }],
    checks: [{ name: 'kubernetes', checker: 'kubernetes', source: 'manifests', options }],
  }).replaceAll('${', '$${');
}

async function isKustomization(directory: string): Promise<boolean> {
  return (await readdir(directory)).some((name) => /^(kustomization\.ya?ml|Kustomization)$/.test(name));
}
