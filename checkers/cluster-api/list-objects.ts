import { CheckError } from '../../src/checker.ts';
import { groupVersionPath, listPages, type ListScope } from '../kubernetes/live/list-pages.ts';
import { parseJson } from '../kubernetes/live/parse-json.ts';
import { servedVersions } from '../kubernetes/live/served-versions.ts';
import type { ApiClient } from '../kubernetes/live/api-client.ts';
import type { KubeObject } from '../kubernetes/observation.ts';

/** Lists kinds of a server in the version it prefers. */
export interface Lister {
  /** Every object, read as it comes. Rejects with CheckError; `not_found` when the server does not know the kind. */
  list<Item>(
    kind: { readonly group: string; readonly kind: string },
    read: (object: KubeObject) => Item,
    scope?: Omit<ListScope, 'pageSize' | 'namespace'> & { readonly namespace?: string | undefined },
  ): Promise<Item[]>;
}

interface ResourceList {
  readonly resources?: readonly { readonly name?: string; readonly kind?: string; readonly namespaced?: boolean }[];
}

export async function createLister(client: ApiClient, pageSize: number): Promise<Lister> {
  const versions = await servedVersions(client);
  const known = new Map<string, Promise<ResourceList>>();
  const resourcesOf = (apiVersion: string): Promise<ResourceList> => {
    const asked = known.get(apiVersion) ?? client.get(groupVersionPath(apiVersion), (body) => parseJson(body));
    known.set(apiVersion, asked);
    return asked;
  };
  return {
    list: async <Item>(
      { group, kind }: { readonly group: string; readonly kind: string },
      read: (object: KubeObject) => Item,
      scope: Parameters<Lister['list']>[2] = {},
    ) => {
      const version = group === '' ? 'v1' : versions.get(group);
      const unknown = `the server does not know ${group}/${kind}: its CustomResourceDefinition is not installed`;
      if (version === undefined) throw new CheckError('not_found', unknown);
      const { resources = [] } = await resourcesOf(group === '' ? version : `${group}/${version}`);
      const found = resources.find(({ kind: one, name = '' }) => one === kind && !name.includes('/'));
      if (found === undefined) throw new CheckError('not_found', unknown);
      const resource = { group, version, kind, resource: found.name ?? '', namespaced: found.namespaced === true };
      const items: Item[] = [];
      for await (const page of listPages(client, resource, { namespace: undefined, ...scope, pageSize }))
        for (const object of page.items) items.push(read(object));
      return items;
    },
  };
}
