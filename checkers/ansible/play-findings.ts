import type { Failure, Notice } from '../../src/drift.ts';
import type { AnsibleObservation } from './observation.ts';

type Play = NonNullable<AnsibleObservation['plays']>[number];

/** Hosts that a play should have looked at and did not. */
export function playFailures(event: Play): Failure[] {
  if (event.event === 'no_hosts') {
    if (event.unknown.length === 0) return [];
    const message = `play ${event.play}: hosts: ${event.pattern}: the inventory has no ${event.unknown.join(', ')}`;
    return [{ phase: 'observe', reason: 'not_found', message }];
  }
  const message =
    event.event === 'play_aborted'
      ? `play ${event.play}: ended early because other hosts failed; the rest of it was not looked at here`
      : `play ${event.play}: not reached because an earlier play failed`;
  if (event.hosts.length === 0) return [{ phase: 'observe', reason: 'dependency', message }];
  return event.hosts.map((address) => ({ phase: 'observe', reason: 'dependency', message, address }));
}

export function playNotices(event: Play): Notice[] {
  if (event.event !== 'no_hosts' || event.unknown.length > 0) return [];
  return [{ kind: 'warning', message: `play ${event.play}: hosts: ${event.pattern}: matches no host` }];
}
