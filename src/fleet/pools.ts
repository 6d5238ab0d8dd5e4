import type { Board } from '../run/board.ts';
import type { Worker } from './presence.ts';

/** A pool that checks are in or workers work. */
export interface Pool {
  readonly name: string;
  /** Workers that live. */
  readonly workers: number;
  readonly checks: number;
  /** Checks whose run waits for a worker. */
  readonly queued: number;
  /** Checks whose run goes on. */
  readonly running: number;
}

/** Sorted by name. */
export function poolsOf(board: Board, workers: readonly Worker[]): Pool[] {
  const alive = workers.filter((worker) => worker.alive);
  const byPool = Map.groupBy(board.entries(), ({ config }) => config.pool);
  const names = new Set([...byPool.keys(), ...alive.flatMap(({ pools }) => pools)]);
  return [...names].toSorted().map((name) => {
    const entries = byPool.get(name) ?? [];
    return {
      name,
      workers: alive.filter(({ pools }) => pools.includes(name)).length,
      checks: entries.length,
      queued: entries.filter(({ activity }) => activity === 'queued').length,
      running: entries.filter(({ activity }) => activity === 'running').length,
    };
  });
}

/** What every reader of the page must know of the fleet. */
export function poolNotes(pools: readonly Pool[]): string[] {
  return pools
    .filter(({ workers, checks }) => workers === 0 && checks > 0)
    .map(
      ({ name, checks }) =>
        `Pool ${name} has no live worker: ${checks === 1 ? 'its check is' : `its ${checks} checks are`} not run.`,
    );
}
