import type { Comparison, Failure, NotCompared, Notice, ResourceDrift } from '../../../src/checker.ts';
import { objectAddress } from '../../kubernetes/address.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';
import type { StatusOptions } from '../options.ts';
import type { FluxObject } from './flux-object.ts';
import type { FluxKind } from './flux-kinds.ts';
import type { StatusObservation } from './observation.ts';
import { readinessOf } from './readiness-of.ts';
import { releaseDrift } from './release-drift.ts';
import { revisionLag } from './revision-lag.ts';
import { staleness } from './staleness.ts';
import type { Subject, Verdict } from './subject.ts';

/** Judges one page of Flux's objects. Pure; an object that cannot be read hides no other. */
export function compareStatus(observation: StatusObservation, options: StatusOptions): Comparison {
  if (observation.piece === 'flux findings') {
    return { resources: 0, drift: [], failures: observation.failures, notices: observation.notices };
  }
  const { kind, objects, facts } = observation;
  const found = objects.map((object) =>
    guarded(kind, object, (address) => judge({ object, kind, address, facts, options })),
  );
  return {
    resources: objects.length,
    drift: found.flatMap(({ drift = [] }) => drift),
    failures: found.flatMap(({ failures = [] }) => failures),
    notices: found.flatMap(({ notices = [] }) => notices),
    notCompared: found.flatMap(({ notCompared = [] }) => notCompared),
  };
}

function guarded(kind: FluxKind, object: KubeObject, judged: (address: string) => Verdict): Verdict {
  const address = objectAddress(kind, object.metadata);
  try {
    return judged(address);
  } catch (error) {
    const message = `cannot read this ${kind.kind}: ${error instanceof Error ? error.message : String(error)}`;
    return { failures: [{ phase: 'compare', reason: 'bad_output', message, address }] };
  }
}

/** What is suspended is told as such: how it is doing says nothing then, but what it lags behind still does. */
function judge(subject: Subject): Verdict {
  const { kind, address } = subject;
  const object = subject.object as FluxObject;
  const lag = kind.role === 'applier' ? revisionLag(subject) : {};
  if (object.spec?.suspend === true) {
    const suspended: Notice = { kind: 'suspended', message: 'suspended: Flux leaves it alone', address };
    const scope = object.metadata.namespace;
    const left: NotCompared = { address, type: kind.kind, ...(scope !== undefined && { scope }), why: 'suspended' };
    return join([{ notices: [suspended], notCompared: [left] }, lag]);
  }
  const parts = [readinessOf(subject), lag];
  if (kind.role === 'applier') parts.push(staleness(subject));
  if (kind.kind === 'HelmRelease') parts.push(releaseDrift(subject));
  return join(parts);
}

function join(verdicts: readonly Verdict[]): {
  drift: ResourceDrift[];
  failures: Failure[];
  notices: Notice[];
  notCompared: NotCompared[];
} {
  return {
    drift: verdicts.flatMap(({ drift = [] }) => drift),
    failures: verdicts.flatMap(({ failures = [] }) => failures),
    notices: verdicts.flatMap(({ notices = [] }) => notices),
    notCompared: verdicts.flatMap(({ notCompared = [] }) => notCompared),
  };
}
