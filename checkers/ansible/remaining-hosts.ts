import type { NotReached } from './event.ts';

/** Hosts that a run did not come to, and the 0-based play of the playbook to go on from. */
export interface Remaining {
  readonly hosts: readonly string[];
  readonly firstPlay: number;
}

/** What to run next; undefined when nothing is left, or when running again got no further. */
export function remainingHosts(notReached: readonly NotReached[], before?: Remaining): Remaining | undefined {
  const hosts = [...new Set(notReached.flatMap((play) => play.hosts))];
  if (hosts.length === 0) return undefined;
  const firstPlay = Math.min(...notReached.filter((play) => play.hosts.length > 0).map((play) => play.index));
  const further = before === undefined || firstPlay > before.firstPlay || hosts.length < before.hosts.length;
  return further ? { hosts, firstPlay } : undefined;
}
