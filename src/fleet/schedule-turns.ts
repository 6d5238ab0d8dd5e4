import type { CheckConfig, Schedule } from '../config/config.ts';
import { cronTimes } from '../schedule/cron-times.ts';
import { intervalSecondsOf } from '../schedule/interval-seconds.ts';
import type { ScheduledCheck } from '../schedule/schedule-check.ts';
import { nextTurn } from './turns.ts';

/** A timer looks at the clock at least this often: the clock may be set, the machine may sleep. */
const LOOK_MS = 30_000;

/**
 * Calls `due` with the name of each turn, on every server with the same names at the same times, so that a turn asked for
 * by all of them is one run. A check that never ran, or whose last run (ISO 8601 start) is longer ago than its schedule
 * leaves between two, is due at once.
 */
export function scheduleTurns(
  { name, schedule }: CheckConfig,
  lastStartedAt: string | undefined,
  due: (turn: string) => void,
): ScheduledCheck {
  const turnAfter = turnsOf(schedule, name);
  const longestMs = intervalSecondsOf(schedule) * 1000;
  let next = turnAfter(Date.now());
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = Date.now();
    const reached = next !== undefined && now >= next ? next : undefined;
    // A clock that was set back would leave the check alone until it catches up.
    const setBack = next !== undefined && next - now > 2 * longestMs;
    if (reached !== undefined || setBack || next === undefined) next = turnAfter(now);
    timer = setTimeout(look, Math.max(0, Math.min((next ?? Number.POSITIVE_INFINITY) - now, LOOK_MS)));
    if (reached !== undefined) due(new Date(reached).toISOString());
  };
  look();
  if (lastStartedAt === undefined || Date.now() - Date.parse(lastStartedAt) > longestMs)
    due(`after ${lastStartedAt ?? 'nothing'}`);
  return {
    nextRunAt: () => (next === undefined ? undefined : new Date(next)),
    stop: () => {
      clearTimeout(timer);
    },
  };
}

/** The first turn after an instant, both in milliseconds since the epoch. */
function turnsOf(schedule: Schedule, name: string): (instant: number) => number | undefined {
  if (schedule.kind === 'interval') return (instant) => nextTurn(schedule, name, instant);
  const times = cronTimes(schedule.expression, schedule.timezone);
  return (instant) => times.after(instant);
}
