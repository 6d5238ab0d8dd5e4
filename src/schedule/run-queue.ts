import { CheckError } from '../checker.ts';
import { admitted } from './admission.ts';

/** What is asked of one run beside the check itself. A run with either is an answer to one caller, not the check's state. */
export interface AdHoc {
  readonly ref?: string;
  readonly input?: string;
}

export interface EnqueueOptions {
  readonly adHoc?: AdHoc;
  /** Ends the run: its only caller has left, or it was given to another machine. */
  readonly signal?: AbortSignal;
  /** UUID of the run; a new one unless given. */
  readonly id?: string;
}

export interface RunQueue<Result> {
  /**
   * Runs a check when there is room. A plain request joins the run of that check that waits or goes on; an ad-hoc one
   * waits until the check is free. Rejects with CheckError `aborted` when it is cancelled before it began.
   */
  enqueue(check: string, options?: EnqueueOptions): Promise<Result>;
  /** Ends and forgets the runs of a check; settles when they have ended. */
  cancel(check: string): Promise<void>;
  /** Ends and forgets all runs; settles when they have ended. */
  cancelAll(why: string): Promise<void>;
  /** Begins no run of a check, until released: what is asked for meanwhile waits. */
  hold(check: string): void;
  release(check: string): void;
  activityOf(check: string): 'idle' | 'queued' | 'running';
  readonly queued: number;
  readonly running: number;
  /** Takes no more runs, ends those that go on; settles when they have ended. */
  close(): Promise<void>;
}

interface Job<Result> {
  readonly check: string;
  readonly weight: number;
  readonly options: EnqueueOptions;
  readonly controller: AbortController;
  readonly promise: Promise<Result>;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A queue in this process: at most `concurrency` runs at once, never two of one check, first come first served.
 * `changed` is told whenever a check's activity changes.
 */
export function createRunQueue<Result>(options: {
  readonly concurrency: () => number;
  /** How much of `concurrency` a run of the check takes; 1 unless given. */
  readonly weightOf?: (check: string) => number;
  readonly perform: (check: string, options: EnqueueOptions & { readonly signal: AbortSignal }) => Promise<Result>;
  readonly changed?: (check: string) => void;
}): RunQueue<Result> {
  const waiting = createLine<Job<Result>>();
  const running = new Map<string, Job<Result>>();
  const held = new Set<string>();
  let closed = false;

  const start = (): void => {
    const room = options.concurrency();
    const isHeld = (check: string): boolean => held.has(check);
    for (const job of admitted(waiting.all(), { running: running.values(), room, isHeld })) {
      waiting.remove(job);
      void perform(job);
    }
  };

  const perform = async (job: Job<Result>): Promise<void> => {
    running.set(job.check, job);
    options.changed?.(job.check);
    await options.perform(job.check, { ...job.options, signal: job.controller.signal }).then(job.resolve, job.reject);
    running.delete(job.check);
    options.changed?.(job.check);
    start();
  };

  const drop = (mine: (job: Job<Result>) => boolean, why: string): Promise<void>[] => {
    const reason = new CheckError('aborted', why);
    for (const job of [...waiting.all()].filter(mine)) {
      waiting.remove(job);
      job.reject(reason);
      options.changed?.(job.check);
    }
    return [...running.values()].filter(mine).map(async (job) => {
      job.controller.abort(reason);
      await job.promise.catch(() => undefined);
    });
  };

  const dropWith = (job: Job<Result>, caller: AbortSignal): void => {
    const leave = (): void => void drop((one) => one === job, 'nobody waits for it any more');
    if (caller.aborted) leave();
    caller.addEventListener('abort', leave, { once: true });
  };

  return {
    enqueue: (check, asked = {}) => {
      if (closed) return Promise.reject(new CheckError('aborted', 'the service is shutting down'));
      const joined =
        asked.adHoc === undefined
          ? [...waiting.of(check), running.get(check)].find(
              (job) => job !== undefined && job.options.adHoc === undefined && !job.controller.signal.aborted,
            )
          : undefined;
      if (joined !== undefined) return joined.promise;
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      promise.catch(() => undefined); // a caller that went away does not crash the service
      const job = {
        check,
        weight: options.weightOf?.(check) ?? 1,
        options: asked,
        controller: new AbortController(),
        promise,
        resolve,
        reject,
      };
      waiting.add(job);
      if (asked.signal !== undefined) dropWith(job, asked.signal);
      options.changed?.(check);
      start();
      return promise;
    },
    cancel: async (check) => {
      await Promise.all(drop((job) => job.check === check, 'the check was removed or changed'));
    },
    cancelAll: async (why) => {
      await Promise.all(drop(() => true, why));
    },
    hold: (check) => {
      held.add(check);
    },
    release: (check) => {
      held.delete(check);
      start();
    },
    activityOf: (check) => {
      if (running.has(check)) return 'running';
      return waiting.of(check).size > 0 ? 'queued' : 'idle';
    },
    get queued() {
      return waiting.size;
    },
    get running() {
      return running.size;
    },
    close: async () => {
      closed = true;
      await Promise.all(drop(() => true, 'the service is shutting down'));
    },
  };
}

interface Line<T> {
  add(item: T): void;
  remove(item: T): void;
  /** In the order they came; items may be removed meanwhile. */
  all(): Iterable<T>;
  of(check: string): ReadonlySet<T>;
  readonly size: number;
}

/** Thousands of checks are due at once when a service starts: nobody looks through the line for one of them. */
function createLine<T extends { readonly check: string }>(): Line<T> {
  const all = new Set<T>();
  const byCheck = new Map<string, Set<T>>();
  const none: ReadonlySet<T> = new Set();
  return {
    add: (item) => {
      all.add(item);
      byCheck.set(item.check, (byCheck.get(item.check) ?? new Set()).add(item));
    },
    remove: (item) => {
      all.delete(item);
      const same = byCheck.get(item.check);
      same?.delete(item);
      if (same?.size === 0) byCheck.delete(item.check);
    },
    all: () => all,
    of: (check) => byCheck.get(check) ?? none,
    get size() {
      return all.size;
    },
  };
}
