import { durationMs } from '../../kubernetes/normalise/duration.ts';
import type { FluxObject } from './flux-object.ts';
import { ageOf, type Subject, type Verdict } from './subject.ts';

/**
 * An object that Flux did not look at for several of its intervals: the controller is down, or overwhelmed. Each look
 * leaves its time in the status or in the field manager's entry of it.
 */
export function staleness(subject: Subject): Verdict {
  const { object, address, facts, options } = subject;
  const interval = durationMs((object as FluxObject).spec?.interval);
  if (interval === undefined) return {};
  const looks = timesOf(object);
  const ages = looks.map((at) => ageOf(at, facts)).filter((age) => age !== undefined);
  const age = ages.length > 0 ? Math.min(...ages) : ageOf(object.metadata['creationTimestamp'], facts);
  if (age === undefined || age <= Math.max(options.intervals * interval, options.grace)) return {};
  const what = ages.length > 0 ? 'last reconciled' : 'never reconciled, and made';
  const message = `${what} ${Math.round(age / 1000)} s ago; its interval is ${Math.round(interval / 1000)} s`;
  return { failures: [{ phase: 'observe', reason: 'stale', message, address }] };
}

function timesOf({ metadata, status }: FluxObject): unknown[] {
  return [
    ...(metadata.managedFields ?? []).filter(({ subresource }) => subresource === 'status').map(({ time }) => time),
    ...(status?.conditions ?? []).map(({ lastTransitionTime }) => lastTransitionTime),
    ...(status?.history ?? []).map(({ lastReconciled }) => lastReconciled),
  ];
}
