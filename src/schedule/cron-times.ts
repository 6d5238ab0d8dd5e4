import { createTask, parse } from 'node-cron';
import { timeZone } from './time-zone.ts';

/** When a cron schedule is due. */
export interface CronTimes {
  /**
   * The first instant after another one, both in milliseconds; undefined when there is none within eight years. Times
   * that the clock leaves out as it is set forth are due at the moment it is, all together. Times that it shows twice
   * are due the first time only, unless the expression names every hour.
   */
  after(instant: number): number | undefined;
}

/** `expression`: what node-cron calls valid; it also says which days match. */
export function cronTimes(expression: string, zoneName: string): CronTimes {
  const zone = timeZone(zoneName);
  const times = known.get(expression) ?? localTimes(expression);
  known.set(expression, times);

  const next = (instant: number): number | undefined => {
    const offset = zone.offsetAt(instant);
    const local = times.nextLocal(instant + offset);
    if (local === undefined) return undefined;
    const due = local - offset;
    if (zone.offsetAt(due) === offset) return due;
    const change = zone.changeBetween(instant, due);
    const changed = zone.offsetAt(change);
    if (changed > offset) return Math.max(change, local - changed);
    const again = times.nextLocal(change + changed - 1);
    return again === undefined ? undefined : again - changed;
  };

  return {
    after: (instant) => {
      let due = next(instant);
      if (times.everyHour) return due;
      while (due !== undefined && zone.isRepeated(due)) due = next(due);
      return due;
    },
  };
}

/** By expression: a thousand checks have a few in common. */
const known = new Map<string, LocalTimes>();

const DAY_MS = 86_400_000;
/** From one 29th of February to the next where a century leaves one out. */
const MOST_DAYS = 8 * 366;

interface LocalTimes {
  /** The first time after another one, as a clock that is never set would show them. */
  nextLocal(local: number): number | undefined;
  /** All 24 are named. */
  readonly everyHour: boolean;
}

function localTimes(expression: string): LocalTimes {
  const { hour, minute, second } = parse(expression);
  const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
  const [hours, minutes, seconds] = [ascending(hour), ascending(minute), ascending(second)];
  const timeAfter = (time: number): number | undefined => {
    for (const h of hours) {
      if (h * 3600 + 3599 <= time) continue;
      for (const m of minutes) {
        if (h * 3600 + m * 60 + 59 <= time) continue;
        const found = seconds.find((s) => h * 3600 + m * 60 + s > time);
        if (found !== undefined) return h * 3600 + m * 60 + found;
      }
    }
    return undefined;
  };
  const first = timeAfter(-1) ?? 0;
  const isDay = matchingDays(expression, first);
  return {
    everyHour: hours.length === 24,
    nextLocal: (local) => {
      const today = Math.floor(local / DAY_MS);
      const time = isDay(today) ? timeAfter(Math.floor((local - today * DAY_MS) / 1000)) : undefined;
      if (time !== undefined) return today * DAY_MS + time * 1000;
      for (let day = today + 1; day <= today + MOST_DAYS; day++) {
        if (isDay(day)) return day * DAY_MS + first * 1000;
      }
      return undefined;
    },
  };
}

/** Whether a day, by its number since 1970, matches. `timeOfDay`: one that does, in seconds. */
function matchingDays(expression: string, timeOfDay: number): (day: number) => boolean {
  const task = createTask(expression, () => undefined, { timezone: 'UTC' });
  void task.destroy(); // it never runs: it only knows the rules
  let last = { day: NaN, matches: false };
  return (day) => {
    if (last.day !== day) last = { day, matches: task.match(new Date(day * DAY_MS + timeOfDay * 1000)) };
    return last.matches;
  };
}
