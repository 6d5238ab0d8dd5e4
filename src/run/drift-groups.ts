import { fingerprintOf } from '../diff/fingerprint.ts';
import type { Action, Cause, Change, ResourceDrift } from '../drift.ts';
import type { BoardEntry } from './board.ts';
import { publishedDrift } from './state.ts';

/** The same drift, wherever it is. */
export interface DriftGroup {
  readonly fingerprint: string;
  readonly type: string;
  readonly action: Action;
  /** Each once. */
  readonly causes: readonly Cause[];
  /** Names, sorted. */
  readonly checks: readonly string[];
  /** How many drifted resources it stands for. */
  readonly resources: number;
  /** Some of them, at most 100. */
  readonly members: readonly { readonly check: string; readonly address: string }[];
  /** ISO 8601 start of the first run that saw one of them. */
  readonly since?: string;
  /** Of the first member. */
  readonly changes: readonly Change[];
}

/** Drift grouped by fingerprint. */
export interface DriftGroups {
  /** How many there are. */
  readonly distinct: number;
  /** How many of them are on more than one check. */
  readonly shared: number;
  /** The `count` on most checks, then of most resources, then the oldest. */
  largest(count: number): readonly DriftGroup[];
}

type Accepts = (drift: ResourceDrift) => boolean;

/** Groups the published drift of checks; lets other work in by `pause`, so that any fleet can be grouped. */
export async function groupDrift(
  entries: readonly BoardEntry[],
  { pause, accepts }: { readonly pause: () => Promise<void> | undefined; readonly accepts?: Accepts },
): Promise<DriftGroups> {
  const work = grouping(entries, accepts);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await pause();
  }
}

const prepared = new WeakMap<readonly BoardEntry[], DriftGroups>();

/** Grouped at once, and kept for these very entries. */
export function driftGroupsOf(entries: readonly BoardEntry[]): DriftGroups {
  const known = prepared.get(entries);
  if (known !== undefined) return known;
  const work = grouping(entries);
  let step = work.next();
  while (step.done !== true) step = work.next();
  prepared.set(entries, step.value);
  return step.value;
}

/** A step is so many resources and fields: less than a millisecond of work. */
const STEP = 200;
const MOST_MEMBERS = 100;

function* grouping(entries: readonly BoardEntry[], accepts: Accepts = () => true): Generator<void, DriftGroups> {
  const groups = new Map<string, Growing>();
  let work = 0;
  for (const entry of entries) {
    const prints = fingerprintsOf(entry);
    for (const [index, drift] of publishedDrift(entry.state).entries()) {
      work += 1 + drift.changes.length;
      if (work >= STEP) {
        work = 0;
        yield;
      }
      if (accepts(drift)) addTo(groups, prints.at(index), drift, entry);
    }
  }
  const byChecks: Growing[][] = [];
  for (const group of groups.values()) {
    if (work++ % (10 * STEP) === 0) yield;
    (byChecks[group.checks.length] ??= []).push(group);
  }
  const { size } = groups;
  return { distinct: size, shared: size - (byChecks[1]?.length ?? 0), largest: (count) => largestOf(byChecks, count) };
}

interface Growing extends DriftGroup {
  readonly causes: Cause[];
  readonly checks: string[];
  resources: number;
  readonly members: { readonly check: string; readonly address: string }[];
  since?: string;
}

function addTo(groups: Map<string, Growing>, fingerprint: string, drift: ResourceDrift, entry: BoardEntry): void {
  const { address, cause } = drift;
  const { config, state } = entry;
  const group = groups.get(fingerprint) ?? started(fingerprint, drift);
  if (group.resources === 0) groups.set(fingerprint, group);
  group.resources += 1;
  if (group.checks.at(-1) !== config.name) group.checks.push(config.name);
  if (!group.causes.includes(cause)) group.causes.push(cause);
  if (group.members.length < MOST_MEMBERS) group.members.push({ check: config.name, address });
  const since = Object.hasOwn(state.firstSeen, address) ? state.firstSeen[address] : undefined;
  if (since !== undefined && (group.since === undefined || since < group.since)) group.since = since;
}

function started(fingerprint: string, { type, action, changes }: ResourceDrift): Growing {
  return { fingerprint, type, action, causes: [], checks: [], resources: 0, members: [], changes };
}

function largestOf(byChecks: readonly (readonly Growing[] | undefined)[], count: number): readonly DriftGroup[] {
  const found: Growing[] = [];
  for (let size = byChecks.length - 1; size > 0 && found.length < count; size -= 1) {
    const groups = byChecks[size] ?? [];
    const fitting = groups.length > MOST_SORTED ? groups.slice(0, Math.max(count, MOST_SORTED)) : groups;
    found.push(...fitting.toSorted(byWeight).slice(0, count - found.length));
  }
  return found;
}

/** Of groups on equally many checks; sorting more would hold up other work for nothing that anybody reads. */
const MOST_SORTED = 5000;

function byWeight(a: DriftGroup, b: DriftGroup): number {
  return b.resources - a.resources || inOrder(a.since ?? '~', b.since ?? '~') || inOrder(a.fingerprint, b.fingerprint);
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export interface Fingerprints {
  readonly ignores: string;
  at(index: number): string;
}

const known = new WeakMap<readonly ResourceDrift[], Fingerprints>();

/** Of a result's drift: made once for each result, whoever asks. */
export function fingerprintsOf({ config, state }: BoardEntry): Fingerprints {
  const drift = publishedDrift(state);
  const ignores = config.fingerprintIgnores ?? [];
  const key = ignores.join();
  const before = known.get(drift);
  if (before?.ignores === key) return before;
  const made: string[] = [];
  const fingerprints: Fingerprints = {
    ignores: key,
    at: (index) => {
      const one = drift[index];
      if (one === undefined) return '';
      return (made[index] ??= fingerprintOf(one, ignores));
    },
  };
  if (drift.length > 0) known.set(drift, fingerprints);
  return fingerprints;
}
