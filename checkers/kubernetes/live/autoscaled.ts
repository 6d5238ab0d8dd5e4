import { failureOf, isCheckError, type CheckError, type Failure, type Notice } from '../../../src/checker.ts';
import { kindAddress, splitApiVersion } from '../address.ts';
import type { ClusterFacts, KubeObject, ResourceKind } from '../observation.ts';
import type { ApiClient } from './api-client.ts';
import type { ApiCatalog } from './api-catalog.ts';
import { NO_EXTRA_SCOPE, type ExtraScope } from './extra-scope.ts';
import { namespacesOf, unionOf, type KindPlan } from './kind-plan.ts';
import { listKind } from './list-kind.ts';

export interface Autoscalers {
  readonly facts: ClusterFacts;
  /** What was listed, to be compared without asking again; absent when git's own version is another or none. */
  readonly listed: { readonly resource: ResourceKind; readonly items: readonly KubeObject[] } | undefined;
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
}

const NONE: Autoscalers = { facts: { autoscaled: new Map() }, listed: undefined, failures: [], notices: [] };

/** What the live autoscalers own the replicas of. Asked only when git declares something that can be scaled. */
export async function readAutoscalers(
  client: ApiClient,
  { catalog, plans, extra, pageSize }: Survey,
): Promise<Autoscalers> {
  const scalable = plans.filter((plan) => plan.scalable);
  if (scalable.length === 0) return NONE;
  const declared = plans.find(({ resource, served }) => served && isAutoscaler(resource));
  const needed = declared === undefined ? scalable : [...scalable, declared];
  const namespaces = unionOf(needed.map((plan) => namespacesOf(plan, plan === declared ? extra : NO_EXTRA_SCOPE)));
  try {
    const resource = declared?.resource ?? (await findAutoscalers(catalog));
    if (resource === undefined) return NONE;
    const items: KubeObject[] = [];
    for await (const page of listKind(client, resource, { namespaces, pageSize })) items.push(...page);
    const facts = { autoscaled: new Map(items.flatMap(targetOf)) };
    return { ...NONE, facts, listed: declared === undefined ? undefined : { resource, items } };
  } catch (error) {
    if (!isCheckError(error)) throw error;
    return withoutFacts(error);
  }
}

interface Survey {
  readonly catalog: ApiCatalog;
  readonly plans: readonly KindPlan[];
  readonly extra: ExtraScope;
  readonly pageSize: number;
}

function withoutFacts(error: CheckError): Autoscalers {
  const lost = 'HorizontalPodAutoscalers cannot be listed, so replicas that they own cannot be told from drift';
  const message = `${lost}: ${error.message}`;
  if (error.reason === 'forbidden') return { ...NONE, notices: [{ kind: 'warning', message }] };
  const address = kindAddress({ group: 'autoscaling', kind: 'HorizontalPodAutoscaler' });
  return { ...NONE, failures: [{ ...failureOf(error), message, address }] };
}

function isAutoscaler({ group, kind }: { readonly group: string; readonly kind: string }): boolean {
  return group === 'autoscaling' && kind === 'HorizontalPodAutoscaler';
}

async function findAutoscalers(catalog: ApiCatalog): Promise<ResourceKind | undefined> {
  for (const apiVersion of ['autoscaling/v2', 'autoscaling/v1']) {
    const served = (await catalog.groupVersion(apiVersion))?.resources.find(isAutoscaler);
    if (served?.listable === true) return served;
  }
  return undefined;
}

interface AutoscalerSpec {
  readonly scaleTargetRef?: { readonly apiVersion?: unknown; readonly kind?: unknown; readonly name?: unknown } | null;
  readonly minReplicas?: unknown;
  readonly maxReplicas?: unknown;
}

function targetOf(object: KubeObject): [string, { min: number; max: number }][] {
  const { scaleTargetRef, minReplicas, maxReplicas } = (object['spec'] ?? {}) as AutoscalerSpec;
  const { apiVersion = '', kind, name } = scaleTargetRef ?? {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return [];
  if (typeof maxReplicas !== 'number') return [];
  const { group } = splitApiVersion(apiVersion);
  const min = typeof minReplicas === 'number' ? minReplicas : 1;
  return [[`${object.metadata.namespace ?? ''}/${group}/${kind}/${name}`, { min, max: maxReplicas }]];
}
