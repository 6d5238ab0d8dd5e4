import type { Cause, ResourceDrift } from '../../src/checker.ts';
import { configurationAddress } from './configuration-resources.ts';
import { follows, type Moved } from './follows.ts';
import type { OutsideChange } from './outside-notices.ts';
import type { Plan, PlannedChange } from './plan.ts';

export interface Judgement {
  readonly planned: PlannedChange;
  readonly drift: ResourceDrift;
}

/**
 * Where resources moved outside Terraform, others change with them: those that provably follow are out of band too, those
 * that may are `unknown`, and only the rest is unapplied.
 */
export function followingCauses(
  judged: readonly Judgement[],
  outside: ReadonlyMap<string, OutsideChange>,
  { references }: Pick<Plan, 'references'>,
): ResourceDrift[] {
  if (outside.size === 0) return judged.map(({ drift }) => drift);
  const moved = new Map<string, Moved[]>();
  const add = (address: string, one: Moved): void => {
    const key = configurationAddress(address);
    moved.set(key, [...(moved.get(key) ?? []), one]);
  };
  for (const { entry } of outside.values())
    add(entry.address, { recorded: entry.change.before, now: entry.change.after, unknown: undefined, isCertain: true });
  for (const { planned, drift } of judged)
    if (drift.cause === 'out_of_band') add(planned.address, putRight(planned, outside.get(planned.address)));

  const causes = new Map<Judgement, Cause>();
  const learn = (one: Judgement): boolean => {
    const known = causes.get(one);
    if (one.drift.cause !== 'unapplied' || known === 'out_of_band') return false;
    const following = follows(one.planned, one.drift.changes, { references, moved });
    const cause = following === 'proven' ? 'out_of_band' : 'unknown';
    if (following === 'no' || cause === known) return false;
    causes.set(one, cause);
    add(one.planned.address, { ...putRight(one.planned), isCertain: following === 'proven' });
    return true;
  };
  // What follows from what follows is found in the next round.
  while (judged.filter(learn).length > 0);
  return judged.map((one) => {
    const cause = causes.get(one);
    return cause === undefined ? one.drift : { ...one.drift, cause };
  });
}

/** What was deleted is made anew from what was recorded. */
function putRight({ change }: PlannedChange, outside?: OutsideChange): Moved {
  const recorded = change.before ?? outside?.entry.change.before;
  return { recorded, now: change.after, unknown: change.afterUnknown, isCertain: true };
}
