import type { Board } from '../run/board.ts';
import type { RunResult } from '../run/result.ts';
import type { RunQueue } from '../schedule/run-queue.ts';
import type { Store } from '../store/store.ts';
import type { ClaimedRun } from './run-jobs.ts';

/** Does the runs that a worker claimed. */
export interface WorkerRuns {
  /** Resolves with what the caller is told; rejects to give the run to another worker. */
  perform(run: ClaimedRun): Promise<string | undefined>;
}

export function createWorkerRuns(parts: {
  readonly board: Board;
  readonly store: Store;
  readonly queue: RunQueue<RunResult>;
}): WorkerRuns {
  const { board, store, queue } = parts;
  return {
    perform: async ({ check, ref, id, signal }) => {
      if (board.get(check) === undefined)
        throw new Error(`check ${check}: not in this worker's configuration; another worker may have it`);
      if (ref !== undefined) return JSON.stringify(await queue.enqueue(check, { adHoc: { ref }, signal, id }));
      const [stored] = await store.load([check]);
      // Recorded by a worker that could not say so before it was taken for lost.
      if (stored?.last?.id === id) return undefined;
      if (stored !== undefined && stored.version > (board.get(check)?.state.version ?? 0))
        board.update(check, { state: stored });
      await queue.enqueue(check, { signal, id });
      return undefined;
    },
  };
}
