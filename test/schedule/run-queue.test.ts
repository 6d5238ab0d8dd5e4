import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRunQueue } from '../../src/schedule/run-queue.ts';

/** A queue whose runs end when told to. */
function gatedQueue(concurrency: number, weights: Readonly<Record<string, number>> = {}) {
  const gates = new Map<string, PromiseWithResolvers<string>>();
  const log: string[] = [];
  const queue = createRunQueue<string>({
    concurrency: () => concurrency,
    weightOf: (check) => weights[check] ?? 1,
    perform: async (check, { adHoc, signal }) => {
      const name = adHoc?.ref === undefined ? check : `${check}@${adHoc.ref}`;
      log.push(`start ${name}`);
      const gate = Promise.withResolvers<string>();
      gates.set(name, gate);
      signal.addEventListener('abort', () => {
        gate.resolve(`${name} aborted`);
      });
      const result = await gate.promise;
      log.push(`end ${name}`);
      return result;
    },
  });
  const open = async (name: string): Promise<void> => {
    gates.get(name)?.resolve(name);
    await sleep(1);
  };
  return { queue, open, log };
}

describe('the queue', () => {
  it('runs at most N checks at once, first come first served', async () => {
    const { queue, open, log } = gatedQueue(2);
    const all = ['a', 'b', 'c', 'd'].map((check) => queue.enqueue(check));
    expect([queue.running, queue.queued]).to.deep.equal([2, 2]);
    await open('b');
    expect(log).to.deep.equal(['start a', 'start b', 'end b', 'start c']);
    for (const check of ['a', 'c', 'd']) await open(check);
    expect(await Promise.all(all)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('counts runs by their weight: a heavy one waits for room, and none passes it', async () => {
    const { queue, open, log } = gatedQueue(3, { heavy: 2 });
    const all = ['a', 'b', 'heavy', 'c'].map((check) => queue.enqueue(check));
    expect(log).to.deep.equal(['start a', 'start b']);
    await open('a');
    expect(log).to.deep.equal(['start a', 'start b', 'end a', 'start heavy']);
    await open('b');
    expect(log.at(-1)).to.equal('start c');
    await open('heavy');
    await open('c');
    expect(await Promise.all(all)).to.deep.equal(['a', 'b', 'heavy', 'c']);
  });

  it('never runs a check twice at once: a second request joins the first', async () => {
    const { queue, open, log } = gatedQueue(4);
    const first = queue.enqueue('a');
    expect(queue.enqueue('a')).to.equal(first);
    await open('a');
    expect(await first).to.equal('a');
    expect(log).to.deep.equal(['start a', 'end a']);
    void queue.enqueue('a');
    expect(queue.activityOf('a')).to.equal('running');
    await queue.close();
  });

  it('does not queue a check again that still waits', async () => {
    const { queue } = gatedQueue(1);
    void queue.enqueue('a');
    const waiting = queue.enqueue('b');
    expect(queue.enqueue('b')).to.equal(waiting);
    expect([queue.queued, queue.activityOf('b')]).to.deep.equal([1, 'queued']);
    waiting.catch(() => undefined);
    await queue.close();
  });

  it('lets an ad-hoc run wait until its check is free, without holding up others', async () => {
    const { queue, open, log } = gatedQueue(2);
    const plain = queue.enqueue('a');
    const adHoc = queue.enqueue('a', { adHoc: { ref: 'v2' } });
    void queue.enqueue('b');
    expect(log).to.deep.equal(['start a', 'start b']);
    await open('a');
    expect(log).to.deep.equal(['start a', 'start b', 'end a', 'start a@v2']);
    await open('a@v2');
    expect([await plain, await adHoc]).to.deep.equal(['a', 'a@v2']);
    await queue.close();
  });

  it('cancels a check that waits and one that runs, and only those', async () => {
    const { queue, open } = gatedQueue(1);
    const running = queue.enqueue('a');
    const waiting = queue.enqueue('b');
    const other = queue.enqueue('c');
    await queue.cancel('b');
    expect(await waiting.catch((error: unknown) => error)).to.include({ reason: 'aborted' });
    await queue.cancel('a');
    expect(await running).to.equal('a aborted');
    await open('c');
    expect(await other).to.equal('c');
  });

  it('takes nothing after it was closed, and closes when all has ended', async () => {
    const { queue } = gatedQueue(1);
    const running = queue.enqueue('a');
    await queue.close();
    expect(await running).to.equal('a aborted');
    expect(await queue.enqueue('b').catch((error: unknown) => error)).to.include({ reason: 'aborted' });
  });

  it('ends an ad-hoc run whose caller left, waiting or running, and never a plain one', async () => {
    const { queue, open, log } = gatedQueue(1);
    const caller = new AbortController();
    const plain = queue.enqueue('a');
    const waiting = queue.enqueue('a', { adHoc: { ref: 'v2' }, signal: caller.signal });
    const gone = queue.enqueue('a', { adHoc: { ref: 'v3' }, signal: AbortSignal.abort() });
    expect(queue.queued).to.equal(1);
    caller.abort();
    expect(queue.queued).to.equal(0);
    for (const left of [waiting, gone]) {
      expect(await left.catch((error: unknown) => error)).to.include({ message: 'nobody waits for it any more' });
    }
    await open('a');
    expect(await plain).to.equal('a');
    const second = new AbortController();
    const running = queue.enqueue('a', { adHoc: { ref: 'v4' }, signal: second.signal });
    second.abort();
    expect(await running).to.equal('a@v4 aborted');
    expect(log).to.deep.equal(['start a', 'end a', 'start a@v4', 'end a@v4']);
  });

  it('begins no run of a check that is held, and joins none that is being ended', async () => {
    const { queue, open, log } = gatedQueue(2);
    const ending = queue.enqueue('a');
    queue.hold('a');
    const cancelled = queue.cancel('a');
    const next = queue.enqueue('a');
    await cancelled;
    expect(await ending).to.equal('a aborted');
    expect([log.join(), queue.activityOf('a')]).to.deep.equal(['start a,end a', 'queued']);
    queue.release('a');
    await open('a');
    expect(await next).to.equal('a');
  });
});
