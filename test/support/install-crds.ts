import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { KubeApiServer } from './kube-apiserver.ts';

const WITHIN_MS = 60_000;

/** Installs CustomResourceDefinitions from a packed file, and waits until they are served, listed and documented. */
export async function installCrds(server: KubeApiServer, packed: URL): Promise<void> {
  const json = (await promisify(brotliDecompress)(await readFile(packed))).toString('utf8');
  const texts = Object.values(JSON.parse(json) as Readonly<Record<string, string>>);
  // Client-side apply would keep a copy of each in an annotation, which is too large for some.
  await server.kubectl(['create', '-f', '-'], { input: texts.join('\n---\n') });
  const deadline = Date.now() + WITHIN_MS;
  while (!(await areServed(server))) {
    if (Date.now() > deadline) throw new Error('the definitions are not served');
    await sleep(200);
  }
}

interface Definitions {
  readonly items: readonly {
    readonly spec: { readonly group: string };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

async function areServed(server: KubeApiServer): Promise<boolean> {
  const { items } = JSON.parse(await server.kubectl(['get', 'crd', '-o', 'json'])) as Definitions;
  const isEstablished = items.every(
    ({ status }) =>
      status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True') === true,
  );
  if (!isEstablished) return false;
  const [groups, documents] = [
    await server.kubectl(['get', '--raw', '/apis']),
    await server.kubectl(['get', '--raw', '/openapi/v3']),
  ];
  return items.every(({ spec }) => groups.includes(`"${spec.group}"`) && documents.includes(`apis/${spec.group}/`));
}
