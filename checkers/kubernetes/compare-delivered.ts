import type { Change, Comparison, NotCompared, ResourceDrift } from '../../src/checker.ts';
import { objectAddress } from './address.ts';
import { compareObservation, type CompareOptions } from './compare.ts';
import { isWithin } from './ignore/annotations.ts';
import type { Delivery, DesiredObject, KubeObject, Observation } from './observation.ts';

type Objects = Extract<Observation, { readonly piece: 'objects' }>;

/** What delivered an undeclared object, as its own marks say. */
export type DeliveryOf = (live: KubeObject) => string | undefined;

/**
 * The comparison of objects that a delivery tool brought: each delivery with its own ignore rules, its name as scope, and
 * what is known of its last apply as cause. Pure.
 */
export function compareDelivered(
  observation: Observation,
  options: CompareOptions,
  deliveryOf: DeliveryOf,
): Comparison {
  if (observation.piece === 'findings') return compareObservation(observation, options);
  const { gone, missing } = missingOf(observation);
  const parts = byRules({ ...observation, missing }, options).map((part) => {
    const found = compareObservation(part.objects, part.options);
    return { ...found, drift: settle(found.drift, part.objects, deliveryOf) };
  });
  return {
    resources: parts.reduce((sum, { resources }) => sum + resources, 0),
    drift: parts.flatMap(({ drift }) => drift),
    failures: parts.flatMap(({ failures = [] }) => failures),
    notices: parts.flatMap(({ notices = [] }) => notices),
    notCompared: [...parts.flatMap(({ notCompared = [] }) => notCompared), ...gone],
  };
}

/** A Job that says how long it stays is gone after that, whoever delivered it. */
function missingOf({ missing, resource }: Objects): { gone: NotCompared[]; missing: DesiredObject[] } {
  const ends = ({ object }: DesiredObject): boolean => {
    const spec = object['spec'] as { ttlSecondsAfterFinished?: unknown } | null | undefined;
    return resource.group === 'batch' && resource.kind === 'Job' && typeof spec?.ttlSecondsAfterFinished === 'number';
  };
  const gone = missing.filter(ends).map(({ object, delivery }) => ({
    address: objectAddress(resource, object.metadata),
    type: resource.kind,
    ...(delivery !== undefined && { scope: delivery.scope }),
    why: 'not there: a Job with ttlSecondsAfterFinished goes by itself when it is done',
  }));
  return { gone, missing: missing.filter((desired) => !ends(desired)) };
}

interface Part {
  readonly objects: Objects;
  readonly options: CompareOptions;
}

/** One part for what has no rules of its own, and one for each delivery that has. */
function byRules(observation: Objects, options: CompareOptions): Part[] {
  const ruled = ({ delivery }: DesiredObject): Delivery | undefined =>
    (delivery?.ignoreDifferences ?? []).length > 0 ? delivery : undefined;
  const pairs = Map.groupBy(observation.pairs, ({ desired }) => ruled(desired));
  const plain = { ...observation, pairs: pairs.get(undefined) ?? [] };
  const own = Array.from(pairs).flatMap(([delivery, mine]) => {
    if (delivery === undefined) return [];
    return [{ objects: { ...observation, pairs: mine, missing: [], extra: [] }, options: rulesOf(delivery, options) }];
  });
  return [{ objects: plain, options }, ...own];
}

const known = new WeakMap<CompareOptions, WeakMap<Delivery, CompareOptions>>();

/** The same object for the same delivery: rules are compiled once per options. */
function rulesOf(delivery: Delivery, options: CompareOptions): CompareOptions {
  const byDelivery = known.get(options) ?? new WeakMap<Delivery, CompareOptions>();
  known.set(options, byDelivery);
  const found = byDelivery.get(delivery) ?? {
    ...options,
    ignore_differences: [...(options.ignore_differences ?? []), ...(delivery.ignoreDifferences ?? [])],
  };
  byDelivery.set(delivery, found);
  return found;
}

function settle(
  drift: readonly ResourceDrift[],
  { resource, pairs, missing, extra }: Objects,
  deliveryOf: DeliveryOf,
): ResourceDrift[] {
  if (drift.length === 0) return [];
  const declared = new Map(
    [...pairs.map(({ desired }) => desired), ...missing].map((desired) => [
      objectAddress(resource, desired.object.metadata),
      desired,
    ]),
  );
  const undeclared = new Map(extra.map((live) => [objectAddress(resource, live.metadata), live]));
  return drift.flatMap((one) => {
    const desired = declared.get(one.address);
    if (desired !== undefined) return settled(one, desired) ?? [];
    const live = undeclared.get(one.address);
    const scope = live === undefined ? undefined : deliveryOf(live);
    return scope === undefined ? one : { ...one, scope };
  });
}

function settled(drift: ResourceDrift, { object, delivery, sealed = [] }: DesiredObject): ResourceDrift | undefined {
  const changes = drift.changes
    .filter(({ op }) => op !== 'remove' || !leavesOthersFields(object))
    .map((change) => (sealed.length === 0 ? change : seal(change, sealed)));
  if (changes.length === 0 && drift.changes.length > 0) return undefined;
  if (delivery === undefined) return { ...drift, changes };
  return { ...drift, changes, scope: delivery.scope, cause: delivery.isApplied ? 'out_of_band' : drift.cause };
}

/** Flux is told to leave fields alone that git does not declare. */
function leavesOthersFields({ metadata }: KubeObject): boolean {
  return metadata.annotations?.['kustomize.toolkit.fluxcd.io/ssa']?.toLowerCase() === 'merge';
}

function seal(change: Change, sealed: readonly string[]): Change {
  const path = anyItem(change.path);
  if (!sealed.map(anyItem).some((pointer) => isWithin(path, pointer) || isWithin(pointer, path))) return change;
  return {
    ...change,
    ...(change.live !== undefined && { live: { kind: 'sensitive' } }),
    ...(change.desired !== undefined && { desired: { kind: 'sensitive' } }),
  };
}

/** Items of lists stand at other positions on the other side. */
function anyItem(pointer: string): string {
  return pointer.replaceAll(/\/\d+(?=\/|$)/g, '/-');
}
