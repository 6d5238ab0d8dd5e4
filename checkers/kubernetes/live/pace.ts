import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the next request may go out. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/** At most `qps` a second over time, up to one second's worth at once. Rejects with the signal's reason. */
export function createPace(qps: number): Pace {
  const intervalMs = 1000 / qps;
  const burstMs = Math.max(1000, intervalMs);
  let next = -Infinity;
  return async (signal) => {
    const now = performance.now();
    next = Math.max(next, now - burstMs) + intervalMs;
    if (next > now) await pause(next - now, signal);
  };
}

/** Rejects with the signal's reason, not with an AbortError. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
