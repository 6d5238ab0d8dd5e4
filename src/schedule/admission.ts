/** A run that waits, or goes on. */
export interface Weighed {
  readonly check: string;
  /** What share of the room it takes; 1 for most. */
  readonly weight: number;
}

/**
 * Which of the waiting runs may begin now, in their order. Room is counted in weight: of `room` in all, the running ones
 * have theirs. Never two runs of one check, and none that is held. A run that is too heavy for what is free waits with
 * nothing lighter passing it, or it would wait for ever; one heavier than all the room runs alone.
 */
export function admitted<Run extends Weighed>(
  waiting: Iterable<Run>,
  {
    running,
    room,
    isHeld,
  }: { readonly running: Iterable<Weighed>; readonly room: number; readonly isHeld: (check: string) => boolean },
): Run[] {
  const busy = new Set<string>();
  let taken = 0;
  for (const { check, weight } of running) {
    busy.add(check);
    taken += weight;
  }
  const begin: Run[] = [];
  for (const run of waiting) {
    if (taken >= room) break;
    if (busy.has(run.check) || isHeld(run.check)) continue;
    if (taken > 0 && taken + run.weight > room) break;
    busy.add(run.check);
    taken += run.weight;
    begin.push(run);
  }
  return begin;
}
