import { CheckError } from '../../../src/checker.ts';
import { kindAddress } from '../address.ts';
import type { ApiCatalog } from './api-catalog.ts';
import type { ApiResource } from './api-resource.ts';
import type { ExtraScope } from './extra-scope.ts';
import type { KindPlan } from './kind-plan.ts';

/** Plans for the kinds that only `extra.kinds` names: everything of them in scope is undeclared. */
export async function extraPlans(
  scope: ExtraScope,
  { catalog, plans }: { readonly catalog: ApiCatalog; readonly plans: readonly KindPlan[] },
): Promise<KindPlan[]> {
  const used = new Set(plans.map(({ resource }) => kindAddress(resource)));
  if (scope.kinds.every((kind) => kind !== '*' && isUsed(kind, plans))) return [];
  const known = await allKinds(catalog);
  for (const kind of scope.kinds) {
    if (kind !== '*' && !isUsed(kind, plans) && !known.some((one) => names(kind, one))) {
      throw new CheckError('invalid', `extra.kinds: the server has no kind ${JSON.stringify(kind)}`);
    }
  }
  return known
    .filter((kind) => !used.has(kindAddress(kind)) && scope.covers(kind))
    .map(({ group, version, kind, resource, namespaced, scalable }) => ({
      resource: { group, version, kind, resource, namespaced },
      scalable,
      served: true,
      desired: new Map(),
      declaredElsewhere: new Set(),
    }));
}

function isUsed(name: string, plans: readonly KindPlan[]): boolean {
  return plans.some(({ resource }) => names(name, resource));
}

function names(name: string, kind: { readonly group: string; readonly kind: string }): boolean {
  return name === kind.kind || name === kindAddress(kind);
}

/** Every kind that can be listed, once: in the newest version that is generally available, else the newest. */
async function allKinds(catalog: ApiCatalog): Promise<ApiResource[]> {
  const kinds = new Map<string, ApiResource>();
  for (const apiVersion of catalog.apiVersions.toSorted(byMaturity)) {
    for (const kind of (await catalog.groupVersion(apiVersion))?.resources ?? []) {
      if (kind.listable && !kinds.has(kindAddress(kind))) kinds.set(kindAddress(kind), kind);
    }
  }
  return [...kinds.values()];
}

function byMaturity(one: string, other: string): number {
  return maturity(other) - maturity(one) || other.localeCompare(one, 'en', { numeric: true });
}

function maturity(apiVersion: string): number {
  if (apiVersion.includes('alpha')) return 0;
  return apiVersion.includes('beta') ? 1 : 2;
}
