import { CheckError } from '../../src/checker.ts';
import type { ApiClient } from '../kubernetes/live/api-client.ts';
import { listKind } from '../kubernetes/live/list-kind.ts';
import { nameMatcher, plainNames } from '../kubernetes/live/name-filter.ts';
import { servedVersions } from '../kubernetes/live/served-versions.ts';
import type { ResourceKind } from '../kubernetes/observation.ts';
import type { Application } from './application.ts';
import type { ArgoCdOptions } from './options.ts';

export const ARGO_GROUP = 'argoproj.io';

export const APPLICATION: ResourceKind = {
  group: ARGO_GROUP,
  version: 'v1alpha1',
  kind: 'Application',
  resource: 'applications',
  namespaced: true,
};

/** The Applications that a check watches, page by page. Rejects with CheckError: also when there is none at all. */
export async function* listApplications(client: ApiClient, options: ArgoCdOptions): AsyncGenerator<Application[]> {
  const { namespaces, applications, projects, selector, page_size: pageSize } = options;
  await requireArgoCd(client);
  const isNamespace = nameMatcher(namespaces);
  const isName = nameMatcher(applications);
  const isProject = nameMatcher(projects);
  const scope = { namespaces: plainNames(namespaces), pageSize, ...(selector !== undefined && { selector }) };
  const seen = new Set<string>();
  for await (const page of listKind(client, APPLICATION, scope)) {
    const mine = Array.from(page as Iterable<Application>).filter(({ metadata: { name, namespace = '' }, spec }) => {
      const key = `${namespace}/${name}`;
      if (seen.has(key)) return false; // a LIST that had to start again gives objects twice
      const isWatched = isNamespace(namespace) && isName(name) && isProject(projectOf(spec));
      if (isWatched) seen.add(key);
      return isWatched;
    });
    if (mine.length > 0) yield mine;
  }
  if (seen.size === 0) throw new CheckError('not_found', 'no Application is where the options say');
}

async function requireArgoCd(client: ApiClient): Promise<void> {
  if ((await servedVersions(client)).has(ARGO_GROUP)) return;
  throw new CheckError('not_found', `Argo CD is not installed: the server does not know ${ARGO_GROUP}`);
}

/** Whatever stands there: what nobody validated hides no other Application. */
function projectOf(spec: Application['spec']): string {
  const project: unknown = spec?.project;
  return typeof project === 'string' && project !== '' ? project : 'default';
}
