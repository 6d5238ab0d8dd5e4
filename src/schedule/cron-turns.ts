import type { Schedule } from '../config/config.ts';
import type { Clock } from './clock.ts';
import { cronTimes } from './cron-times.ts';
import type { Turns } from './schedule-check.ts';

/** Less than this, a clock that was set back is waited for. */
const SET_BACK_MS = 1000;

/**
 * The times of a cron expression. Of those missed in a sleep, or left out as the clock was set forth, the last is made
 * up. A time that comes again, as the clock was set back, is a turn again only when more than half the time to the one
 * after it has passed since the last turn: every five minutes goes on, once a day is not done twice.
 */
export function cronTurns({ expression, timezone }: Extract<Schedule, { kind: 'cron' }>, clock: Clock): Turns {
  const times = cronTimes(expression, timezone);
  let latest = { time: -Infinity, monotonic: clock.monotonic() };
  let next: number | undefined = clock.wall();
  let lead = clock.wall() - clock.monotonic();

  const isTooSoon = (time: number): boolean => {
    const passed = time - clock.wall() + clock.monotonic() - latest.monotonic;
    return time <= latest.time && passed < ((times.after(time) ?? Infinity) - time) / 2;
  };
  const find = (): void => {
    lead = clock.wall() - clock.monotonic();
    next = times.after(clock.wall());
    while (next !== undefined && isTooSoon(next)) next = times.after(next);
  };

  return {
    plan: () => {
      // The first turn is at once, whatever the time.
      latest = { time: next ?? clock.wall(), monotonic: clock.monotonic() };
      find();
    },
    left: () => {
      if (clock.wall() - clock.monotonic() < lead - SET_BACK_MS) find();
      return next === undefined ? undefined : next - clock.wall();
    },
  };
}
