import { CheckError } from '../../../src/checker.ts';
import type { ApiClient } from '../../kubernetes/live/api-client.ts';
import { listKind } from '../../kubernetes/live/list-kind.ts';
import type { ResourceKind } from '../../kubernetes/observation.ts';
import type { ValuesReference } from './flux-manifests.ts';

const KINDS: Readonly<Record<string, ResourceKind>> = {
  ConfigMap: { group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true },
  Secret: { group: '', version: 'v1', kind: 'Secret', resource: 'secrets', namespaced: true },
};

/** The texts in a live ConfigMap or Secret; undefined when it is not there. By a LIST: the only verb there is. */
export async function readValues(
  client: ApiClient,
  { kind = '', name = '' }: ValuesReference,
  namespace: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  const resource = KINDS[kind];
  if (resource === undefined) throw new CheckError('invalid', `expected a ConfigMap or a Secret, got a ${kind}`);
  const scope = { namespaces: [namespace], pageSize: 1, fieldSelector: `metadata.name=${name}` };
  for await (const page of listKind(client, resource, scope)) {
    for (const object of page) {
      if (object.metadata.name !== name) continue;
      const data = (object['data'] ?? {}) as Readonly<Record<string, unknown>>;
      return new Map(Object.entries(data).map(([key, value]) => [key, decoded(String(value), kind)]));
    }
  }
  return undefined;
}

function decoded(value: string, kind: string): string {
  return kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value;
}
