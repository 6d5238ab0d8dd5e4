import { expect } from 'chai';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CheckError, defineChecker, type CheckContext, type Checker, type Comparison } from '../../src/checker.ts';
import { runChecker, type RunCheckerOptions, type RunResult } from '../../src/testing/index.ts';

type Observe = (context: CheckContext) => AsyncIterable<Comparison>;

/** A checker that observes as told and hands on what it saw. */
const checkerOf = (observe: Observe, compare = (seen: Comparison): Comparison => seen): Checker<object, Comparison> =>
  defineChecker({
    apiVersion: 1,
    name: 'told',
    options: z.strictObject({}),
    observe: (_, context) => observe(context),
    compare,
  });

const drift = (address: string) => ({ address, type: 't', action: 'update', cause: 'unknown', changes: [] }) as const;

describe('a run', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-run-check-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });
  const run = (observe: Observe, options: Partial<RunCheckerOptions> = {}): Promise<RunResult> =>
    runChecker(checkerOf(observe), { options: {}, source: dir, ...options });

  it('adds up its pieces', async () => {
    const result = await run(async function* () {
      yield { resources: 2, drift: [drift('a')] };
      yield { resources: 3, drift: [drift('b')], notices: [{ kind: 'warning', message: 'w' }] };
    });
    expect(result).to.deep.include({ status: 'drifted', resources: 5, drift: [drift('a'), drift('b')] });
    expect(result.notices).to.have.length(1);
  });

  it('keeps the pieces that were seen before it failed', async () => {
    const result = await run(async function* () {
      yield { resources: 2, drift: [drift('a')] };
      throw new CheckError('unreachable', 'the API went away', { address: 'eu-1' });
    });
    expect(result).to.deep.include({
      status: 'error',
      resources: 2,
      drift: [drift('a')],
      failures: [{ phase: 'observe', reason: 'unreachable', message: 'the API went away', address: 'eu-1' }],
    });
  });

  it('goes on when one piece cannot be compared', async () => {
    const checker = checkerOf(
      async function* () {
        yield { resources: 1, drift: [] };
        yield { resources: 1, drift: [drift('b')] };
      },
      (seen) => {
        if (seen.drift.length === 0) throw new TypeError('x is undefined');
        return seen;
      },
    );
    const result = await runChecker(checker, { options: {}, source: dir });
    expect(result).to.deep.include({
      status: 'error',
      drift: [drift('b')],
      failures: [{ phase: 'compare', reason: 'internal', message: 'x is undefined' }],
    });
  });

  const thrown: readonly (readonly [string, unknown, string, string])[] = [
    ['an error that is no CheckError', new TypeError('boom'), 'internal', 'boom'],
    ['a text', 'boom', 'internal', 'boom'],
    ['nothing', undefined, 'internal', 'undefined'],
    ['a CheckError of another copy of the package', otherCopy('locked', 'held by bob'), 'locked', 'held by bob'],
    [
      'an error with a secret in it',
      new CheckError('unauthenticated', 'https://bot:hunter2@git refused'),
      'unauthenticated',
      'https://bot:(sensitive)@git refused',
    ],
  ];
  for (const [title, error, reason, message] of thrown) {
    it(`makes a failure of ${title}`, async () => {
      const result = await run(async function* () {
        yield { resources: 0, drift: [] };
        throw error;
      });
      expect(result.failures).to.deep.equal([{ phase: 'observe', reason, message }]);
    });
  }

  it('ends at its timeout with what its command started', async () => {
    const result = await run(
      async function* (context) {
        await context.run('sh', ['-c', 'setsid sleep 300 & sleep 300']);
        yield { resources: 1, drift: [] };
      },
      { timeoutMs: 300 },
    );
    expect(result.failures).to.deep.equal([
      { phase: 'observe', reason: 'timeout', message: 'sh: the run took longer than its timeout of 0.3 s' },
    ]);
  });

  it('ends a checker that does not heed its signal', async () => {
    const result = await run(
      async function* () {
        await new Promise(() => setInterval(() => {}, 1e6).unref());
        yield { resources: 1, drift: [] };
      },
      { timeoutMs: 100, graceMs: 50 },
    );
    expect(result.failures[0]).to.include({ reason: 'timeout' });
  });

  it('is never in sync when it was aborted, though its command exited 0', async () => {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 200);
    const result = await run(
      async function* (context) {
        await context
          .run('sh', ['-c', 'trap "exit 0" TERM; while :; do sleep 0.05; done'], { exitCodes: 'any' })
          .catch(() => undefined);
        yield { resources: 1, drift: [] };
      },
      { signal: controller.signal },
    );
    expect(result).to.include({ status: 'error' });
    expect(result.failures[0]).to.include({ reason: 'aborted' });
  });

  it('gives its checker private directories and removes the temporary one', async () => {
    let seen: CheckContext['dirs'] | undefined;
    const dataDir = join(dir, 'data');
    const result = await run(
      async function* ({ dirs }) {
        seen = dirs;
        expect((await stat(dirs.temporary)).mode & 0o777).to.equal(0o700);
        await writeFile(join(dirs.temporary, 'x'), '');
        await writeFile(join(dirs.check, 'kept'), '');
        yield { resources: 1, drift: [] };
      },
      { dataDir },
    );
    expect(result.failures).to.deep.equal([]);
    expect(await readdir(join(dataDir, 'tmp'))).to.deep.equal([]);
    expect(await readdir(seen?.check ?? '')).to.deep.equal(['kept']);
  });

  it('says when its directories cannot be made', async () => {
    await writeFile(join(dir, 'file'), '');
    const result = await run(async function* () {}, { dataDir: join(dir, 'file') });
    expect(result.failures[0]).to.include({ reason: 'storage' });
    expect(result.failures[0]?.message).to.include('cannot be created');
  });

  it('reports the exit code of the command that speaks for the check, also when nobody expected it', async () => {
    const result = await run(async function* (context) {
      await context.run('true', []);
      await context.run('sh', ['-c', 'exit 5'], { report: true });
      yield { resources: 1, drift: [] };
    });
    expect(result).to.include({ exitCode: 5, status: 'error' });
  });

  it('refuses desired state given with a request to a checker that does not take it', async () => {
    const result = await run(
      async function* () {
        yield { resources: 1, drift: [] };
      },
      { input: 'kind: X' },
    );
    expect(result.failures[0]).to.include({ reason: 'unsupported' });
  });

  it('tells two resources of one address apart', async () => {
    const result = await run(async function* () {
      yield { resources: 3, drift: [drift('a'), drift('a'), drift('b')] };
    });
    expect(result.drift.map(({ address }) => address)).to.deep.equal(['a', 'a (2)', 'b']);
  });
});

/** As the same class of a second installed copy would make it. */
function otherCopy(reason: string, message: string): Error {
  const error = Object.assign(new Error(message), { reason, phase: 'observe' });
  return Object.defineProperty(error, Symbol.for('drift-exporter.CheckError'), { value: true });
}
