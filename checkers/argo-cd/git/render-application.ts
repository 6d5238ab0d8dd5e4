import type { CheckContext } from '../../../src/checker.ts';
import { canonicalUrl } from '../../kubernetes/desired/canonical-url.ts';
import { nothingDeclared, type Declared } from '../../kubernetes/desired/parse-manifests.ts';
import { ignoreRuleErrors } from '../../kubernetes/ignore/ignore-rules.ts';
import type { Delivery } from '../../kubernetes/observation.ts';
import { CheckError } from '../../../src/checker.ts';
import { sourcesOf, type Application, type ApplicationSource } from '../application.ts';
import type { GitOptions } from '../options.ts';
import { renderSource } from './render-source.ts';

export interface ApplicationRendering {
  readonly options: GitOptions;
  readonly context: CheckContext;
  readonly apiVersions: readonly string[];
}

/** What Argo CD would apply of an Application, of all its sources, or why that is not known. Rejects with CheckError. */
export async function renderApplication(
  application: Application,
  { options, context, apiVersions }: ApplicationRendering,
): Promise<Declared | { readonly why: string }> {
  const { metadata, spec } = application;
  const { server = '', name = '', namespace } = spec?.destination ?? {};
  if (!options.destinations.includes(server) && !options.destinations.includes(name))
    return { why: `it is for another cluster (${server || name || 'no destination'})` };
  const located = locate(sourcesOf(spec ?? {}), options, context);
  if ('why' in located) return located;
  const refs = new Map(located.flatMap(({ source, root }) => (source.ref === undefined ? [] : [[source.ref, root]])));
  const all = nothingDeclared();
  for (const { source, root } of located) {
    if (source.ref !== undefined && source.path === undefined) continue; // only values come from it
    const rendering = {
      context,
      root,
      refs,
      application: metadata.name,
      namespace,
      apiVersions,
      loadRestrictions: options.load_restrictions,
    };
    const declared = await renderSource(source, rendering);
    if ('why' in declared) return declared;
    all.objects.push(...declared.objects);
    all.failures.push(...declared.failures);
    all.notices.push(...declared.notices);
    all.notCompared.push(...declared.notCompared);
  }
  return delivered(all, application);
}

interface Located {
  readonly source: ApplicationSource;
  readonly root: string;
}

function locate(
  sources: readonly ApplicationSource[],
  { repositories }: GitOptions,
  { source: ours }: CheckContext,
): Located[] | { readonly why: string } {
  if (sources.length === 0) return { why: 'it has no source' };
  const dirs = new Map(Object.entries(repositories).map(([url, dir]) => [canonicalUrl(url), dir]));
  const found: Located[] = [];
  for (const source of sources) {
    const { repoURL = '', chart, targetRevision = '' } = source;
    if (chart !== undefined && chart !== '') return { why: `its chart ${chart} is not in git` };
    const root = dirs.get(canonicalUrl(repoURL));
    if (root === undefined) return { why: `${repoURL} is not this source (git.repositories)` };
    if (/^[0-9a-f]{40}$/.test(targetRevision) && targetRevision !== ours.revision)
      return { why: `it is held at ${targetRevision}` };
    found.push({ source, root });
  }
  return found;
}

/** With the namespace, the name and the ignore rules of the Application. */
function delivered(declared: Declared, { metadata, spec }: Application): Declared {
  const ignoreDifferences = spec?.ignoreDifferences ?? [];
  const [wrong] = ignoreRuleErrors(ignoreDifferences);
  if (wrong !== undefined) {
    const message = `spec.ignoreDifferences ${wrong.path.join('.')}: ${wrong.message}`;
    throw new CheckError('unsupported', message);
  }
  const scope = `${metadata.namespace ?? ''}/${metadata.name}`;
  const delivery: Delivery = { scope, isApplied: false, ignoreDifferences };
  const namespace = spec?.destination?.namespace ?? 'default';
  const objects = declared.objects.map((one) => {
    const { metadata: own } = one.object;
    return { ...one, object: { ...one.object, metadata: { ...own, namespace: own.namespace || namespace } }, delivery };
  });
  return { ...declared, objects, notCompared: declared.notCompared.map((one) => ({ ...one, scope })) };
}
