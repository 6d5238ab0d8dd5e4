import { failureOf, type Failure, type NotCompared, type Notice } from '../../../src/checker.ts';
import { kindAddress, objectAddress, splitApiVersion } from '../address.ts';
import type { DesiredObject, KubeObject, ResourceKind } from '../observation.ts';
import type { ApiCatalog } from './api-catalog.ts';
import type { ApiResource } from './api-resource.ts';
import { declaredKinds, type DeclaredKind } from './declared-kinds.ts';
import type { ExtraScope } from './extra-scope.ts';

/** One kind, in one version, and what git declares of it. */
export interface KindPlan {
  readonly resource: ResourceKind;
  readonly scalable: boolean;
  /** False when the server does not know the kind yet, but git declares its definition: everything is missing. */
  readonly served: boolean;
  /** By `namespace/name`; `/name` for cluster-scoped kinds. */
  readonly desired: Map<string, DesiredObject>;
  /** Keys that git declares in another version of the kind: undeclared objects are looked for in one version only. */
  readonly declaredElsewhere: ReadonlySet<string> | 'looked for elsewhere';
}

export interface Plans {
  readonly plans: readonly KindPlan[];
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
  readonly notCompared: readonly NotCompared[];
}

/** The key of an object within its kind. */
export function objectKey({ namespace = '', name }: KubeObject['metadata']): string {
  return `${namespace}/${name}`;
}

/** The namespaces that have to be listed for a plan; undefined when any may hold something to say. */
export function namespacesOf(plan: KindPlan, extra: ExtraScope): readonly string[] | undefined {
  const declared = Array.from(plan.desired.values(), ({ object }) => object.metadata.namespace ?? '');
  return unionOf([declared, looksForExtra(plan, extra) ? extra.namespaces : []]);
}

/** Whether undeclared objects are looked for with this plan. */
export function looksForExtra({ resource, declaredElsewhere }: KindPlan, extra: ExtraScope): boolean {
  return declaredElsewhere !== 'looked for elsewhere' && extra.covers(resource);
}

export function unionOf(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const known = lists.filter((list) => list !== undefined);
  return known.length === lists.length ? [...new Set(known.flat())] : undefined;
}

/**
 * Sorts declared objects by kind, with their namespaces as an apply would set them. A kind that the server does not know
 * is one failure, however many objects it has.
 */
export async function planKinds(
  objects: readonly DesiredObject[],
  catalog: ApiCatalog,
  defaultNamespace: string,
): Promise<Plans> {
  const definitions = declaredKinds(objects);
  const groups = Map.groupBy(objects, ({ object }) => `${object.apiVersion} ${object.kind}`);
  const found: Planned[] = [];
  // One after the other: documents are large, and many kinds share one.
  for (const group of groups.values()) found.push(await planKind(group, { catalog, definitions, defaultNamespace }));
  const plans = found.flatMap(({ plan }) => plan ?? []);
  const doubles = dropDoubles(plans);
  return {
    plans: plans.map(amongVersions),
    failures: found.flatMap(({ failure }) => failure ?? []),
    notices: [...found.flatMap(({ notices }) => notices ?? []), ...doubles],
    notCompared: found.flatMap(({ notCompared }) => notCompared ?? []),
  };
}

interface Planned {
  readonly plan?: KindPlan;
  readonly failure?: Failure;
  readonly notices?: readonly Notice[];
  readonly notCompared?: readonly NotCompared[];
}

interface PlanContext {
  readonly catalog: ApiCatalog;
  readonly definitions: readonly DeclaredKind[];
  readonly defaultNamespace: string;
}

async function planKind(objects: readonly DesiredObject[], context: PlanContext): Promise<Planned> {
  const [first] = objects;
  if (first === undefined) return {};
  const { apiVersion, kind } = first.object;
  const wanted = { ...splitApiVersion(apiVersion), kind };
  try {
    const known = await context.catalog.groupVersion(apiVersion);
    const served = known?.resources.find((resource) => resource.kind === kind);
    const resource = served ?? context.definitions.find((declared) => isSame(declared, wanted));
    if (resource === undefined) return { failure: unknownKind(wanted, objects) };
    if (served?.listable === false) return { notCompared: objects.map(({ object }) => notListable(object, wanted)) };
    const schema = known?.schemas.get(`${wanted.group}/${wanted.version}/${kind}`);
    const { desired, notices } = place(objects, resource, context.defaultNamespace);
    const { resource: plural, namespaced } = resource;
    return {
      plan: {
        resource: { ...wanted, resource: plural, namespaced, ...(schema !== undefined && { schema }) },
        scalable: served?.scalable ?? false,
        served: served !== undefined,
        desired,
        declaredElsewhere: new Set(),
      },
      notices,
    };
  } catch (error) {
    return { failure: { ...failureOf(error), address: kindAddress(wanted) } };
  }
}

