import type { NotCompared } from '../../src/checker.ts';
import type { ClusterOptions, ComparisonOptions } from './cluster-options.ts';
import type { ApiCatalog } from './live/api-catalog.ts';
import type { ApiClient } from './live/api-client.ts';
import { readAutoscalers, type Autoscalers } from './live/autoscaled.ts';
import { extraPlans } from './live/extra-plans.ts';
import type { ExtraScope } from './live/extra-scope.ts';
import { namespacesOf, planKinds, type KindPlan } from './live/kind-plan.ts';
import { listKind } from './live/list-kind.ts';
import { listChanged } from './live/list-changed.ts';
import { notCompared, observeKind, type KindSource, type LivePage } from './live/observe-kind.ts';
import type { SettledObjects } from './live/settled-objects.ts';
import { takeTurns } from './live/take-turns.ts';
import type { DesiredObject, Observation } from './observation.ts';

export interface ObjectsRun {
  readonly options: Pick<ClusterOptions, 'concurrency' | 'page_size'> & Pick<ComparisonOptions, 'include_secrets'>;
  readonly client: ApiClient;
  readonly catalog: ApiCatalog;
  /** Of namespaced objects that name none. */
  readonly namespace: string;
  /** Where undeclared objects are looked for, given what is declared. */
  readonly extra: (plans: readonly KindPlan[]) => ExtraScope;
  /** What need not be compared again. Default: nothing. */
  readonly settled?: SettledObjects;
}

/** Joins declared objects with the live ones: LISTs each kind in use, page by page. */
export async function* observeObjects(objects: readonly DesiredObject[], run: ObjectsRun): AsyncGenerator<Observation> {
  const { options, client, catalog } = run;
  const planned = await planKinds(objects, catalog, run.namespace);
  const extra = run.extra(planned.plans);
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
    pages: pagesOf(plan, {
      client,
      extra,
      pageSize,
      settled: run.settled,
      facts: autoscalers.facts,
      listed: autoscalers.listed,
    }),
  });
  const kinds = plans.map((plan) => () => observeKind(source(plan)));
  yield* takeTurns(kinds, options.concurrency);
}

interface Listing extends Pick<Autoscalers, 'facts' | 'listed'> {
  readonly client: ApiClient;
  readonly extra: ExtraScope;
  readonly pageSize: number;
  readonly settled: SettledObjects | undefined;
}

async function* pagesOf(
  plan: KindPlan,
  { client, extra, pageSize, facts, settled, listed }: Listing,
): AsyncGenerator<LivePage> {
  if (!plan.served) return;
  if (listed?.resource === plan.resource) {
    yield { objects: listed.items };
    return;
  }
  const scope = { namespaces: namespacesOf(plan, extra), pageSize };
  const known = settled?.known(plan.resource);
  if (known !== undefined && (yield* listChanged(client, plan, { scope, extra, facts, known }))) return;
  for await (const objects of listKind(client, plan.resource, scope)) yield { objects };
  settled?.isWhole(plan.resource);
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
