import { createTask, parse } from 'node-cron';
import type { Schedule } from '../config/config.ts';

const DAY_MS = 86_400_000;
/** So that a schedule for one day of the year is seen twice. */
const TWO_YEARS = 800;
const TWO_WEEKS = 15;

/** The longest time between two runs in a row, as the alert on a stale check needs it: weekends and nights count. */
export function intervalSecondsOf(schedule: Schedule): number {
  if (schedule.kind === 'interval') return schedule.intervalMs / 1000;
  const known = longest.get(schedule.expression) ?? longestGapSeconds(schedule.expression);
  longest.set(schedule.expression, known);
  return known;
}

const longest = new Map<string, number>();

/** The times of a day are the same on each day that matches, so days and times are looked at apart. */
function longestGapSeconds(expression: string): number {
  const times = timesOfDay(expression);
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  const overDays = gaps(matchingDays(expression, first)).map((days) => days * 86_400 - (last - first));
  return Math.max(0, ...gaps(times), ...overDays);
}

/** Seconds after midnight, ascending. */
function timesOfDay(expression: string): number[] {
  const { hour, minute, second } = parse(expression);
  return hour.flatMap((h) => minute.flatMap((m) => second.map((s) => h * 3600 + m * 60 + s))).toSorted((a, b) => a - b);
}

/** Numbers of the days that match, from today on; in UTC, as a time zone moves a gap by an hour at most. */
function matchingDays(expression: string, timeOfDay: number): number[] {
  const task = createTask(expression, () => undefined, { timezone: 'UTC' });
  const today = Math.floor(Date.now() / DAY_MS);
  const { dayOfMonth, month } = parse(expression);
  const weekly = dayOfMonth.length === 31 && month.length === 12;
  const days = Array.from({ length: weekly ? TWO_WEEKS : TWO_YEARS }, (_, at) => today + at);
  const matching = days.filter((day) => task.match(new Date(day * DAY_MS + timeOfDay * 1000)));
  void task.destroy();
  return matching;
}

function gaps(ascending: readonly number[]): number[] {
  return ascending.slice(1).map((value, at) => value - (ascending[at] ?? 0));
}
