import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import type { RunResult } from './result.ts';
import { withLateRun, type CheckState } from './state.ts';

const RETRY_MS = 15_000;
/** Results kept of one check while the store cannot be written. */
const KEPT = 100;
/** How often in a row another process may be faster with the same check. */
const ATTEMPTS = 20;

/** The state that a result leads to. */
export type Advance = (before: CheckState, result: RunResult) => CheckState;

/** Writes results to the store; what could not be written is kept and tried again, so that a full disk loses nothing. */
export interface Recorder {
  /**
   * Resolves with the state that stands: `state`, or, where another process recorded in between, what the result makes
   * of that. Never rejects.
   */
  record(state: CheckState, result: RunResult, advance: Advance): Promise<CheckState>;
  /** Whether the last write succeeded, and what is written lasts. */
  readonly up: boolean;
  readonly errors: number;
  /** Writes what is kept, now: the store can be written again. */
  flush(): Promise<void>;
  /** Tries what is left once more, and stops. */
  close(): Promise<void>;
}

/** What a provisional store holds ends with the process: it is kept, to be written again when it is not any more. */
export type RecordStore = Pick<Store, 'record'> & { readonly provisional?: boolean };

interface Run {
  readonly state: CheckState;
  readonly result: RunResult;
  readonly advance: Advance;
}

/** What the store holds of a check, as far as this process knows. */
interface Stored {
  readonly version: number;
  /** Set once it is not the state that this process computed: results go on from this one. */
  readonly state?: CheckState;
}

interface Backlog {
  stored: Stored;
  readonly runs: Run[];
}

export function createRecorder(store: RecordStore, log: Logger): Recorder {
  const backlogs = new Map<string, Backlog>();
  let up = true;
  let errors = 0;
  let flushing: Promise<void> | undefined;

  const write = async (run: Run, stored: Stored): Promise<Stored | undefined> => {
    try {
      const after = await writeOnto(store, run, stored);
      up = true;
      return after;
    } catch (error) {
      if (up) log.error({ error: String(error) }, 'results cannot be stored; they are kept in memory and tried again');
      up = false;
      errors++;
      return undefined;
    }
  };

  const keep = (run: Run, stored: Stored): void => {
    const kept = backlogs.get(run.state.check) ?? { stored, runs: [] };
    kept.runs.push(run);
    if (kept.runs.length > KEPT) kept.runs.shift();
    backlogs.set(run.state.check, kept);
  };

  const flushCheck = async (check: string, backlog: Backlog): Promise<void> => {
    for (let run = backlog.runs[0]; run !== undefined; run = backlog.runs[0]) {
      const stored = await write(run, backlog.stored);
      if (stored === undefined) return; // one that can never be written holds up no other check
      backlog.stored = stored;
      const [first] = backlog.runs;
      if (first === run) backlog.runs.shift();
    }
    backlogs.delete(check);
  };

  const flushAll = async (): Promise<void> => {
    for (const [check, backlog] of backlogs) await flushCheck(check, backlog);
  };
  const flush = async (): Promise<void> => {
    if (store.provisional === true) return;
    flushing ??= flushAll().finally(() => {
      flushing = undefined;
    });
    await flushing;
  };

  const timer = setInterval(() => void flush(), RETRY_MS).unref();
  return {
    record: async (state, result, advance) => {
      const run = { state, result, advance };
      const before = { version: state.version - 1 };
      if (store.provisional === true) {
        keep(run, before);
        await write(run, before);
        return state;
      }
      const stored = backlogs.has(state.check) ? undefined : await write(run, before);
      if (stored !== undefined) return stored.state ?? state;
      keep(run, before);
      return state;
    },
    flush,
    get up() {
      return up && store.provisional !== true;
    },
    get errors() {
      return errors;
    },
    close: async () => {
      clearInterval(timer);
      await flushing;
      await flush();
    },
  };
}

/** Tries until the store takes it: each refusal tells the state to go on from. */
async function writeOnto(store: RecordStore, run: Run, known: Stored): Promise<Stored> {
  let stored = known;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const state =
      stored.state === undefined ? { ...run.state, version: stored.version + 1 } : follow(stored.state, run);
    const answer = await store.record(state, run.result);
    if (answer.outcome === 'recorded') return { version: state.version, ...(stored.state !== undefined && { state }) };
    stored = { version: answer.current.version, state: answer.current };
    if (answer.outcome === 'repeated') return stored;
  }
  throw new Error(`check ${run.state.check}: another process recorded in between, ${ATTEMPTS} times in a row`);
}

/** A run that began before the last one stored is late: it counts, but says nothing about now. */
function follow(stored: CheckState, { result, advance }: Run): CheckState {
  const late = stored.last !== undefined && Date.parse(result.startedAt) < Date.parse(stored.last.startedAt);
  return late ? withLateRun(stored, result) : advance(stored, result);
}
