import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, Question } from './bcrypt-worker.ts';

export interface PasswordCheck {
  /** Whether the password has the bcrypt hash. One after the other, in a thread. */
  matches(password: string, hash: string): Promise<boolean>;
  /** How many wait or are being compared. */
  readonly pending: number;
}

/** Of no logins: the thread ends, and its memory is free. */
const IDLE_MS = 60_000;

/** Compares passwords in a thread that lives while it is needed, and keeps a process alive no longer. */
export function createPasswordCheck(): PasswordCheck {
  const waiting = new Map<
    number,
    { readonly resolve: (matches: boolean) => void; readonly reject: (error: Error) => void }
  >();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last = 0;

  const fail = (failed: Worker, error: Error): void => {
    if (worker !== failed) return;
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = (): Worker => {
    const started = new Worker(WORKER);
    started.on('message', ({ id, matches }: Answer) => {
      waiting.get(id)?.resolve(matches);
      waiting.delete(id);
      if (waiting.size > 0) return;
      started.unref();
      idle = setTimeout(() => void stop(), IDLE_MS).unref();
    });
    started.on('error', (error) => fail(started, error instanceof Error ? error : new Error(String(error))));
    started.on('exit', () => fail(started, new Error('the thread that compares passwords ended')));
    return started;
  };
  const stop = async (): Promise<void> => {
    const stopped = worker;
    worker = undefined;
    await stopped?.terminate();
  };
  return {
    matches: (password, hash) =>
      new Promise((resolve, reject) => {
        clearTimeout(idle);
        worker ??= start();
        const question: Question = { id: ++last, password, hash };
        waiting.set(question.id, { resolve, reject });
        worker.ref();
        worker.postMessage(question, []);
      }),
    get pending() {
      return waiting.size;
    },
  };
}

/** Beside this file, and compiled as it is. */
const WORKER = new URL(`./bcrypt-worker${extname(import.meta.filename)}`, import.meta.url);
