import type { CheckContext, Failure } from '../../src/checker.ts';
import { createConfirmer } from './confirm/confirm-suspects.ts';
import type { Declared } from './desired/parse-manifests.ts';
import { readDesired } from './desired/read-desired.ts';
import { createApiClient, type ApiClient } from './live/api-client.ts';
import { readCatalog } from './live/api-catalog.ts';
import { extraScope, NO_EXTRA_SCOPE, type ExtraScope } from './live/extra-scope.ts';
import { settledObjects } from './live/settled-objects.ts';
import { settleUnchanged } from './live/settle-unchanged.ts';
import type { KindPlan } from './live/kind-plan.ts';
import { observeObjects } from './observe-objects.ts';
import type { Observation } from './observation.ts';
import type { KubernetesOptions } from './options.ts';

/**
 * Reads what git declares, asks the API server what it serves, and LISTs each kind in use, page by page. Nothing is ever
 * written; the only other verb is the server-side dry run that `confirm: dry_run` asks for.
 */
export async function* observe(options: KubernetesOptions, context: CheckContext): AsyncGenerator<Observation> {
  const { objects, ...findings } = await readDesired(options, context);
  yield {
    piece: 'findings',
    ...findings,
    failures: [...findings.failures, ...nothingToCompare({ objects, ...findings })],
  };
  if (objects.length === 0 && options.extra === undefined) return;
  const client = await createApiClient(options, context);
  try {
    yield* observeCluster(objects, { options, context, client });
  } finally {
    client.close();
  }
}

/** A source that says nothing is not in sync with anything. */
function nothingToCompare({ objects, failures, notCompared }: Declared): Failure[] {
  if (objects.length + failures.length + notCompared.length > 0) return [];
  return [{ phase: 'source', reason: 'not_found', message: 'the source declares no Kubernetes object' }];
}

interface Run {
  readonly options: KubernetesOptions;
  readonly context: CheckContext;
  readonly client: ApiClient;
}

async function* observeCluster(
  objects: Parameters<typeof observeObjects>[0],
  { options, context, client }: Run,
): AsyncGenerator<Observation> {
  const catalog = await readCatalog(client, `${context.dirs.shared}/api`);
  const namespace = options.namespace ?? options.helm?.namespace ?? client.namespace ?? 'default';
  const extra = (plans: readonly KindPlan[]): ExtraScope => scopeOfExtra(options, context, plans);
  const confirm = options.confirm === 'dry_run' ? createConfirmer(options, client) : undefined;
  // Manifests that come with a request are asked about once.
  const settled = context.input === undefined ? settledObjects(options, client.server) : undefined;
  const run = { options, client, catalog, namespace, extra };
  const observations =
    settled === undefined
      ? observeObjects(objects, run)
      : settleUnchanged(observeObjects(objects, { ...run, settled }), settled, options);
  for await (const observation of observations) {
    yield confirm === undefined ? observation : await confirm(observation);
  }
}

/** Manifests that come with a request are no whole: nothing can be extra beside them. */
function scopeOfExtra(options: KubernetesOptions, context: CheckContext, plans: readonly KindPlan[]): ExtraScope {
  if (options.extra === undefined || context.input !== undefined) return NO_EXTRA_SCOPE;
  const namespaces = plans
    .filter(({ resource }) => resource.group === '' && resource.kind === 'Namespace')
    .flatMap(({ desired }) => Array.from(desired.values(), ({ object }) => object.metadata.name));
  return extraScope(options.extra, namespaces);
}
