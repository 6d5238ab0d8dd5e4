import { failureOf, isCheckError, type CheckContext } from '../../../src/checker.ts';
import { kindAddress } from '../../kubernetes/address.ts';
import { createApiClient, type ApiClient } from '../../kubernetes/live/api-client.ts';
import { ApiError } from '../../kubernetes/live/api-error.ts';
import { listKind } from '../../kubernetes/live/list-kind.ts';
import { nameMatcher, plainNames } from '../../kubernetes/live/name-filter.ts';
import type { ResourceKind } from '../../kubernetes/observation.ts';
import { APPLICATION, listApplications } from '../list-applications.ts';
import type { ArgoCdOptions, StatusOptions } from '../options.ts';
import type { StatusObservation } from './observation.ts';

const SETS: ResourceKind = { ...APPLICATION, kind: 'ApplicationSet', resource: 'applicationsets' };

/** Reads what Argo CD found, Applications first, in pages. */
export async function* observeStatus(
  options: ArgoCdOptions & { readonly status: StatusOptions },
  context: CheckContext,
): AsyncGenerator<StatusObservation> {
  const client = await createApiClient(options, context);
  const now = new Date().toISOString();
  try {
    for await (const applications of listApplications(client, options))
      yield { piece: 'applications', applications, now };
    if (options.status.application_sets) yield* observeSets(client, options, now);
  } finally {
    client.close();
  }
}

async function* observeSets(
  client: ApiClient,
  { namespaces, page_size: pageSize }: ArgoCdOptions,
  now: string,
): AsyncGenerator<StatusObservation> {
  const scope = { namespaces: plainNames(namespaces), pageSize };
  const isNamespace = nameMatcher(namespaces);
  try {
    let known: ReadonlySet<string> | undefined;
    for await (const page of listKind(client, SETS, scope)) {
      const sets = Array.from(page).filter(({ metadata }) => isNamespace(metadata.namespace ?? ''));
      if (sets.length === 0) continue;
      known ??= await allApplications(client, scope);
      yield { piece: 'application sets', sets, known, now };
    }
  } catch (error) {
    if (!isCheckError(error)) throw error;
    if (error instanceof ApiError && error.status === 404) return; // older than ApplicationSets
    yield { piece: 'argo findings', failures: [{ ...failureOf(error), address: kindAddress(SETS) }], notices: [] };
  }
}

/** Names alone, whatever the options leave out: after the sets, so that none is taken for missing. */
async function allApplications(
  client: ApiClient,
  scope: { readonly namespaces: readonly string[] | undefined; readonly pageSize: number },
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for await (const page of listKind(client, APPLICATION, { ...scope, metadataOnly: true })) {
    for (const { metadata } of page) known.add(`${metadata.namespace ?? ''}/${metadata.name}`);
  }
  return known;
}
