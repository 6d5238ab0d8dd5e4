import type { CheckContext, Failure, NotCompared, Notice } from '../../../src/checker.ts';
import { objectAddress } from '../../kubernetes/address.ts';
import { failureOfManifest } from '../../kubernetes/desired/failure-of-manifest.ts';
import { readCatalog } from '../../kubernetes/live/api-catalog.ts';
import { createApiClient, type ApiClient } from '../../kubernetes/live/api-client.ts';
import { NO_EXTRA_SCOPE, type ExtraScope } from '../../kubernetes/live/extra-scope.ts';
import type { KindPlan } from '../../kubernetes/live/kind-plan.ts';
import { observeObjects } from '../../kubernetes/observe-objects.ts';
import type { DesiredObject } from '../../kubernetes/observation.ts';
import type { Application } from '../application.ts';
import { ARGO_GROUP, listApplications } from '../list-applications.ts';
import type { ArgoCdObservation } from '../observation.ts';
import type { ArgoCdOptions, GitOptions } from '../options.ts';
import { trackedApplication } from '../tracked-application.ts';
import { renderApplication, type ApplicationRendering } from './render-application.ts';

/** Renders the Applications of the cluster from git, and LISTs each kind of theirs: Argo CD's own verdict is not asked. */
export async function* observeGit(
  options: ArgoCdOptions & { readonly git: GitOptions },
  context: CheckContext,
): AsyncGenerator<ArgoCdObservation> {
  const client = await createApiClient(options, context);
  try {
    const catalog = await readCatalog(client, `${context.dirs.shared}/api`);
    const all = await renderAll(client, { options, context, apiVersions: catalog.apiVersions });
    const { objects: declared, failures, notices, notCompared, tracked } = all;
    yield { piece: 'delivered', objects: { piece: 'findings', failures, notices, notCompared }, tracked };
    if (declared.length === 0) return;
    const extra = (plans: readonly KindPlan[]): ExtraScope =>
      options.git.extra ? scopeOf(all, plans) : NO_EXTRA_SCOPE;
    for await (const objects of observeObjects(declared, { options, client, catalog, namespace: 'default', extra }))
      yield { piece: 'delivered', objects, tracked };
  } finally {
    client.close();
  }
}

interface RenderAll {
  readonly options: ArgoCdOptions & { readonly git: GitOptions };
  readonly context: CheckContext;
  readonly apiVersions: readonly string[];
}

/** A context is one of its own kubeconfig. */
function accessTo(
  elsewhere: NonNullable<GitOptions['applications_from']>,
  { context, ...options }: ArgoCdOptions,
): ArgoCdOptions {
  const kept = elsewhere.kubeconfig === undefined ? { context } : {};
  return { ...options, ...kept, ...elsewhere, cluster_secret: undefined };
}

/** Everything that the Applications declare; they may be in another cluster, with Argo CD. */
async function renderAll(client: ApiClient, { options, context, apiVersions }: RenderAll): Promise<Rendered> {
  const all: Rendered = { objects: [], failures: [], notices: [], notCompared: [], tracked: new Map() };
  const { applications_from: elsewhere } = options.git;
  const there = elsewhere === undefined ? client : await createApiClient(accessTo(elsewhere, options), context);
  try {
    for await (const page of listApplications(there, options)) {
      for (const application of page) {
        context.signal.throwIfAborted();
        await addTo(all, application, { options: options.git, context, apiVersions });
      }
    }
  } finally {
    if (there !== client) there.close();
  }
  return all;
}

interface Rendered {
  readonly objects: DesiredObject[];
  readonly failures: Failure[];
  readonly notices: Notice[];
  readonly notCompared: NotCompared[];
  /** The Applications that were rendered whole, as objects are marked with them. */
  readonly tracked: Map<string, string>;
}

async function addTo(all: Rendered, application: Application, rendering: ApplicationRendering): Promise<void> {
  const { metadata } = application;
  const scope = `${metadata.namespace ?? ''}/${metadata.name}`;
  const address = objectAddress({ group: ARGO_GROUP, kind: 'Application' }, metadata);
  try {
    const declared = await renderApplication(application, rendering);
    if ('why' in declared) {
      const why = `what it applies is not compared: ${declared.why}`;
      all.notCompared.push({ address, type: 'Application', scope, why });
      return;
    }
    for (const object of declared.objects) all.objects.push(object);
    all.failures.push(...declared.failures);
    all.notices.push(...declared.notices);
    all.notCompared.push(...declared.notCompared);
    if (declared.failures.length === 0) for (const mark of marksOf(application)) all.tracked.set(mark, scope);
  } catch (error) {
    rendering.context.signal.throwIfAborted();
    all.failures.push(failureOfManifest(error, `Application ${scope}`, address));
  }
}

/** By name alone in Argo CD's own namespace, with its namespace elsewhere; older versions do not say which that is. */
function marksOf({ metadata, status }: Application): string[] {
  const { name, namespace = '' } = metadata;
  const own = (status as { readonly controllerNamespace?: string } | null | undefined)?.controllerNamespace;
  const qualified = `${namespace}/${name}`;
  if (own === undefined) return [name, qualified];
  return [own === namespace ? name : qualified];
}

/** Objects that Argo CD tracks as of an Application which was rendered. */
function scopeOf({ tracked, notCompared }: Rendered, plans: readonly KindPlan[]): ExtraScope {
  const left = new Set(notCompared.map(({ type, address }) => `${type}/${address.split('/').at(-1) ?? ''}`));
  const namespaces = plans.flatMap(({ desired }) =>
    Array.from(desired.values(), ({ object }) => object.metadata.namespace ?? []).flat(),
  );
  return {
    covers: () => true,
    holds: ({ kind }, live) =>
      tracked.has(trackedApplication(live) ?? '') && !left.has(`${kind}/${live.metadata.name}`),
    namespaces: [...new Set(namespaces)],
    kinds: [],
  };
}
