import { isDeepStrictEqual } from 'node:util';
import type { Actor, Cause } from '../../../src/checker.ts';
import type { FieldPath } from '../normalise/field-path.ts';
import { sameQuantity } from '../normalise/quantity.ts';
import { isFounder, type FieldOwners, type Owner } from './field-owners.ts';
import type { Evidence } from './undeclared.ts';

/** A field that differs, as far as who did it depends on it. */
export interface DriftedField {
  readonly path: FieldPath;
  readonly live: unknown;
  readonly desired: unknown;
  readonly undeclared: boolean;
  readonly reordered?: true;
}

export interface Attribution {
  readonly cause: Cause;
  readonly actor: Actor | undefined;
}

/** Who moved, git or the live side, and who moved the live side, as far as the object's own records tell. */
export function attribute(field: DriftedField, evidence: Evidence): Attribution {
  if (field.reordered === true) return { cause: 'unknown', actor: undefined };
  const owner = latest(evidence.owners.of(field.path));
  return { cause: causeOf(field, owner, evidence), actor: owner === undefined ? undefined : actorOf(owner) };
}

/** The one attribution of an object with several fields that differ: moved by hand outweighs not yet applied. */
export function mergeAttributions(all: readonly Attribution[]): Attribution {
  const moved = all.filter(({ cause }) => cause === 'out_of_band');
  if (moved.length > 0) return { cause: 'out_of_band', actor: latestActor(moved) };
  const cause = all.length > 0 && all.every((one) => one.cause === 'unapplied') ? 'unapplied' : 'unknown';
  return { cause, actor: latestActor(all) };
}

/** Who made an object: the one who wrote most of it. Times do not tell, they move with every later edit. */
export function makerOf({ all }: FieldOwners): Owner | undefined {
  const size = (owner: Owner): number => JSON.stringify(owner.fields).length;
  return all.toSorted((a, b) => size(b) - size(a))[0];
}

export function actorOf({ manager, class: actorClass, at }: Owner): Actor {
  return { name: manager, class: actorClass, ...(at === undefined ? {} : { at }) };
}

function causeOf(field: DriftedField, owner: Owner | undefined, { owners, lastApplied }: Evidence): Cause {
  const applied = lastApplied?.at(field.path);
  if (applied !== undefined && !field.undeclared && isDeepStrictEqual(applied, field.desired)) return 'out_of_band';
  if (lastApplied !== undefined && owner?.operation !== 'Apply') {
    if (field.live === undefined) return applied === undefined ? 'unapplied' : 'out_of_band';
    if (applied !== undefined && covers(field.live, applied)) return 'unapplied';
    return owner?.class === 'pipeline' && field.undeclared ? 'unknown' : 'out_of_band';
  }
  if (owner === undefined) return 'unknown';
  if (owner.class !== 'pipeline') return isFounder(owner, owners) ? 'unknown' : 'out_of_band';
  const others = owners.all.filter((other) => other.operation === 'Apply' && !owners.of(field.path).includes(other));
  return owner.operation === 'Apply' && others.length > 0 ? 'out_of_band' : 'unapplied';
}

/** Whether all that was applied is still so; what the server added beside does not count. */
function covers(live: unknown, applied: unknown): boolean {
  if (Object.is(live, applied) || sameQuantity(live, applied)) return true;
  if (typeof live !== 'object' || typeof applied !== 'object' || live === null || applied === null) return false;
  if (Array.isArray(live) !== Array.isArray(applied)) return false;
  if (Array.isArray(live) && live.length !== (applied as unknown[]).length) return false;
  return Object.entries(applied).every(([key, value]) => covers((live as Record<string, unknown>)[key], value));
}

function latest(owners: readonly Owner[]): Owner | undefined {
  return owners.toSorted((a, b) => ((a.at ?? '') < (b.at ?? '') ? -1 : 1)).at(-1);
}

function latestActor(attributions: readonly Attribution[]): Actor | undefined {
  const actors = attributions.map(({ actor }) => actor).filter((actor) => actor !== undefined);
  return actors.toSorted((a, b) => ((a.at ?? '') < (b.at ?? '') ? -1 : 1)).at(-1);
}
