import { createTask } from 'node-cron';
import type { CheckConfig, Schedule } from '../config/config.ts';
import { intervalSecondsOf } from '../schedule/interval-seconds.ts';
import type { ScheduledCheck } from '../schedule/schedule-check.ts';
import { nextTurn } from './turns.ts';

/** A timer looks at the clock at least this often: the clock may jump, the machine may sleep. */
const LOOK_MS = 30_000;

const SILENT = { info: (): void => {}, warn: (): void => {}, error: (): void => {}, debug: (): void => {} };

/**
 * Calls `due` with the name of each turn, on every server with the same names at the same times, so that a turn asked for
 * by all of them is one run. A check that never ran, or whose last run (ISO 8601 start) is longer ago than its schedule
 * leaves between two, is due at once.
 */
export function scheduleTurns(
  check: CheckConfig,
  lastStartedAt: string | undefined,
  due: (turn: string) => void,
): ScheduledCheck {
  const { schedule } = check;
  const scheduled = schedule.kind === 'cron' ? cronTurns(schedule, due) : intervalTurns(schedule, check.name, due);
  if (isOverdue(schedule, lastStartedAt)) due(`after ${lastStartedAt ?? 'nothing'}`);
  return scheduled;
}

function isOverdue(schedule: Schedule, lastStartedAt: string | undefined): boolean {
  if (lastStartedAt === undefined) return true;
  return Date.now() - Date.parse(lastStartedAt) > intervalSecondsOf(schedule) * 1000;
}

function cronTurns(
  { expression, timezone }: Extract<Schedule, { kind: 'cron' }>,
  due: (turn: string) => void,
): ScheduledCheck {
  const task = createTask(expression, ({ date }) => due(date.toISOString()), {
    timezone,
    suppressMissedWarning: true,
    logger: SILENT,
  });
  void task.start();
  return {
    nextRunAt: () => task.getNextRun() ?? undefined,
    stop: () => {
      void task.destroy();
    },
  };
}

function intervalTurns(
  schedule: Extract<Schedule, { kind: 'interval' }>,
  name: string,
  due: (turn: string) => void,
): ScheduledCheck {
  let next = nextTurn(schedule, name, Date.now());
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = Date.now();
    const reached = now >= next;
    const turn = new Date(next).toISOString();
    // After a jump of the clock in either direction, turns go on from where it is now.
    if (reached || next - now > 2 * schedule.intervalMs) next = nextTurn(schedule, name, now);
    timer = setTimeout(look, Math.min(next - now, LOOK_MS));
    if (reached) due(turn);
  };
  look();
  return {
    nextRunAt: () => new Date(next),
    stop: () => {
      clearTimeout(timer);
    },
  };
}
