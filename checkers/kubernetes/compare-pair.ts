import type { Change, Json, Notice, ResourceDrift } from '../../src/checker.ts';
import { diffValues } from '../../src/diff/diff-values.ts';
import { objectAddress } from './address.ts';
import { missingObject } from './compare-missing.ts';
import { ignoredByAnnotation } from './ignore/annotations.ts';
import type { IgnoreRules } from './ignore/ignore-rules.ts';
import { asStored } from './normalise/as-stored.ts';
import { pointerOf, type FieldPath } from './normalise/field-path.ts';
import { FieldWalk } from './normalise/field-walk.ts';
import type { Finding, Undeclared } from './normalise/finding.ts';
import { maskChange } from './normalise/sensitive.ts';
import type { ClusterFacts, DesiredObject, KubeObject, ResourceKind } from './observation.ts';
import { attribute, mergeAttributions } from './ownership/attribution.ts';
import { fieldOwners } from './ownership/field-owners.ts';
import { lastApplied } from './ownership/last-applied.ts';
import type { ManagerTable } from './ownership/managers.ts';
import { objectRules } from './ownership/object-rules.ts';
import { isUndeclaredDrift, type Evidence } from './ownership/undeclared.ts';
import { isImmutable } from './schema/immutable-fields.ts';
import { ANY_NODE } from './schema/schema-node.ts';

export interface PairContext {
  readonly resource: ResourceKind;
  readonly facts: ClusterFacts;
  readonly classify: ManagerTable;
  readonly rules: IgnoreRules;
}

/** What came of one object. */
export interface ObjectVerdict {
  readonly drift: ResourceDrift | undefined;
  readonly notices: readonly Notice[];
}

const IN_SYNC: ObjectVerdict = { drift: undefined, notices: [] };

/** Compares one declared object with its live one. */
export function comparePair(
  pair: { readonly desired: DesiredObject; readonly live: KubeObject },
  context: PairContext,
): ObjectVerdict {
  const { resource, facts, classify } = context;
  const desired = asStored(pair.desired.object, resource);
  const { live } = pair;
  let known: Evidence | undefined;
  const root = resource.schema?.root ?? ANY_NODE;
  const evidence = (): Evidence =>
    (known ??= {
      owners: fieldOwners(live, classify),
      lastApplied: lastApplied(live, resource.kind),
      builtIn: root.typeName !== undefined,
    });
  const rules = objectRules({ desired, live, resource, facts });
  const repeated: FieldPath[] = [];
  const isDrift = (field: Undeclared): boolean => {
    if (!isUndeclaredDrift(field, evidence()) || rules.isInjected(field.path)) return false;
    if (!rules.isRepeated(field.path)) return true;
    if (typeof field.path.at(-1) === 'object') repeated.push([...field.path]);
    return false;
  };
  const walk = new FieldWalk({ ...rules, isDrift });
  walk.object({ live: rules.live, desired }, root);
  const isGoing = live.metadata.deletionTimestamp !== undefined;
  if (walk.findings.length + walk.unknownFields.length + repeated.length === 0 && !isGoing) return IN_SYNC;

  const findings = keepWatched(walk.findings, { desired, live, context, evidence });
  const address = objectAddress(resource, desired.metadata);
  const notices: Notice[] = [
    ...walk.unknownFields.map((path) => unknownField(path, resource, address)),
    ...repeated.map((path) => repeatedVariable(path, address)),
  ];
  if (isGoing) {
    notices.push({ kind: 'terminating', message: 'deleted, and held by its finalizers', address });
    return { drift: goingObject(pair.desired, resource), notices };
  }
  if (findings.length === 0) return { drift: undefined, notices };
  return {
    drift: driftOf({ findings, desired, live, address, origin: pair.desired.origin, evidence: evidence() }, resource),
    notices,
  };
}

interface Objects {
  readonly desired: KubeObject;
  readonly live: KubeObject;
}

/** What no ignore rule and no annotation in git covers. */
function keepWatched(
  findings: readonly Finding[],
  { desired, live, context, evidence }: Objects & { context: PairContext; evidence: () => Evidence },
): readonly Finding[] {
  if (findings.length === 0) return findings;
  const isAnnotated = ignoredByAnnotation(desired);
  const isIgnored = context.rules.forObject({ desired, live }, evidence);
  return findings.filter((finding) => !isAnnotated(finding) && !isIgnored(finding));
}

interface Drifted extends Objects {
  readonly findings: readonly Finding[];
  readonly address: string;
  readonly origin: DesiredObject['origin'];
  readonly evidence: Evidence;
}

function driftOf(drifted: Drifted, resource: ResourceKind): ResourceDrift {
  const { findings, desired, live, address, origin, evidence } = drifted;
  const { cause, actor } = mergeAttributions(findings.map((finding) => attribute(finding, evidence)));
  const root = resource.schema?.root ?? ANY_NODE;
  const context = { group: resource.group, kind: resource.kind, live, root };
  const changes = findings.flatMap((finding) => changesOf(finding, isImmutable(finding.path, context)));
  const { namespace } = desired.metadata;
  const at = (side: 'live' | 'desired', tokens: readonly string[]): unknown => valueAt({ live, desired }[side], tokens);
  return {
    address,
    type: resource.kind,
    ...(namespace === undefined ? {} : { scope: namespace }),
    action: changes.some((change) => change.forcesReplacement === true) ? 'replace' : 'update',
    cause,
    ...(actor === undefined ? {} : { actor }),
    changes: changes.map((change) => maskChange(change, { group: resource.group, kind: resource.kind, at })),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** Git wants an object that is being deleted, which cannot be undone: it is as good as missing. */
function goingObject(desired: DesiredObject, resource: ResourceKind): ResourceDrift {
  return { ...missingObject(desired, resource), cause: 'out_of_band' };
}

function changesOf(finding: Finding, forcesReplacement: boolean): Change[] {
  const pointer = pointerOf(finding.path);
  const replacement = forcesReplacement ? { forcesReplacement } : {};
  const changes = diffValues(finding.live as Json | undefined, finding.desired as Json | undefined);
  return changes.map((change) => Object.assign(change, { path: pointer + change.path }, replacement));
}

function unknownField(path: FieldPath, resource: ResourceKind, address: string): Notice {
  const pointer = pointerOf(path);
  const message = `git declares ${pointer}, which ${resource.kind} does not have in the cluster's schema`;
  return { kind: 'invalid_field', message, address, changes: [{ op: 'add', path: pointer }] };
}

/** `kubectl set env` writes to all containers of a pod what was meant for one. */
function repeatedVariable(path: FieldPath, address: string): Notice {
  const pointer = pointerOf(path);
  const message = `${pointer} repeats a variable that git declares, with the same value, for another container`;
  return { kind: 'outside_change', message, address, changes: [{ op: 'remove', path: pointer }] };
}

function valueAt(value: unknown, tokens: readonly string[]): unknown {
  let at = value;
  for (const token of tokens) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, token)) return undefined;
    at = (at as Record<string, unknown>)[token];
  }
  return at;
}
