import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Corpus } from './kubernetes-corpus.ts';

/** Writes files below a new temporary directory. `remove` deletes it. */
export async function writeTree(
  files: Readonly<Record<string, string>>,
): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-source-'));
  for (const [name, text] of Object.entries(files)) {
    const file = join(dir, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    if (name.endsWith('.sh')) await chmod(file, 0o755);
  }
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** What git declares in all cases, and their scripts: `<id>/git/<file>`, `<id>/mutate.sh`. */
export function corpusTree({ cases, setup }: Corpus): Record<string, string> {
  const files = cases.flatMap((one) => [
    ...Object.entries(one.git).map(([name, text]) => [`cases/${one.id}/git/${name}`, text] as const),
    [`cases/${one.id}/mutate.sh`, one.mutate] as const,
  ]);
  return Object.fromEntries([
    ...files,
    ...Object.entries(setup).map(([name, text]) => [`setup/${name}`, text] as const),
  ]);
}

/** A kubeconfig with one context. */
export function kubeconfig(
  server: string,
  user: Readonly<Record<string, unknown>> = {},
  cluster: Readonly<Record<string, unknown>> = { 'insecure-skip-tls-verify': true },
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, ...cluster } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
