import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApiServer } from './kube-apiserver.ts';

const WITHIN_MS = 60_000;

/** Waits until the server knows that `reader` may do something: it learns of new roles and bindings with a delay. */
export async function untilAllowed(kubectl: KubeApiServer['kubectl'], what: readonly string[]): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    // It says no by its exit code, too.
    const answer = await kubectl(['auth', 'can-i', '--as=reader', ...what]).catch(() => 'no');
    if (answer.trim() === 'yes') return;
    if (Date.now() > deadline) throw new Error(`reader may still not ${what.join(' ')}`);
    await sleep(100);
  }
}