function isSame(one: DeclaredKind, other: { group: string; version: string; kind: string }): boolean {
  return one.group === other.group && one.version === other.version && one.kind === other.kind;
}

function unknownKind(
  wanted: { readonly group: string; readonly version: string; readonly kind: string },
  objects: readonly DesiredObject[],
): Failure {
  const { group, version } = wanted;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const message =
    `the server does not know ${apiVersion} ${wanted.kind}: its CustomResourceDefinition is not installed, or not in this ` +
    `version; ${objects.length} object${objects.length === 1 ? '' : 's'} not compared`;
  return { phase: 'observe', reason: 'not_found', message, address: kindAddress(wanted) };
}

function notListable({ kind, metadata }: KubeObject, { group }: { readonly group: string }): NotCompared {
  const why = 'the server answers requests of this kind, but keeps no objects of it';
  return { address: objectAddress({ group, kind }, metadata), type: kind, why };
}

function place(
  objects: readonly DesiredObject[],
  { group, kind, namespaced }: Pick<ApiResource, 'group' | 'kind' | 'namespaced'>,
  defaultNamespace: string,
): { readonly desired: Map<string, DesiredObject>; readonly notices: Notice[] } {
  const desired = new Map<string, DesiredObject>();
  const notices: Notice[] = [];
  for (const declared of objects) {
    const placed = inNamespace(
      declared,
      namespaced ? declared.object.metadata.namespace || defaultNamespace : undefined,
    );
    const { metadata } = placed.object;
    const key = objectKey(metadata);
    const earlier = desired.get(key);
    if (earlier !== undefined) notices.push(duplicate(objectAddress({ group, kind }, metadata), earlier, declared));
    desired.set(key, placed);
  }
  return { desired, notices };
}

/** Manifests that are not read anew are not placed anew: who knows one of them knows it in the next run, too. */
const placements = new WeakMap<DesiredObject, DesiredObject>();

function inNamespace(declared: DesiredObject, namespace: string | undefined): DesiredObject {
  const known = placements.get(declared);
  if (known !== undefined && known.object.metadata.namespace === namespace) return known;
  const { namespace: _, ...metadata } = declared.object.metadata;
  const placed = {
    ...declared,
    object: { ...declared.object, metadata: { ...metadata, ...(namespace !== undefined && { namespace }) } },
  };
  placements.set(declared, placed);
  return placed;
}

function duplicate(address: string, earlier: DesiredObject, later: DesiredObject): Notice {
  const places = [earlier, later].map(({ origin }) =>
    origin === undefined ? 'what was rendered' : `${origin.file}${origin.line === undefined ? '' : `:${origin.line}`}`,
  );
  return {
    kind: 'duplicate',
    message: `declared more than once (${places.join(' and ')}): the last one counts`,
    address,
  };
}

/** One object may be declared in two versions of its kind: the later plan gives it up. */
function dropDoubles(plans: readonly KindPlan[]): Notice[] {
  const seen = new Map<string, DesiredObject>();
  const notices: Notice[] = [];
  for (const { resource, desired } of plans) {
    for (const [key, declared] of desired) {
      const address = objectAddress(resource, declared.object.metadata);
      const earlier = seen.get(address);
      if (earlier === undefined) seen.set(address, declared);
      else {
        desired.delete(key);
        const message = `declared in ${earlier.object.apiVersion} and ${declared.object.apiVersion}: the first counts`;
        notices.push({ kind: 'duplicate', message, address });
      }
    }
  }
  return notices;
}

/** Every object answers to each version of its kind: only the first version looks for undeclared ones. */
function amongVersions(plan: KindPlan, _index: number, plans: readonly KindPlan[]): KindPlan {
  const address = kindAddress(plan.resource);
  const versions = plans.filter(({ resource }) => kindAddress(resource) === address);
  if (versions.length === 1) return plan;
  if (versions[0] !== plan) return { ...plan, declaredElsewhere: 'looked for elsewhere' };
  return {
    ...plan,
    declaredElsewhere: new Set(versions.slice(1).flatMap(({ desired }) => Array.from(desired.keys()))),
  };
}
