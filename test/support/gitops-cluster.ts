import type { Cluster, KubeItem } from './kube-replay-server.ts';
import { smallCluster } from './small-cluster.ts';

/** Objects of one kind of an API group. */
export interface CustomKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: string;
  readonly items: readonly object[];
}

/** A small cluster that also knows kinds of other API groups. */
export function gitopsCluster(
  kinds: readonly CustomKind[],
  configMaps: Readonly<Record<string, number>> = {},
): Cluster {
  const { documents, lists } = smallCluster(configMaps);
  const groups = [...new Set(kinds.map(({ apiVersion }) => apiVersion))].map((apiVersion) => {
    const [name = '', version = ''] = apiVersion.split('/');
    return {
      name,
      versions: [{ groupVersion: apiVersion, version }],
      preferredVersion: { groupVersion: apiVersion, version },
    };
  });
  const discovery = groups.map(({ preferredVersion: { groupVersion } }) => {
    const resources = kinds
      .filter(({ apiVersion }) => apiVersion === groupVersion)
      .map(({ kind, resource }) => ({ name: resource, kind, namespaced: true, verbs: ['get', 'list'] }));
    const document = { kind: 'APIResourceList', groupVersion, resources };
    return [`/apis/${groupVersion}`, JSON.stringify(document, null, 2)] as const;
  });
  return {
    documents: new Map([...documents, ['/apis', JSON.stringify({ kind: 'APIGroupList', groups })], ...discovery]),
    lists: new Map([
      ...lists,
      ['/api/v1/events', { apiVersion: 'v1', kind: 'EventList', items: [] }] as const,
      ...kinds.map(({ apiVersion, kind, resource, items }) => {
        const list = { apiVersion, kind: `${kind}List`, items: items as readonly KubeItem[] };
        return [`/apis/${apiVersion}/${resource}`, list] as const;
      }),
    ]),
  };
}
