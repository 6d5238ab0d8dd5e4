import { CheckError, failureOf, isCheckError, type CheckContext } from '../../../src/checker.ts';
import { kindAddress } from '../../kubernetes/address.ts';
import { createApiClient, type ApiClient } from '../../kubernetes/live/api-client.ts';
import { ApiError } from '../../kubernetes/live/api-error.ts';
import { listKind } from '../../kubernetes/live/list-kind.ts';
import { nameMatcher, plainNames } from '../../kubernetes/live/name-filter.ts';
import { servedVersions } from '../../kubernetes/live/served-versions.ts';
import type { KubeObject, ResourceKind } from '../../kubernetes/observation.ts';
import type { FluxOptions, StatusOptions } from '../options.ts';
import { artifactOf } from './artifact-of.ts';
import { readDriftEvents } from './drift-events.ts';
import { isForAll } from './is-for-all.ts';
import { FLUX_KINDS, type FluxKind } from './flux-kinds.ts';
import type { Artifact, StatusObservation } from './observation.ts';

/** Reads Flux's own objects, kind by kind, in pages. */
export async function* observeStatus(
  options: FluxOptions & { readonly status: StatusOptions },
  context: CheckContext,
): AsyncGenerator<StatusObservation> {
  const client = await createApiClient(options, context);
  try {
    const kinds = await servedKinds(client);
    const artifacts = new Map<string, Artifact>();
    const { driftEvents, ...findings } = await readDriftEvents(client, options);
    yield { piece: 'flux findings', ...findings };
    const facts = { now: new Date().toISOString(), artifacts, driftEvents };
    let watched = 0;
    let isCut = false;
    for (const kind of kinds) {
      const pages = pagesOf(client, kind, options);
      try {
        for await (const objects of pages) {
          for (const object of objects) remember(artifacts, kind, object);
          const mine = objects.filter(({ metadata }) => isWatched(metadata.namespace ?? '', options.status));
          watched += mine.length;
          yield { piece: 'flux', kind, objects: mine, facts };
        }
      } catch (error) {
        if (!isCheckError(error) || isForAll(error)) throw error;
        if (error instanceof ApiError && error.status === 404) continue; // this kind is not installed
        isCut = true;
        yield { piece: 'flux findings', failures: [{ ...failureOf(error), address: kindAddress(kind) }], notices: [] };
      }
    }
    if (watched === 0 && !isCut)
      throw new CheckError('not_found', 'Flux has nothing to do in the namespaces that are watched');
  } finally {
    client.close();
  }
}

type ServedKind = FluxKind & ResourceKind;

async function servedKinds(client: ApiClient): Promise<ServedKind[]> {
  const versions = await servedVersions(client);
  const kinds = FLUX_KINDS.flatMap((kind) => {
    const version = versions.get(kind.group);
    return version === undefined ? [] : [{ ...kind, version, namespaced: true }];
  });
  if (kinds.some(({ role }) => role === 'applier')) return kinds;
  throw new CheckError(
    'not_found',
    'Flux is not installed: the server knows neither kustomize.toolkit.fluxcd.io nor helm.toolkit.fluxcd.io',
  );
}

/** Sources may stand in another namespace than what refers to them: with globs, all are read. */
async function* pagesOf(client: ApiClient, kind: ServedKind, options: FluxOptions): AsyncGenerator<KubeObject[]> {
  const namespaces = options.status === undefined ? undefined : plainNames(options.status.namespaces);
  const scope = {
    namespaces: kind.role === 'source' ? undefined : namespaces,
    pageSize: options.page_size,
  };
  try {
    for await (const page of listKind(client, kind, scope)) yield Array.from(page);
  } catch (error) {
    if (!isCheckError(error) || error.reason !== 'forbidden' || kind.role === 'applier' || namespaces === undefined)
      throw error;
    for await (const page of listKind(client, kind, { ...scope, namespaces })) yield Array.from(page);
  }
}

function isWatched(namespace: string, { namespaces }: StatusOptions): boolean {
  return nameMatcher(namespaces)(namespace);
}

function remember(artifacts: Map<string, Artifact>, { kind, role }: FluxKind, object: KubeObject): void {
  const artifact = role === 'source' ? artifactOf(object) : undefined;
  if (artifact !== undefined)
    artifacts.set(`${kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, artifact);
}
