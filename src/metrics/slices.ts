import { setImmediate } from 'node:timers/promises';

/** Other work waits no longer than this for a scrape. Milliseconds. */
const SLICE_MS = 5;

/** Called between steps of long work: lets other work in when a slice is used up. */
export function createSlices(): () => Promise<void> | undefined {
  let until = performance.now() + SLICE_MS;
  const rest = async (): Promise<void> => {
    await setImmediate();
    until = performance.now() + SLICE_MS;
  };
  return () => (performance.now() < until ? undefined : rest());
}
