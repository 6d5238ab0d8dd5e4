/** A real API server with Cluster API's own CRDs, and the objects its controllers would write. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { KubeApiServer } from '../../support/kube-apiserver.ts';

/** The CRDs of these releases: v1.9 stores v1beta1, v1.12 v1beta2. */
export const RELEASES = ['v1.9.9', 'v1.12.0'] as const;
export type Release = (typeof RELEASES)[number];

export function apiVersionOf(release: Release): string {
  return release === 'v1.9.9' ? 'v1beta1' : 'v1beta2';
}

/** Without controllers nobody converts: what is not served in the stored version is left out of the definitions. */
export async function installClusterApi(server: KubeApiServer, release: Release): Promise<void> {
  const packed = await readFile(join(import.meta.dirname, 'crds', `crds-${release}.yaml.br`));
  await server.kubectl(['create', '-f', '-'], { input: brotliDecompressSync(packed).toString('utf8') });
  await server.kubectl(['wait', '--for=condition=established', '--timeout=60s', 'crd', '--all']);
}

export async function create(server: KubeApiServer, object: unknown): Promise<void> {
  await server.kubectl(['create', '-f', '-'], { input: JSON.stringify(object) });
}

/** The Secret that Cluster API writes for a workload cluster. */
export function kubeconfigSecret(
  cluster: { readonly namespace: string; readonly name: string },
  kubeconfig: unknown,
): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'cluster.x-k8s.io/secret',
    metadata: {
      name: `${cluster.name}-kubeconfig`,
      namespace: cluster.namespace,
      labels: { 'cluster.x-k8s.io/cluster-name': cluster.name },
    },
    data: { value: Buffer.from(JSON.stringify(kubeconfig)).toString('base64') },
  };
}

/** A kubeconfig of a server with a bearer token. */
export async function kubeconfigOf(server: KubeApiServer, token: string): Promise<Record<string, unknown>> {
  const own = JSON.parse(await readFile(server.kubeconfig, 'utf8')) as { readonly clusters: readonly unknown[] };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: own.clusters,
    users: [{ name: 'workload-admin', user: { token } }],
    contexts: [{ name: 'workload', context: { cluster: 'test', user: 'workload-admin' } }],
    'current-context': 'workload',
  };
}
