import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import type { RunResult } from './result.ts';
import type { CheckState } from './state.ts';

const RETRY_MS = 15_000;

/** Writes results to the store; what could not be written is kept and tried again, so that a full disk loses nothing. */
export interface Recorder {
  record(state: CheckState, result: RunResult): Promise<void>;
  /** Whether the last write succeeded. */
  readonly up: boolean;
  readonly errors: number;
  /** Tries what is left once more, and stops. */
  close(): Promise<void>;
}

interface Unwritten {
  readonly state: CheckState;
  readonly results: RunResult[];
}

export function createRecorder(store: Store, log: Logger): Recorder {
  const unwritten = new Map<string, Unwritten>();
  let up = true;
  let errors = 0;

  const write = async (state: CheckState, result: RunResult): Promise<boolean> => {
    try {
      await store.record(state, result);
      up = true;
      return true;
    } catch (error) {
      if (up) log.error({ error: String(error) }, 'results cannot be stored; they are kept in memory and tried again');
      up = false;
      errors++;
      return false;
    }
  };

  const keep = (state: CheckState, result: RunResult): void => {
    const results = unwritten.get(state.check)?.results ?? [];
    unwritten.set(state.check, { state, results: [...results.slice(-99), result] });
  };

  const flush = async (): Promise<void> => {
    for (const [check, { state, results }] of unwritten) {
      for (const result of results.slice()) {
        if (!(await write(state, result))) break; // one that can never be written holds up no other check
        results.splice(results.indexOf(result), 1);
      }
      if (results.length === 0 && unwritten.get(check)?.state === state) unwritten.delete(check);
    }
  };

  const timer = setInterval(() => void flush(), RETRY_MS).unref();
  return {
    record: async (state, result) => {
      if (unwritten.has(state.check) || !(await write(state, result))) keep(state, result);
    },
    get up() {
      return up;
    },
    get errors() {
      return errors;
    },
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}
