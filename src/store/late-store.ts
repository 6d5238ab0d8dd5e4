import type { Logger } from 'pino';
import type { CheckState } from '../run/state.ts';
import type { RunResult } from '../run/result.ts';
import type { RecordOutcome, RunSummary, Store, Watch, WorkerBeat } from './store.ts';

/** The next attempt comes after twice the time of the one before, up to the longest. */
const FIRST_MS = 1_000;
const LONGEST_MS = 15_000;

export interface LateStoreParts {
  /** What is used until the file can be. */
  readonly memory: Store;
  /** Rejects while the file cannot be opened and read. It is called again and again: it must not block. */
  readonly open: () => Promise<Store>;
  readonly log: Logger;
}

/** Told once, when the file is used from now on. */
export type Opened = () => Promise<void>;

/**
 * A store in memory until the configured one can be opened: another process may let go of it, a disk may be repaired. It
 * moves nothing itself: the recorder keeps what was recorded while it is provisional.
 */
export class LateStore implements Store {
  readonly #parts: LateStoreParts;
  #store: Store;
  #provisional = true;
  #opened: Opened = () => Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #attempt: Promise<void> | undefined;
  #closing = false;

  constructor(parts: LateStoreParts) {
    this.#parts = parts;
    this.#store = parts.memory;
  }

  /** Whether what it holds ends with the process. */
  get provisional(): boolean {
    return this.#provisional;
  }

  /** Begins to try. */
  retry(opened: Opened): void {
    this.#opened = opened;
    this.#wait(FIRST_MS);
  }

  /** Tries now. Never rejects. */
  attempt(): Promise<void> {
    this.#attempt ??= this.#tryOnce().finally(() => {
      this.#attempt = undefined;
    });
    return this.#attempt;
  }

  load(checks?: readonly string[]): Promise<CheckState[]> {
    return this.#store.load(checks);
  }
  versions(): Promise<ReadonlyMap<string, number>> {
    return this.#store.versions();
  }
  record(state: CheckState, result: RunResult): Promise<RecordOutcome> {
    return this.#store.record(state, result);
  }
  watch(changed: (check: string) => void): Promise<Watch> {
    return this.#store.watch(changed);
  }
  runs(check: string, query: { readonly limit: number; readonly before?: string }): Promise<RunSummary[]> {
    return this.#store.runs(check, query);
  }
  forget(configured: readonly string[], now?: Date): Promise<void> {
    return this.#store.forget(configured, now);
  }
  prune(now: Date): Promise<number> {
    return this.#store.prune(now);
  }
  beat(worker: WorkerBeat): Promise<void> {
    return this.#store.beat(worker);
  }
  workers(): Promise<WorkerBeat[]> {
    return this.#store.workers();
  }
  leave(worker: string): Promise<void> {
    return this.#store.leave(worker);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    await this.#attempt;
    await this.#store.close();
  }

  #wait(ms: number): void {
    if (this.#closing || !this.#provisional) return;
    this.#timer = setTimeout(() => {
      void this.attempt().then(() => this.#wait(Math.min(2 * ms, LONGEST_MS)));
    }, ms).unref();
  }

  async #tryOnce(): Promise<void> {
    if (this.#closing || !this.#provisional) return;
    const { memory, open, log } = this.#parts;
    try {
      this.#store = await open();
    } catch (error) {
      log.debug({ error: String(error) }, 'the store still cannot be used');
      return;
    }
    this.#provisional = false;
    await this.#opened().catch((error: unknown) => {
      log.error({ error: String(error) }, 'what is stored cannot be read');
    });
    await memory.close();
    log.info('the store can be used now; what was kept in memory is moved into it');
  }
}
