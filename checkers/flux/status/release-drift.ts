import type { ResourceDrift } from '../../../src/checker.ts';
import { durationMs } from '../../kubernetes/normalise/duration.ts';
import { conditionOf, type FluxObject } from './flux-object.ts';
import { ageOf, type Subject, type Verdict } from './subject.ts';

/** `Deployment/shop/web changed (0 additions, 1 changes, 0 removals)`, `Service/shop/web removed`. */
const LINE = /^(\S+?)\/(\S+) (changed|removed)\b/;

/** What helm-controller itself found to differ from what it installed: by its condition, or, before 1.6, by its events. */
export function releaseDrift(subject: Subject): Verdict {
  const said = messageOf(subject);
  if (said === undefined) return {};
  const { address, kind, object } = subject;
  const scope = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  const found = said.split('\n').flatMap((line): ResourceDrift[] => {
    const [, type = '', name = '', what] = LINE.exec(line.trim()) ?? [];
    if (what === undefined) return [];
    const action = what === 'removed' ? 'create' : 'update';
    return [{ address: `${address}/${type}/${name}`, type, scope, action, cause: 'out_of_band', changes: [] }];
  });
  if (found.length > 0) return { drift: unique(found) };
  return { drift: [{ address, type: kind.kind, scope, action: 'update', cause: 'out_of_band', changes: [] }] };
}

function messageOf({ object, facts, options }: Subject): string | undefined {
  const drifted = conditionOf(object, 'Drifted');
  if (drifted !== undefined) return drifted.status === 'True' ? (drifted.message ?? '') : undefined;
  const event = facts.driftEvents.get(`${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  if (event === undefined) return undefined;
  // It is repeated with every reconciliation, as long as there is drift.
  const interval = durationMs((object as FluxObject).spec?.interval) ?? 0;
  const age = ageOf(event.at, facts);
  return age !== undefined && age <= Math.max(2 * interval, options.grace) ? event.message : undefined;
}

/** Kinds of two groups may share a name: the message does not tell groups. */
function unique(drift: readonly ResourceDrift[]): ResourceDrift[] {
  return [...new Map(drift.map((one) => [one.address, one])).values()];
}
