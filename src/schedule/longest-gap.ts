import type { CheckConfig } from '../config/config.ts';
import { intervalSecondsOf } from './interval-seconds.ts';

/**
 * A turn and a time limit may each come late once: by jitter, or behind a run that takes its whole time. Whoever calls a
 * check stale - the page, the alerts, the dashboards - counts with these.
 */
export const LONGEST_GAP = { intervals: 2, timeouts: 2 } as const;

/** The longest time between the starts of two runs of a check that runs as it should, in ms; 0: it has no turns. */
export function longestGapMs({ schedule, timeoutMs }: Pick<CheckConfig, 'schedule' | 'timeoutMs'>): number {
  const intervalMs = intervalSecondsOf(schedule) * 1000;
  return intervalMs === 0 ? 0 : LONGEST_GAP.intervals * intervalMs + LONGEST_GAP.timeouts * timeoutMs;
}
