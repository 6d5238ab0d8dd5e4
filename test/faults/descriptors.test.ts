import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { configDir, eventually, startService } from '../support/service.ts';
import { needs } from '../support/skips.ts';

describe('a service that may open no more files', () => {
  before(function () {
    needs(this, { prlimit: 'apt-get install util-linux' });
  });

  it('says so of every check, and is as before when it may again', async function () {
    this.timeout(120_000);
    const { file, remove } = await configDir(`
global: { jitter: 0% }
checks:
  - { name: a, checker: command, interval: 1s, options: { command: [sh, -c, 'exit 2'] } }
  - { name: b, checker: command, interval: 1s, options: { command: [sh, -c, 'exit 0'] } }
`);
    const service = await startService(file);
    const limit = (soft: number | string): void => {
      execFileSync('prlimit', ['--pid', String(service.pid), `--nofile=${soft}:`]);
    };
    const [, before = ''] = /NOFILE\s.*?(\d+)\s+\d+ files/.exec(
      execFileSync('prlimit', ['--pid', String(service.pid), '--nofile'], { encoding: 'utf8' }),
    ) ?? ['', '1024'];
    const settled = (): Promise<unknown> =>
      eventually(async () => {
        const statuses = (await service.json('/diff')).checks.map(({ status }) => status).join();
        return statuses === 'drifted,in_sync';
      }, 40);
    try {
      await settled();
      limit(1);
      // No answer can be had now, over a new connection: it is the log that tells.
      await eventually(() => {
        const failed = service.log.filter(({ msg }) => msg === 'run finished').slice(-6);
        return failed.length === 6 && failed.every(({ status }) => status === 'error');
      }, 40);
      for (let at = 0; at < 20; at++) {
        await fetch(`${service.url}/metrics`, { signal: AbortSignal.timeout(100) }).catch(() => undefined);
        await sleep(10);
      }
      limit(before === '' ? 1024 : before);
      await settled();
      const failures = service.log
        .filter(({ status }) => status === 'error')
        .flatMap(({ failures }) => failures as { readonly reason: string; readonly message: string }[]);
      expect(new Set(failures.map(({ reason }) => reason))).to.deep.equal(new Set(['storage']));
      expect(failures.map(({ message }) => message).join('\n')).to.match(/EMFILE|too many open files/i);
      // Nothing that failed half-way holds what it had opened.
      const open = async (): Promise<number> => (await readdir(`/proc/${service.pid}/fd`)).length;
      await eventually(async () => (await open()) < 60, 20);
    } finally {
      expect(await service.end('SIGTERM')).to.equal(0);
      await remove();
    }
  });
});
