import type { BoardEntry } from './board.ts';
import { driftGroupsOf, fingerprintsOf, type Fingerprints } from './drift-groups.ts';
import { publishedDrift } from './state.ts';

/** How many checks have the same drift: what a scrape tells of the groups. */
export interface SharedDrift {
  /** How many fingerprints there are. */
  readonly distinct: number;
  /** The `count` on most checks, then of most resources; none that is on one check alone. */
  largest(count: number): readonly { readonly fingerprint: string; readonly type: string; readonly checks: number }[];
}

/** Kept from scrape to scrape: only checks whose drift is another than before are counted anew. */
export interface SharedDriftIndex {
  /** To be called with all checks before `sharedDriftOf` these very entries. Lets other work in by `pause`. */
  update(entries: readonly BoardEntry[], pause: () => Promise<void> | undefined): Promise<void>;
}

const prepared = new WeakMap<readonly BoardEntry[], SharedDrift>();

/** Of entries that an index was brought up to date with; counted at once otherwise. */
export function sharedDriftOf(entries: readonly BoardEntry[]): SharedDrift {
  const known = prepared.get(entries);
  if (known !== undefined) return known;
  const groups = driftGroupsOf(entries);
  return {
    distinct: groups.distinct,
    largest: (count) =>
      groups
        .largest(count)
        .filter(({ checks }) => checks.length > 1)
        .map(({ fingerprint, type, checks }) => ({ fingerprint, type, checks: checks.length })),
  };
}

interface Group {
  readonly fingerprint: string;
  readonly type: string;
  checks: number;
  resources: number;
}

interface Index {
  readonly groups: Map<string, Group>;
  /** Those on more than one check. */
  readonly shared: Set<Group>;
  /** By check: what is counted of it. */
  readonly counted: Map<string, Counted>;
}

interface Counted {
  readonly drift: ReturnType<typeof publishedDrift>;
  readonly prints: Fingerprints;
}

export function createSharedDriftIndex(): SharedDriftIndex {
  const index: Index = { groups: new Map(), shared: new Set(), counted: new Map() };
  const shared: SharedDrift = {
    get distinct() {
      return index.groups.size;
    },
    largest: (count) => Array.from(index.shared).toSorted(byWeight).slice(0, count),
  };
  return {
    update: async (entries, pause) => {
      let known = 0;
      for (const entry of entries) {
        if (recount(index, entry)) await pause();
        if (index.counted.has(entry.config.name)) known += 1;
      }
      if (known < index.counted.size) forgetOthers(index, entries);
      prepared.set(entries, shared);
    },
  };
}

/** Checks that are configured no more. */
function forgetOthers(index: Index, entries: readonly BoardEntry[]): void {
  const names = new Set(entries.map(({ config }) => config.name));
  for (const [name, counted] of index.counted) {
    if (names.has(name)) continue;
    count(index, counted, -1);
    index.counted.delete(name);
  }
}

/** False when nothing of the check is another. */
function recount(index: Index, entry: BoardEntry): boolean {
  const { name } = entry.config;
  const drift = publishedDrift(entry.state);
  const before = index.counted.get(name);
  if (before === undefined && drift.length === 0) return false;
  const prints = fingerprintsOf(entry);
  if (before?.drift === drift && before.prints === prints) return false;
  if (before !== undefined) count(index, before, -1);
  const now = { drift, prints };
  count(index, now, 1);
  if (drift.length > 0) index.counted.set(name, now);
  else index.counted.delete(name);
  return true;
}

/** Adds a check to its groups, or takes it out of them. */
function count({ groups, shared }: Index, { drift, prints }: Counted, sign: 1 | -1): void {
  const seen = new Set<string>();
  for (const [at, { type }] of drift.entries()) {
    const fingerprint = prints.at(at);
    const group = groups.get(fingerprint) ?? { fingerprint, type, checks: 0, resources: 0 };
    group.resources += sign;
    if (!seen.has(fingerprint)) group.checks += sign;
    seen.add(fingerprint);
    if (group.resources === 0) groups.delete(fingerprint);
    else groups.set(fingerprint, group);
    if (group.checks > 1) shared.add(group);
    else shared.delete(group);
  }
}

function byWeight(a: Group, b: Group): number {
  return b.checks - a.checks || b.resources - a.resources || (a.fingerprint < b.fingerprint ? -1 : 1);
}
