import type { CheckContext, Failure, NotCompared } from '../../src/checker.ts';
import { createConfirmer } from './confirm/confirm-suspects.ts';
import type { Declared } from './desired/parse-manifests.ts';
import { readDesired } from './desired/read-desired.ts';
import { createApiClient, type ApiClient } from './live/api-client.ts';
import { readCatalog } from './live/api-catalog.ts';
import { readAutoscalers } from './live/autoscaled.ts';
import { extraPlans } from './live/extra-plans.ts';
import { extraScope, NO_EXTRA_SCOPE, type ExtraScope } from './live/extra-scope.ts';
import { namespacesOf, planKinds, type KindPlan } from './live/kind-plan.ts';
import { listKind } from './live/list-kind.ts';
import { notCompared, observeKind, type KindSource } from './live/observe-kind.ts';
import { takeTurns } from './live/take-turns.ts';
import type { KubeObject, Observation } from './observation.ts';
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
  objects: Parameters<typeof planKinds>[0],
  { options, context, client }: Run,
): AsyncGenerator<Observation> {
  const catalog = await readCatalog(client, `${context.dirs.shared}/api`);
  const namespace = options.namespace ?? options.helm?.namespace ?? client.namespace ?? 'default';
  const planned = await planKinds(objects, catalog, namespace);
  const extra = scopeOfExtra(options, context, planned.plans);
  const declared = planned.plans.filter((plan) => options.include_secrets !== false || !isSecret(plan));
  const secrets = planned.plans.filter((plan) => !declared.includes(plan)).flatMap(leftOut);
  const plans = [...declared, ...(await extraPlans(extra, { catalog, plans: planned.plans }))];
  const pageSize = options.page_size;
  const autoscalers = await readAutoscalers(client, { catalog, plans: declared, extra, pageSize });
  yield {
    piece: 'findings',
    failures: [...planned.failures, ...autoscalers.failures],
    notices: [...planned.notices, ...autoscalers.notices, ...withoutSchemas(catalog.hasSchemas)],
    notCompared: [...planned.notCompared, ...secrets],
  };
  const source = (plan: KindPlan): KindSource => ({
    plan,
    extra,
    facts: autoscalers.facts,
    mayBeForbidden: isSecret(plan) && options.include_secrets === undefined,
    pages: pagesOf(plan, { client, extra, pageSize, listed: autoscalers.listed }),
  });
  const kinds = plans.map((plan) => () => observeKind(source(plan)));
  const confirm = options.confirm === 'dry_run' ? createConfirmer(options, client) : undefined;
  for await (const observation of takeTurns(kinds, options.concurrency)) {
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

interface Listing {
  readonly client: ApiClient;
  readonly extra: ExtraScope;
  readonly pageSize: number;
  readonly listed: Awaited<ReturnType<typeof readAutoscalers>>['listed'];
}

async function* pagesOf(
  plan: KindPlan,
  { client, extra, pageSize, listed }: Listing,
): AsyncGenerator<Iterable<KubeObject>> {
  if (!plan.served) return;
  if (listed?.resource === plan.resource) yield listed.items;
  else yield* listKind(client, plan.resource, { namespaces: namespacesOf(plan, extra), pageSize });
}

function isSecret({ resource }: KindPlan): boolean {
  return resource.group === '' && resource.kind === 'Secret';
}

function leftOut({ resource, desired }: KindPlan): NotCompared[] {
  return Array.from(desired.values(), (object) => notCompared(object, resource, 'include_secrets is false'));
}

function withoutSchemas(hasSchemas: boolean): Extract<Observation, { piece: 'findings' }>['notices'] {
  if (hasSchemas) return [];
  const message =
    'the server publishes no OpenAPI v3 (Kubernetes before 1.24): values are compared as they are written';
  return [{ kind: 'warning', message }];
}
