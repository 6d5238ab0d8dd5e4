import { itemKeys, type FieldPath, type Step } from '../kubernetes/normalise/field-path.ts';
import type { Finding } from '../kubernetes/normalise/finding.ts';
import type { ResourceKind } from '../kubernetes/observation.ts';
import { isAppliersMark } from '../kubernetes/ownership/bookkeeping.ts';

/**
 * Fields that only one side has. `beside` walked from the other side and gives them as undeclared; `missing` from this one and
 * gives them as missing, unless leaving them out says the same: only what both give counts.
 */
export function oneSided(beside: readonly Finding[], missing: readonly Finding[]): Finding[] {
  const known = missing
    .filter(({ live, undeclared }) => live === undefined && !undeclared)
    .map(({ path }) => placesOf(path));
  return beside.filter(({ path, undeclared }) => {
    if (!undeclared) return false;
    const places = placesOf(path);
    return known.some(
      (other) => places.slice(0, other.length).every((place, at) => place === other[at]) || isStart(places, other),
    );
  });
}

function isStart(places: readonly string[], of: readonly string[]): boolean {
  return places.length <= of.length && places.every((place, at) => place === of[at]);
}

/** Items by what names them, wherever they stand. */
function placesOf(path: FieldPath): readonly string[] {
  return path.map(placeOf);
}

function placeOf(step: Step): string {
  if (typeof step === 'string') return `.${step}`;
  if (step.list.listType === 'map') return JSON.stringify(itemKeys(step.list, step.item));
  if (step.list.listType === 'set') return JSON.stringify(step.item);
  return `[${Math.max(step.live, step.desired)}]`;
}

/** What appliers, admission and controllers put there for themselves, in either environment. */
export function isBookkeeping(
  { path, live, desired }: Pick<Finding, 'path' | 'live' | 'desired'>,
  { group, kind }: ResourceKind,
): boolean {
  const last = path.at(-1);
  const [metadata, map] = path.slice(-3);
  if (metadata === 'metadata' && (map === 'labels' || map === 'annotations')) {
    return typeof last === 'string' && isAppliersMark(last);
  }
  if (path[0] === 'metadata' && path[1] === 'finalizers') return PROTECTIONS.test(String(live ?? desired));
  return (
    group === '' && kind === 'Pod' && path[0] === 'spec' && path[1] === 'tolerations' && areDefault(live ?? desired)
  );
}

const PROTECTIONS = /^(?:kubernetes\.io\/|foregroundDeletion$|orphan$)/;
const TAINTS: ReadonlySet<unknown> = new Set(['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']);

function areDefault(value: unknown): boolean {
  const tolerations: readonly unknown[] = Array.isArray(value) ? value : [value];
  return tolerations.every((one) => TAINTS.has((one as { readonly key?: unknown } | null)?.key));
}
