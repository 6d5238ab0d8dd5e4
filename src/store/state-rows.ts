import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { ResourceDrift } from '../drift.ts';
import type { CheckState } from '../run/state.ts';
import { decodeText, encodeText } from './plain-text.ts';
import type { CheckStateRow, DriftedResourceRow } from './tables.ts';

/** A state as rows. */
export interface StateRows {
  readonly check: CheckStateRow;
  readonly resources: readonly DriftedResourceRow[];
}

/** The JSON of a check's row. The run that holds the drift has an empty list there. */
interface StoredState {
  readonly state: Omit<CheckState, 'firstSeen' | 'version'>;
  /** Where each drifted resource stands among the rows in key order; absent when they are in that order already. */
  readonly order?: readonly number[];
}

/** How many resources are turned into JSON before others get their turn: some milliseconds. */
const SLICE = 250;

/** Leaves the event loop free between slices, so that a scrape does not wait for a large check. */
export async function encodeState(state: CheckState, startedAt: string): Promise<StateRows> {
  const drift = (state.seen ?? state.last)?.drift ?? [];
  const resources: DriftedResourceRow[] = [];
  const slots = new Map<string, number>();
  for (const [index, resource] of drift.entries()) {
    if (index % SLICE === SLICE - 1) await setImmediate();
    const slot = slots.get(resource.address) ?? 0;
    slots.set(resource.address, slot + 1);
    resources.push(resourceRow(state, resource, slot));
  }
  await setImmediate();
  const stored = storedState(state, keyOrder(resources));
  for (const [address, firstSeenAt] of Object.entries(state.firstSeen))
    if (!slots.has(address)) resources.push(unseenRow(state.check, address, firstSeenAt));
  const check = {
    check_name: encodeText(state.check),
    updated_at: startedAt,
    state: JSON.stringify(stored),
    version: state.version,
  };
  return { check, resources };
}

/** The inverse of encodeState. Throws a SyntaxError where a row is not JSON. */
export function decodeState(row: CheckStateRow, rows: readonly DriftedResourceRow[]): CheckState {
  const { state, order } = JSON.parse(row.state) as StoredState;
  const sorted = rows.filter(({ resource }) => resource !== null).toSorted(byKey);
  const listed = order === undefined ? sorted : order.map((position) => sorted[position]);
  const drift = listed.map((found) => JSON.parse(found?.resource ?? '') as ResourceDrift);
  const seenAt = rows.filter(({ first_seen_at }) => first_seen_at !== null);
  const firstSeen = Object.fromEntries(seenAt.map((found) => [decodeText(found.address), found.first_seen_at ?? '']));
  return { ...withDrift(withIds(state), drift), firstSeen, version: row.version };
}

function resourceRow(state: CheckState, resource: ResourceDrift, slot: number): DriftedResourceRow {
  const text = JSON.stringify(resource);
  const { address } = resource;
  return {
    check_name: encodeText(state.check),
    address: encodeText(address),
    slot,
    first_seen_at: Object.hasOwn(state.firstSeen, address) ? (state.firstSeen[address] ?? null) : null,
    digest: hash('sha1', text, 'base64'),
    resource: text,
  };
}

function unseenRow(check: string, address: string, firstSeenAt: string): DriftedResourceRow {
  return {
    check_name: encodeText(check),
    address: encodeText(address),
    slot: 0,
    first_seen_at: firstSeenAt,
    digest: null,
    resource: null,
  };
}

function storedState(state: CheckState, order: readonly number[] | undefined): StoredState {
  const { firstSeen: _inRows, version: _inColumn, ...rest } = state;
  return { state: withDrift(rest, []), ...(order && { order }) };
}

/** Of a run recorded before runs had ids (step 0001). */
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** What step 0001 did not store. */
function withIds(state: StoredState['state']): StoredState['state'] {
  const { last, seen, runs } = state as Partial<StoredState['state']>;
  return {
    ...state,
    runs: runs ?? {},
    ...(last && { last: { ...last, id: last.id ?? NO_ID } }),
    ...(seen && { seen: { ...seen, id: seen.id ?? NO_ID } }),
  };
}

/** Puts the drift where it belongs: in the newest run that compared something. */
function withDrift<S extends Pick<CheckState, 'last' | 'seen'>>(state: S, drift: readonly ResourceDrift[]): S {
  if (state.seen) return { ...state, seen: { ...state.seen, drift } };
  return state.last ? { ...state, last: { ...state.last, drift } } : state;
}

/** For each row, its place in key order; undefined when each stands in its place. */
function keyOrder(rows: readonly DriftedResourceRow[]): number[] | undefined {
  if (rows.every((row, index) => index === 0 || byKey(rows[index - 1] ?? row, row) <= 0)) return undefined;
  const places = new Map(rows.toSorted(byKey).map((row, place) => [row, place]));
  return rows.map((row) => places.get(row) ?? 0);
}

/** By code unit: databases disagree about the order of text. */
function byKey(a: DriftedResourceRow, b: DriftedResourceRow): number {
  if (a.address === b.address) return a.slot - b.slot;
  return a.address < b.address ? -1 : 1;
}
