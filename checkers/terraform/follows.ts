import type { Change, Json } from '../../src/checker.ts';
import { parsePointer } from '../../src/diff/json-pointer.ts';
import { configurationAddress } from './configuration-resources.ts';
import { sameJson } from './masked-changes.ts';
import type { PlannedChange } from './plan.ts';
import type { Reference, References } from './resource-references.ts';

/** A resource that somebody changed outside Terraform, or that the plan puts right because of that. */
export interface Moved {
  /** As Terraform recorded it. */
  readonly recorded: Json | undefined;
  /** As it is now; or as it will be, where the plan puts it right. */
  readonly now: Json | undefined;
  /** What is known only after the plan has put it right. */
  readonly unknown: Json | undefined;
  /** Whether it is sure that it moved because of something outside Terraform. */
  readonly isCertain: boolean;
}

/** `proven`: from nothing else. `possible`: something else may have changed with it. */
export type Following = 'proven' | 'possible' | 'no';

/**
 * Whether what would change of a resource follows from others that moved: each attribute that changes refers to what moved,
 * and is proven to hold what it held before when what moved does.
 */
export function follows(
  planned: PlannedChange,
  changes: readonly Change[],
  { references, moved }: { readonly references: References; readonly moved: ReadonlyMap<string, readonly Moved[]> },
): Following {
  const { before, after, afterUnknown } = planned.change;
  if (!isMap(before) || !isMap(after)) return 'no'; // made or removed: that is asked for by the configuration
  const attributes = references.get(configurationAddress(planned.address));
  if (attributes === undefined) return 'no';
  const answers = [...new Set(changes.map(({ path }) => parsePointer(path)[0] ?? ''))].map(
    (name): Following | undefined => {
      const unknown = fieldOf(afterUnknown, name);
      const expression = attributes.get(name);
      if (expression === undefined) return unknown === undefined || unknown === false ? 'no' : undefined; // computed
      const values = expression.flatMap((reference) => movesOf(reference, moved));
      if (values.length === 0) return 'no';
      const certain = values.filter(({ isCertain }) => isCertain);
      return explains({ before: before[name], after: after[name], unknown }, certain) ? 'proven' : 'possible';
    },
  );
  const told = answers.filter((answer) => answer !== undefined);
  if (told.length === 0 || told.includes('no')) return 'no';
  return told.includes('possible') ? 'possible' : 'proven';
}

interface Move {
  readonly recorded: Json | undefined;
  readonly now: Json | undefined;
  readonly isUnknown: boolean;
  readonly isCertain: boolean;
}

/** The values referred to that are not what they were recorded as. */
function movesOf({ resource, attribute }: Reference, moved: ReadonlyMap<string, readonly Moved[]>): Move[] {
  return (moved.get(resource) ?? []).flatMap(({ recorded, now, unknown, isCertain }) => {
    const names = attribute === undefined ? Object.keys(isMap(recorded) ? recorded : {}) : [attribute];
    return names
      .map((name) => ({
        recorded: fieldOf(recorded, name),
        now: fieldOf(now, name),
        isUnknown: fieldOf(unknown, name) === true,
        isCertain,
      }))
      .filter((move) => move.isUnknown || !sameJson(move.recorded, move.now));
  });
}

interface Sides {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly unknown: Json | undefined;
}

/** Whether the value would be what it was, were the moves not made. */
function explains({ before, after, unknown }: Sides, moves: readonly Move[]): boolean {
  if (unknown === true) return moves.some((move) => move.isUnknown && sameJson(move.recorded, before));
  if (isMap(before) && (isMap(after) || isMap(unknown))) {
    const keys = new Set([before, after, unknown].flatMap((side) => (isMap(side) ? Object.keys(side) : [])));
    return [...keys].every((key) =>
      explains({ before: before[key], after: fieldOf(after, key), unknown: fieldOf(unknown, key) }, moves),
    );
  }
  return sameJson(before, after) || moves.some((move) => !move.isUnknown && sameJson(putBack(after, move), before));
}

/** With what was recorded in place of what is now, also inside a text. */
function putBack(value: Json | undefined, { recorded, now }: Move): Json | undefined {
  if (sameJson(value, now)) return recorded;
  if (typeof value !== 'string' || !isPlain(now) || !isPlain(recorded)) return value;
  return String(now) === '' ? value : value.replaceAll(String(now), () => String(recorded));
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  return isMap(value) ? value[name] : undefined;
}

function isMap(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlain(value: Json | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
