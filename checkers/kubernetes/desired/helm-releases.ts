import type { ApiClient } from '../live/api-client.ts';
import { listKind } from '../live/list-kind.ts';
import { nameMatcher, plainNames, type NameFilter } from '../live/name-filter.ts';
import type { KubeMetadata, KubeObject, ResourceKind } from '../observation.ts';
import type { ReleaseRecord } from './helm-release.ts';

/** Whose records are read, and where Helm keeps them. */
export interface ReleaseScope {
  readonly namespaces: NameFilter;
  readonly releases: NameFilter;
  readonly storage: ReleaseRecord['driver'];
  readonly pageSize: number;
}

/** What the records of a release say of it, without being opened. */
export interface ReleaseState {
  readonly namespace: string;
  readonly name: string;
  readonly newest: Revision;
  /** The newest that Helm finished: what is wanted. */
  readonly deployed: Revision | undefined;
}

interface Revision {
  readonly revision: number;
  readonly status: string;
}

const KINDS: Readonly<Record<ReleaseRecord['driver'], ResourceKind>> = {
  secret: { group: '', version: 'v1', kind: 'Secret', resource: 'secrets', namespaced: true },
  configmap: { group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true },
};

/** A record may hold a megabyte: few are asked for at once. */
const RECORDS_PER_PAGE = 10;

/** The releases, by `namespace/name`: LISTs metadata alone. Rejects with CheckError. */
export async function surveyReleases(client: ApiClient, scope: ReleaseScope): Promise<Map<string, ReleaseState>> {
  const states = new Map<string, ReleaseState>();
  const query = { selector: 'owner=helm', metadataOnly: true, pageSize: scope.pageSize };
  for await (const object of recordsOf(client, scope, query)) {
    const found = revisionOf(object);
    const { name, namespace } = releaseOf(object.metadata);
    const key = `${namespace}/${name}`;
    const { newest = found, deployed } = states.get(key) ?? {};
    states.set(key, {
      namespace,
      name,
      newest: newerOf(newest, found),
      deployed: found.status === 'deployed' ? newerOf(deployed ?? found, found) : deployed,
    });
  }
  return states;
}

/**
 * The records of deployed revisions, one at a time: LISTs them in small pages. One release may come more than once, and
 * one may have come or gone since the survey.
 */
export async function* readDeployed(
  client: ApiClient,
  scope: ReleaseScope,
): AsyncGenerator<ReleaseRecord & { readonly key: string; readonly revision: number }> {
  const query = { selector: 'owner=helm,status=deployed', pageSize: Math.min(scope.pageSize, RECORDS_PER_PAGE) };
  for await (const object of recordsOf(client, scope, query)) {
    const { name, namespace } = releaseOf(object.metadata);
    yield { object, driver: scope.storage, key: `${namespace}/${name}`, revision: revisionOf(object).revision };
  }
}

async function* recordsOf(
  client: ApiClient,
  { namespaces, releases, storage }: ReleaseScope,
  query: Omit<Parameters<typeof listKind>[2], 'namespaces'>,
): AsyncGenerator<KubeObject> {
  const isNamespace = nameMatcher(namespaces);
  const isRelease = nameMatcher(releases);
  for await (const page of listKind(client, KINDS[storage], { ...query, namespaces: plainNames(namespaces) })) {
    for (const object of page) {
      const { name, namespace } = releaseOf(object.metadata);
      const isRecord = object.metadata.name.startsWith('sh.helm.release.v1.');
      if (isRecord && isNamespace(namespace) && isRelease(name)) yield object;
    }
  }
}

function releaseOf({ namespace = '', name, labels }: KubeMetadata): { namespace: string; name: string } {
  return { namespace, name: labels?.['name'] ?? name.replace(/^sh\.helm\.release\.v1\.|\.v\d+$/g, '') };
}

function revisionOf({ metadata }: KubeObject): Revision {
  const { version, status = 'unknown' } = metadata.labels ?? {};
  return { revision: Number(version ?? /\.v(\d+)$/.exec(metadata.name)?.[1] ?? 0), status };
}

function newerOf(one: Revision, other: Revision): Revision {
  return other.revision > one.revision ? other : one;
}
