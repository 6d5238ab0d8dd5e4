import type { Schedule } from '../config/config.ts';
import type { Clock } from './clock.ts';
import type { Turns } from './schedule-check.ts';

/** So far the two times may be apart before one of them was set. */
const SET_MS = 1000;

/**
 * An interval keeps its pace from the start, each turn moved by up to half its jitter in either direction. A turn is due
 * when either time says that the interval is over: the wall's knows of a sleep, the monotonic one of a clock set back.
 */
export function intervalTurns(
  { intervalMs, jitter }: Extract<Schedule, { kind: 'interval' }>,
  clock: Clock,
  random: () => number,
): Turns {
  let turn = clock.monotonic();
  let due = { monotonic: turn, wall: clock.wall() };
  return {
    plan: () => {
      const now = clock.monotonic();
      // After a sleep the pace starts anew.
      const isOff = now < due.monotonic - SET_MS || now - turn > intervalMs;
      turn = (isOff ? now : turn) + intervalMs;
      const monotonic = Math.max(now, turn + (random() - 0.5) * jitter * intervalMs);
      due = { monotonic, wall: clock.wall() + monotonic - now };
    },
    left: () => Math.min(due.monotonic - clock.monotonic(), due.wall - clock.wall()),
  };
}
