/** A thread that compares passwords with hashes: a tenth of a second of work that must not stop the event loop. */
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

export interface Question {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

export interface Answer {
  readonly id: number;
  readonly matches: boolean;
}

parentPort?.on('message', ({ id, password, hash }: Question) => {
  parentPort?.postMessage({ id, matches: compareSync(password, hash) } satisfies Answer, []);
});
