import { CheckError } from '../../src/checker.ts';

/** So much may two clocks be apart. */
const MOST_AHEAD_MS = 3_600_000;

/**
 * Throws CheckError `stale` for what is older than allowed, and `bad_output` for what is of the future: it would stay fresh
 * for ever. `what` begins the message: `web-01: the run is of 2026-11-21T07:00:00Z,`.
 */
export function requireFresh(
  what: string,
  { ageMs, maxAgeMs, address }: { readonly ageMs: number; readonly maxAgeMs: number; readonly address?: string },
): void {
  const about = address === undefined ? {} : { address };
  if (ageMs > maxAgeMs)
    throw new CheckError('stale', `${what} ${minutes(ageMs)} ago; allowed: ${minutes(maxAgeMs)}`, about);
  if (ageMs >= -MOST_AHEAD_MS) return;
  const message = `${what} ${minutes(-ageMs)} from now: the clock that wrote it is wrong, or this one`;
  throw new CheckError('bad_output', message, about);
}

function minutes(milliseconds: number): string {
  return `${Math.round(milliseconds / 60_000)} min`;
}
