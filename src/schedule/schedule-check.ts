import { createTask } from 'node-cron';
import type { Schedule } from '../config/config.ts';

export interface ScheduledCheck {
  /** When the next run is due. */
  nextRunAt(): Date | undefined;
  stop(): void;
}

/**
 * Calls `due` now and then on schedule, until stopped. An interval keeps its pace from the start, each turn moved by up to
 * half its jitter in either direction; turns missed while the machine slept are not made up.
 */
export function scheduleCheck(schedule: Schedule, due: () => void, random: () => number = Math.random): ScheduledCheck {
  return schedule.kind === 'cron' ? scheduleCron(schedule, due) : scheduleInterval(schedule, due, random);
}

function scheduleCron({ expression, timezone }: Extract<Schedule, { kind: 'cron' }>, due: () => void): ScheduledCheck {
  const task = createTask(expression, due, { timezone, suppressMissedWarning: true, logger: SILENT });
  void task.start();
  due();
  return {
    nextRunAt: () => task.getNextRun() ?? undefined,
    stop: () => {
      void task.destroy();
    },
  };
}

const SILENT = { info: (): void => {}, warn: (): void => {}, error: (): void => {}, debug: (): void => {} };

/** Node.js fires a longer one at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function scheduleInterval(
  { intervalMs, jitter }: Extract<Schedule, { kind: 'interval' }>,
  due: () => void,
  random: () => number,
): ScheduledCheck {
  let turn = Date.now();
  let next = turn;
  let timer: NodeJS.Timeout | undefined;
  const plan = (): void => {
    const now = Date.now();
    // After a jump of the clock in either direction the pace starts anew.
    turn = Math.abs(now - turn) > intervalMs ? now + intervalMs : turn + intervalMs;
    next = Math.max(now, turn + (random() - 0.5) * jitter * intervalMs);
    timer = setTimeout(fire, Math.min(next - now, LONGEST_TIMER_MS));
  };
  const fire = (): void => {
    plan();
    due();
  };
  fire();
  return {
    nextRunAt: () => new Date(next),
    stop: () => {
      clearTimeout(timer);
    },
  };
}
