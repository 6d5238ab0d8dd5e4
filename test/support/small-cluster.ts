import type { Cluster, KubeItem } from './kube-replay-server.ts';

/** A server that knows core/v1's ConfigMaps, Secrets and Namespaces only, and publishes an (empty) OpenAPI document. */
export function smallCluster(configMapsOf: Readonly<Record<string, number>>): Cluster {
  const verbs = ['get', 'list'];
  const documents = new Map<string, unknown>([
    ['/openapi/v3', { paths: { 'api/v1': { serverRelativeURL: `/openapi/v3/api/v1?hash=${Math.random()}` } } }],
    ['/openapi/v3/api/v1', { components: { schemas: {} } }],
    [
      '/api/v1',
      {
        kind: 'APIResourceList',
        groupVersion: 'v1',
        resources: [
          { name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs },
          { name: 'secrets', kind: 'Secret', namespaced: true, verbs },
          { name: 'namespaces', kind: 'Namespace', namespaced: false, verbs },
          { name: 'bindings', kind: 'Binding', namespaced: true, verbs: ['create'] },
          { name: 'namespaces/status', kind: 'Namespace', namespaced: false, verbs: ['get'] },
        ],
      },
    ],
  ]);
  const items = Object.entries(configMapsOf).flatMap(([namespace, count]) =>
    Array.from({ length: count }, (_, index) => ({
      metadata: metadata(`c${index}`, namespace),
      data: { key: 'value' },
    })),
  );
  const secret = { metadata: metadata('s', 'one'), data: { k: 'dg==' }, type: 'Opaque' };
  return {
    documents: new Map(Array.from(documents, ([path, document]) => [path, JSON.stringify(document)])),
    lists: new Map([
      ['/api/v1/configmaps', { apiVersion: 'v1', kind: 'ConfigMapList', items }],
      ['/api/v1/secrets', { apiVersion: 'v1', kind: 'SecretList', items: [secret] }],
      ['/api/v1/namespaces', { apiVersion: 'v1', kind: 'NamespaceList', items: [] }],
    ]),
  };
}

function metadata(name: string, namespace: string): KubeItem['metadata'] {
  return { name, namespace };
}

/** The manifests of what `smallCluster` holds. */
export function configMaps(count: number, namespace: string): string[] {
  return Array.from(
    { length: count },
    (_, index) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${index}, namespace: ${namespace}}\ndata: {key: value}\n`,
  );
}
