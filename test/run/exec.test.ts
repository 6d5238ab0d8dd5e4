import { expect } from 'chai';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckError, isCheckError } from '../../src/checker.ts';
import { createExec, type ExecOptions } from '../../src/run/exec.ts';

const exec = createExec({ environment: { PATH: process.env['PATH'] ?? '' }, graceMs: 300 });

describe('exec', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-exec-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  const sh = (script: string, options: Partial<ExecOptions> = {}) =>
    exec('sh', ['-c', script], { cwd: dir, ...options });

  it('returns what a program printed and its exit code', async () => {
    expect(await sh('echo out; echo err >&2; exit 2', { exitCodes: [0, 2] })).to.deep.equal({
      exitCode: 2,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('passes nothing of the environment but what it is given', async () => {
    process.env['DRIFT_TEST_SECRET'] = 'x';
    const { stdout } = await exec('env', [], { cwd: dir, env: { GIVEN: 'yes', PATH: undefined }, marker: 'm1' });
    expect(stdout.trim().split('\n').sort()).to.deep.equal(['DRIFT_EXPORTER_RUN=m1', 'GIVEN=yes']);
  });

  it('feeds standard input, and closes it when there is none', async () => {
    expect((await exec('cat', [], { cwd: dir, input: 'hello' })).stdout).to.equal('hello');
    expect((await exec('cat', [], { cwd: dir })).stdout).to.equal('');
  });

  it('writes output of any size to a file that only the owner can read', async () => {
    const stdoutFile = join(dir, 'out');
    const output = await sh('head -c 60000000 /dev/zero', { stdoutFile });
    expect(output.stdout).to.equal('');
    const { size, mode } = await stat(stdoutFile);
    expect(size).to.equal(60_000_000);
    expect(mode & 0o777).to.equal(0o600);
  });

  it('keeps only the last 256 KiB of standard error', async () => {
    const { stderr } = await sh('head -c 1000000 /dev/zero | tr "\\0" x >&2; echo end >&2');
    expect(stderr).to.have.length(256 * 1024);
    expect(stderr.endsWith('xend\n')).to.equal(true);
  });

  const failures: readonly { title: string; run: () => Promise<unknown>; reason: string; message: RegExp }[] = [
    {
      title: 'a program that is not there',
      run: () => exec('no-such-program', [], { cwd: dir }),
      reason: 'not_found',
      message: /^no-such-program: could not be started: no such program on PATH/,
    },
    {
      title: 'a file that is not executable',
      run: async () => {
        await writeFile(join(dir, 'plain'), '');
        return exec(join(dir, 'plain'), [], { cwd: dir });
      },
      reason: 'forbidden',
      message: /^plain: could not be started: .*EACCES/,
    },
    {
      title: 'a working directory that is gone',
      run: () => exec('true', [], { cwd: join(dir, 'gone') }),
      reason: 'not_found',
      message: /working directory is gone/,
    },
    {
      title: 'an exit code nobody expected, with the last lines of its standard error',
      run: () => sh('echo why >&2; exit 3'),
      reason: 'exit_code',
      message: /^sh: exit code 3, expected 0: why$/,
    },
    {
      title: 'a program that a signal ended, even when any code is fine',
      run: () => sh('kill -9 $$', { exitCodes: 'any' }),
      reason: 'exit_code',
      message: /^sh: ended by SIGKILL$/,
    },
    {
      title: 'more output than the limit',
      run: () => sh('yes', { maxOutputBytes: 1_000_000 }),
      reason: 'too_large',
      message: /more than 1000000 bytes of output/,
    },
    {
      title: 'a file that grows over the limit',
      run: () => sh('yes', { maxOutputBytes: 1_000_000, stdoutFile: join(dir, 'out') }),
      reason: 'too_large',
      message: /more than 1000000 bytes of output/,
    },
    {
      title: 'a file that cannot be written',
      run: () => sh('true', { stdoutFile: join(dir, 'no', 'dir') }),
      reason: 'storage',
      message: /cannot be written: .*ENOENT/,
    },
    {
      title: 'its own time limit',
      run: () => sh('sleep 60', { timeoutMs: 100 }),
      reason: 'timeout',
      message: /^sh: still running after 0.1 s$/,
    },
    {
      title: 'a signal aborted before it began',
      run: () => sh('true', { signal: AbortSignal.abort(new CheckError('timeout', 'no time left')) }),
      reason: 'timeout',
      message: /^sh: no time left$/,
    },
  ];
  for (const { title, run, reason, message } of failures) {
    it(`names ${title}`, async () => {
      const error = await run().catch((thrown: unknown) => thrown);
      expect(isCheckError(error), String(error)).to.equal(true);
      expect(error).to.include({ reason });
      expect((error as Error).message).to.match(message);
    });
  }

  describe('ends every descendant', () => {
    const trees: Readonly<Record<string, string>> = {
      'a child in the foreground': 'sleep 300; true',
      'a background child that holds the pipes': 'sleep 300 & wait',
      'a child that ignores TERM': 'trap "" TERM; sleep 300 & while :; do sleep 1; done',
      'a child that called setsid': 'setsid sleep 300 & wait',
      'an orphan that called setsid and whose parent has gone': 'sh -c "setsid sleep 300 &"; sleep 300',
      'an orphan three levels down that ignores TERM': `sh -c "sh -c 'trap \\"\\" TERM; setsid sh -c \\"while :; do sleep 1; done\\" &'"; sleep 300`,
    };
    for (const [title, script] of Object.entries(trees)) {
      it(`at a timeout: ${title}`, async () => {
        const marker = `test-${process.pid}-${Math.random()}`;
        const started = Date.now();
        const error = await sh(script, { timeoutMs: 400, marker }).catch((thrown: unknown) => thrown);
        expect(error).to.include({ reason: 'timeout' });
        expect(Date.now() - started, 'settles within the grace').to.be.below(400 + 300 + 3000);
        expect(await alive(marker)).to.deep.equal([]);
      });
    }

    it('after a program that ended and left a background child with its pipes', async () => {
      const marker = `test-${process.pid}-left`;
      expect((await sh('echo done; sleep 300 &', { marker })).stdout).to.equal('done\n');
      expect(await alive(marker)).to.deep.equal([]);
    });

    it('of a program that exits 0 when told to end: an aborted run is not a result', async () => {
      const controller = new AbortController();
      const running = sh('trap "exit 0" TERM; while :; do sleep 0.05; done', { signal: controller.signal });
      await sleep(200);
      controller.abort();
      expect(await running.catch((thrown: unknown) => thrown)).to.include({ reason: 'aborted' });
    });
  });

  it('leaves the programs of others alone', async () => {
    const other = exec('sleep', ['2'], { cwd: dir, marker: 'other' });
    await sh('sleep 60', { timeoutMs: 50, marker: 'mine' }).catch(() => undefined);
    expect(await other).to.include({ exitCode: 0 });
  });
});

/** Pids of live processes with the marker in their environment. */
async function alive(marker: string): Promise<string[]> {
  const script = 'grep -l "RUN=$1" /proc/[0-9]*/environ 2>/dev/null; true';
  const { stdout } = await exec('sh', ['-c', script, 'sh', marker], { cwd: '/' });
  return stdout.split('\n').filter((line) => line !== '');
}
