import type { Failure } from '../../../src/checker.ts';
import { kindAddress, splitApiVersion } from '../../kubernetes/address.ts';
import type { ApiCatalog } from '../../kubernetes/live/api-catalog.ts';
import type { ResourceKind } from '../../kubernetes/observation.ts';
import type { CompareOptions } from '../options.ts';
import { addressOf } from './declared-side.ts';
import type { Side } from './side.ts';

/** What two clusters are compared by unless the options name other kinds. */
const USUAL_KINDS = [
  'ConfigMap',
  'Service',
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/StatefulSet',
  'batch/CronJob',
  'autoscaling/HorizontalPodAutoscaler',
  'networking.k8s.io/Ingress',
  'networking.k8s.io/NetworkPolicy',
  'policy/PodDisruptionBudget',
];

export interface Kinds {
  readonly kinds: readonly ResourceKind[];
  readonly failures: readonly Failure[];
}

/** The kinds that either side declares; of two clusters, those that were asked for. */
export async function kindsToCompare(
  [left, right]: readonly [Side, Side],
  { schemas, options }: { readonly schemas: ApiCatalog | undefined; readonly options: CompareOptions },
): Promise<Kinds> {
  const declared = [...(left.declared ?? []), ...(right.declared ?? [])];
  if (left.declared === undefined && right.declared === undefined) {
    const asked = options.right.cluster?.kinds ?? options.left.cluster?.kinds;
    return schemas === undefined
      ? { kinds: [], failures: [] }
      : servedKinds(asked ?? USUAL_KINDS, schemas, asked !== undefined);
  }
  const byKind = new Map(declared.map(({ object }) => [addressOf(object), object] as const));
  const kinds = await Promise.all(
    Array.from(byKind.values(), async ({ apiVersion, kind }) => declaredKind(apiVersion, kind, schemas)),
  );
  return { kinds, failures: [] };
}

async function declaredKind(apiVersion: string, kind: string, schemas: ApiCatalog | undefined): Promise<ResourceKind> {
  const { group, version } = splitApiVersion(apiVersion);
  const known = await schemas?.groupVersion(apiVersion).catch(() => undefined); // its LIST says what is wrong
  const served = known?.resources.find((one) => one.kind === kind);
  const schema = known?.schemas.get(`${group}/${version}/${kind}`);
  const { resource = '', namespaced = true } = served ?? {}; // no resource: nobody tells
  return { group, version, kind, resource, namespaced, ...(schema !== undefined && { schema }) };
}

async function servedKinds(names: readonly string[], catalog: ApiCatalog, isAsked: boolean): Promise<Kinds> {
  const kinds = new Map<string, ResourceKind>();
  for (const apiVersion of versionsOf(catalog)) {
    const known = await catalog.groupVersion(apiVersion);
    for (const one of known?.resources ?? []) {
      const address = kindAddress(one);
      if (!one.listable || kinds.has(address) || !names.some((name) => name === address || name === one.kind)) continue;
      const schema = known?.schemas.get(`${one.group}/${one.version}/${one.kind}`);
      kinds.set(address, { ...one, ...(schema !== undefined && { schema }) });
    }
  }
  const found = [...kinds.values()];
  const missing = isAsked
    ? names.filter((name) => !found.some((kind) => name === kind.kind || name === kindAddress(kind)))
    : [];
  return {
    kinds: found,
    failures: missing.map((name) => ({
      phase: 'observe',
      reason: 'not_found',
      message: `right: the server does not know ${name}`,
      address: name,
    })),
  };
}

/** The stable first. */
function versionsOf({ apiVersions }: ApiCatalog): readonly string[] {
  const rank = (apiVersion: string): number => (/alpha/.test(apiVersion) ? 2 : /beta/.test(apiVersion) ? 1 : 0);
  return apiVersions.toSorted((a, b) => rank(a) - rank(b) || b.localeCompare(a, 'en', { numeric: true }));
}
