import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApiServer } from './kube-apiserver.ts';

const WITHIN_MS = 60_000;

/**
 * Waits until every CustomResourceDefinition is served, listed and documented. `kubectl wait` fails where one was made so
 * recently that it has no conditions yet.
 */
export async function untilCrdsServed(server: KubeApiServer): Promise<void> {
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
