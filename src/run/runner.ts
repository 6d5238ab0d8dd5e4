import type { Logger } from 'pino';
import type { EnqueueOptions } from '../schedule/run-queue.ts';
import type { Board } from './board.ts';
import type { Advance, Recorder } from './recorder.ts';
import type { RunResult } from './result.ts';
import { runCheck, type RunDependencies } from './run-check.ts';
import { nextState } from './state.ts';

/**
 * Executes one run for the queue and makes its outcome known: on the board, in the store, in the metrics, in the log.
 * Rejects with the signal's reason when it was aborted: it has no outcome.
 */
export type Runner = (check: string, options: EnqueueOptions & { readonly signal: AbortSignal }) => Promise<RunResult>;

export interface RunnerDependencies {
  readonly board: Board;
  readonly recorder: Recorder;
  readonly log: Logger;
  /** Read at the start of each run: a reload changes it. */
  readonly dependencies: () => RunDependencies;
  readonly finished: (result: RunResult) => void;
}

export function createRunner({ board, recorder, log, dependencies, finished }: RunnerDependencies): Runner {
  return async (name, { adHoc, id, signal }) => {
    const config = board.get(name)?.config;
    if (config === undefined) throw new Error(`no such check: ${name}`);
    const result = await runCheck(
      { check: config, signal, ...adHoc, ...(id !== undefined && { runId: id }) },
      dependencies(),
    );
    finished(result);
    const { check, checker, status, durationSeconds, resources } = result;
    const fields = {
      check,
      checker,
      status,
      durationSeconds,
      resources,
      drifted: result.drift.length,
      failures: result.failures,
    };
    if (signal.aborted) {
      log.info(fields, 'run aborted');
      throw signal.reason;
    }
    // An ad-hoc run answers another question: it says nothing of the check.
    if (adHoc !== undefined) {
      log.info(fields, 'ad-hoc run finished');
      return result;
    }
    await publish({ board, recorder }, result);
    log[status === 'error' ? 'warn' : 'info'](fields, 'run finished');
    return result;
  };
}

async function publish(
  { board, recorder }: Pick<RunnerDependencies, 'board' | 'recorder'>,
  result: RunResult,
): Promise<void> {
  const entry = board.get(result.check);
  if (entry === undefined) return;
  const advance: Advance = (before, run) => nextState(before, run, entry.config.confirmations);
  const state = advance(entry.state, result);
  board.update(result.check, { state });
  const recorded = await recorder.record(state, result, advance);
  if (recorded !== state) board.update(result.check, { state: recorded });
}
