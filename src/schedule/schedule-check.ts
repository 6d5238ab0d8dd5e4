import type { Schedule } from '../config/config.ts';
import { systemClock, type Clock } from './clock.ts';
import { cronTurns } from './cron-turns.ts';
import { intervalTurns } from './interval-turns.ts';

export interface ScheduledCheck {
  /** When the next run is due. */
  nextRunAt(): Date | undefined;
  stop(): void;
}

/** The turns of one schedule. The first one is at once. */
export interface Turns {
  /** Plans the turn after one that begins now. */
  plan(): void;
  /** Milliseconds until the next turn, by what the clock shows now; undefined when there is none. */
  left(): number | undefined;
}

/** So soon it is noticed that the machine slept, or that its clock was set. */
const LONGEST_SLEEP_MS = 30_000;

/**
 * Calls `due` now and then on schedule, until stopped. What was missed, as the machine slept or its clock was set forth,
 * is made up once. A clock set back stops no schedule, and gives no turn twice.
 */
export function scheduleCheck(
  schedule: Schedule,
  due: () => void,
  { clock = systemClock, random = Math.random }: { readonly clock?: Clock; readonly random?: () => number } = {},
): ScheduledCheck {
  const turns = schedule.kind === 'cron' ? cronTurns(schedule, clock) : intervalTurns(schedule, clock, random);
  let cancel: (() => void) | undefined;
  const wake = (): void => {
    const left = turns.left();
    if (left !== undefined && left <= 0) begin();
    else cancel = clock.after(Math.min(left ?? LONGEST_SLEEP_MS, LONGEST_SLEEP_MS), wake);
  };
  const begin = (): void => {
    turns.plan();
    cancel = clock.after(Math.min(turns.left() ?? LONGEST_SLEEP_MS, LONGEST_SLEEP_MS), wake);
    due();
  };
  begin();
  return {
    nextRunAt: () => {
      const left = turns.left();
      return left === undefined ? undefined : new Date(clock.wall() + Math.max(0, left));
    },
    stop: () => cancel?.(),
  };
}
