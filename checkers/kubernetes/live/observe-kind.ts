import { failureOf, isCheckError, type Failure, type NotCompared } from '../../../src/checker.ts';
import { kindAddress, objectAddress } from '../address.ts';
import { onlyNeedsToExist } from '../desired/opt-outs.ts';
import type { ClusterFacts, DesiredObject, KubeObject, Observation, ResourceKind } from '../observation.ts';
import type { ExtraScope } from './extra-scope.ts';
import { looksForExtra, objectKey, type KindPlan } from './kind-plan.ts';
import { ForbiddenNamespaces } from './list-kind.ts';

export interface LivePage {
  readonly objects: Iterable<KubeObject>;
  /** Keys of objects that are there, and that need not be compared: an earlier run found the same, in sync. */
  readonly settled?: readonly string[];
}

export interface KindSource {
  readonly plan: KindPlan;
  /** What is live, page by page. Rejects with CheckError. */
  readonly pages: AsyncIterable<LivePage>;
  readonly extra: ExtraScope;
  readonly facts: ClusterFacts;
  /** Not being allowed to read it is by design. */
  readonly mayBeForbidden: boolean;
}

type Objects = Extract<Observation, { readonly piece: 'objects' }>;

/** One kind, its pages joined with what git declares. A LIST that breaks off is a failure: nothing is missing then. */
export async function* observeKind(source: KindSource): AsyncGenerator<Observation> {
  const { plan, facts } = source;
  const { resource } = plan;
  const left = new Map(plan.desired);
  const seen = new Set<string>();
  const settled: NotCompared[] = [];
  let unchanged = 0;
  let failure: Failure | undefined;
  let isHidden: (desired: DesiredObject) => boolean = () => false;
  try {
    for await (const page of source.pages) {
      unchanged += takeSettled(page.settled ?? [], { source, left, seen, settled });
      for (const part of inParts(page.objects)) {
        const { pairs, extra } = join(part, { source, left, seen, settled });
        if (pairs.length > 0 || extra.length > 0)
          yield { piece: 'objects', resource, facts, pairs, missing: [], extra };
      }
    }
  } catch (error) {
    if (!isCheckError(error)) throw error;
    isHidden = hiddenBy(error);
    const isByDesign = source.mayBeForbidden && error.reason === 'forbidden';
    if (isByDesign) settled.push(...hiddenObjects(left.values(), resource, isHidden));
    else failure = { ...failureOf(error), address: kindAddress(resource) };
  }
  const missing = Array.from(left.values()).filter((desired) => !isHidden(desired));
  if (missing.length > 0) yield { piece: 'objects', resource, facts, pairs: [], missing, extra: [] };
  if (failure !== undefined || settled.length > 0 || unchanged > 0) {
    const failures = failure === undefined ? [] : [failure];
    yield { piece: 'findings', failures, notices: [], notCompared: settled, unchanged };
  }
}

interface Join {
  readonly source: KindSource;
  /** Declared, and not come by yet. */
  readonly left: Map<string, DesiredObject>;
  /** A LIST that had to start again gives objects twice. */
  readonly seen: Set<string>;
  readonly settled: NotCompared[];
}

/** So few objects are compared, and forgotten, before more are parsed. */
const PART = 50;

function* inParts(page: Iterable<KubeObject>): Iterable<readonly KubeObject[]> {
  let part: KubeObject[] = [];
  for (const object of page) {
    part.push(object);
    if (part.length < PART) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function join(part: readonly KubeObject[], { source, left, seen, settled }: Join): Pick<Objects, 'pairs' | 'extra'> {
  const { plan, extra: scope } = source;
  const pairs: { desired: DesiredObject; live: KubeObject }[] = [];
  const extra: KubeObject[] = [];
  const mayBeExtra = looksForExtra(plan, scope);
  for (const live of part) {
    const key = objectKey(live.metadata);
    const desired = left.get(key);
    if (desired !== undefined) {
      left.delete(key);
      if (onlyNeedsToExist(desired.object)) settled.push(leftAlone(desired, plan.resource));
      else pairs.push({ desired, live });
    } else if (mayBeExtra && !isDeclared(plan, key) && !seen.has(key) && scope.holds(plan.resource, live)) {
      seen.add(key);
      extra.push(live);
    }
  }
  return { pairs, extra };
}

/** How many of the objects are declared, and would have been compared. */
function takeSettled(keys: readonly string[], { source, left, settled }: Join): number {
  let unchanged = 0;
  for (const key of keys) {
    const desired = left.get(key);
    if (desired === undefined) continue;
    left.delete(key);
    if (onlyNeedsToExist(desired.object)) settled.push(leftAlone(desired, source.plan.resource));
    else unchanged += 1;
  }
  return unchanged;
}

/** Whether git declares it, in whatever version of its kind. */
export function isDeclared({ desired, declaredElsewhere }: KindPlan, key: string): boolean {
  return desired.has(key) || (typeof declaredElsewhere !== 'string' && declaredElsewhere.has(key));
}

/** What may exist all the same, after an error. */
function hiddenBy(error: unknown): (desired: DesiredObject) => boolean {
  if (!(error instanceof ForbiddenNamespaces)) return () => true;
  return ({ object }) => error.namespaces.has(object.metadata.namespace ?? '');
}

function hiddenObjects(
  objects: Iterable<DesiredObject>,
  resource: ResourceKind,
  isHidden: (desired: DesiredObject) => boolean,
): NotCompared[] {
  return Array.from(objects)
    .filter(isHidden)
    .map((desired) => notCompared(desired, resource, `${resource.resource} may not be listed`));
}

function leftAlone(desired: DesiredObject, resource: ResourceKind): NotCompared {
  return notCompared(desired, resource, 'kustomize.toolkit.fluxcd.io/ssa: IfNotPresent: it is there, and left alone');
}

/** Says that a declared object is not compared. */
export function notCompared({ object }: DesiredObject, resource: ResourceKind, why: string): NotCompared {
  const { namespace } = object.metadata;
  const address = objectAddress(resource, object.metadata);
  return { address, type: resource.kind, ...(namespace !== undefined && { scope: namespace }), why };
}
