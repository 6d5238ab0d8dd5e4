import { createHash } from 'node:crypto';
import type { Schedule } from '../config/config.ts';

type Interval = Extract<Schedule, { kind: 'interval' }>;

/**
 * The first turn after `after` (ms since the epoch). The turns of an interval are the same on every machine: they count
 * from the epoch, moved by the check's name so that checks of one interval spread over it, and each by up to half the
 * jitter in either direction.
 */
export function nextTurn({ intervalMs, jitter }: Interval, check: string, after: number): number {
  const offset = fraction(check) * intervalMs;
  const turn = (count: number): number =>
    Math.round(offset + (count + (fraction(`${check} ${count}`) - 0.5) * jitter) * intervalMs);
  let count = Math.floor((after - offset) / intervalMs) - 1;
  while (turn(count) <= after) count++;
  return turn(count);
}

/**
 * The id of the run of a check at a turn: whichever machine asks for it, it is one run. `turn` tells the turns of a check
 * apart.
 */
export function turnId(check: string, turn: string): string {
  const hex = createHash('sha256').update(`${check}\n${turn}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** 0 to 1, the same for the same text. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}
