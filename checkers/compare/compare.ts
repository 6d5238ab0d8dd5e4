import type { Change, Comparison, Notice, ResourceDrift } from '../../src/checker.ts';
import { objectAddress } from '../kubernetes/address.ts';
import { asStored } from '../kubernetes/normalise/as-stored.ts';
import { maskChange } from '../kubernetes/normalise/sensitive.ts';
import type { DesiredObject, KubeObject, ResourceKind } from '../kubernetes/observation.ts';
import { allowedRules } from './allowed.ts';
import { differencesOf } from './differences.ts';
import type { CompareObservation } from './observation.ts';
import type { CompareOptions } from './options.ts';
import type { Keys } from './path-pattern.ts';
import { keyOfItem } from './rewrite.ts';
import { isSame, selectedFields, toChange } from './selected-fields.ts';

/** Judges one piece. Pure. */
export function compare(observation: CompareObservation, options: CompareOptions): Comparison {
  if (observation.piece === 'findings') {
    const { failures, notices, notCompared } = observation;
    return { resources: 0, drift: [], failures, notices, notCompared };
  }
  const { resource, both, onlyLeft, onlyRight } = observation;
  const judged = [
    ...both.map((sides) => judge(sides, resource, options)),
    ...onlyLeft.map((left) => judge({ left }, resource, options)),
    ...onlyRight.map((right) => judge({ right }, resource, options)),
  ];
  return {
    resources: judged.filter(({ isCompared }) => isCompared).length,
    drift: judged.flatMap(({ drift }) => drift ?? []),
    notices: judged.flatMap(({ notices }) => notices),
  };
}

interface Judged {
  readonly isCompared: boolean;
  readonly drift?: ResourceDrift;
  readonly notices: readonly Notice[];
}

interface Given {
  readonly left?: DesiredObject;
  readonly right?: DesiredObject;
}

function judge({ left, right }: Given, resource: ResourceKind, options: CompareOptions): Judged {
  const object = (right ?? left)?.object;
  if (object === undefined) return { isCompared: false, notices: [] };
  const found = fieldsOf({ left: left?.object, right: right?.object }, resource, options);
  if (found === undefined) return { isCompared: false, notices: [] };
  const address = objectAddress(resource, object.metadata);
  const rules = allowedRules(options.allowed);
  const missing = left === undefined || right === undefined ? rules.reasonFor(object) : undefined;
  const allowed = new Map<string, Change[]>();
  const kept: Change[] = [];
  for (const { keys, change } of found.different) {
    const reason = missing ?? rules.reasonFor(object, keys);
    if (reason === undefined) kept.push(change);
    else allowed.set(reason, [...(allowed.get(reason) ?? []), change]);
  }
  if (missing !== undefined && allowed.size === 0) allowed.set(missing, []);
  const isMissing = (left === undefined || right === undefined) && missing === undefined;
  const notices = [
    ...found.notices.map((notice) => ({ ...notice, address })),
    ...Array.from(allowed, ([message, changes]) => ({
      kind: 'allowed_difference' as const,
      message,
      address,
      changes,
    })),
  ];
  if (kept.length === 0 && !isMissing) return { isCompared: true, notices };
  const { namespace } = object.metadata;
  const action = right === undefined ? 'create' : left === undefined ? 'delete' : 'update';
  const drift: ResourceDrift = {
    address,
    type: resource.kind,
    ...(namespace !== undefined && { scope: namespace }),
    action,
    cause: 'unknown',
    changes: kept,
    ...(left?.origin !== undefined && { origin: left.origin }),
  };
  return { isCompared: true, drift, notices };
}

interface Found {
  readonly different: readonly { readonly keys: Keys; readonly change: Change }[];
  readonly notices: readonly Notice[];
}

type Objects = { readonly left: KubeObject | undefined; readonly right: KubeObject | undefined };

/** Undefined when the object has none of the fields that were asked for. */
function fieldsOf(sides: Objects, resource: ResourceKind, { fields }: CompareOptions): Found | undefined {
  const mask = (change: Change): Change =>
    maskChange(change, { ...resource, at: (side, path) => valueAt(sides, side, path) });
  if (fields === undefined) {
    const { left, right } = sides;
    const different = left === undefined || right === undefined ? [] : differencesOf({ left, right }, resource);
    return {
      different: different.flatMap(({ keys, changes }) => changes.map((change) => ({ keys, change: mask(change) }))),
      notices: [],
    };
  }
  const stored = { left: storedOf(sides.left, resource), right: storedOf(sides.right, resource) };
  const selected = selectedFields(fields, stored).map((field) => ({ field, change: mask(toChange(field)) }));
  if (selected.length === 0) return undefined;
  const different = selected.filter(({ field }) => !isSame(field));
  const names = [...new Set(selected.map(({ field }) => field.name))];
  const message = `${names.join(', ')}: ${selected.length} on both sides, ${different.length} not the same`;
  return {
    different: different.map(({ field, change }) => ({ keys: field.keys, change })),
    notices: [{ kind: 'compared_values', message, changes: selected.map(({ change }) => change) }],
  };
}

/** Clear text of Secrets is where their data is, and as sealed. */
function storedOf(object: KubeObject | undefined, resource: ResourceKind): KubeObject | undefined {
  return object === undefined ? undefined : asStored(object, resource);
}

/** By keys, and by the names or positions of items. */
function valueAt({ left, right }: Objects, side: 'live' | 'desired', tokens: readonly string[]): unknown {
  return tokens.reduce<unknown>(childOf, side === 'live' ? right : left);
}

function childOf(value: unknown, token: string): unknown {
  if (Array.isArray(value))
    return value.find((item, index) => keyOfItem(item, index) === token) ?? value[Number(token)];
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[token];
}
