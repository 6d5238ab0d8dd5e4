import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configDir, eventually, startService } from '../support/service.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

describe('a signal', () => {
  it('during the start waits for it: SIGHUP ends nothing, SIGTERM ends it in good order', async () => {
    const { file, remove } = await configDir(
      `checks: [{ name: a, checker: command, options: { command: [sleep, '100'] } }]\n`,
    );
    for (const delayMs of [250, 350, 450, 550, 700]) {
      const child = spawn(process.execPath, [MAIN, 'serve', '--config', file], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      await sleep(delayMs);
      const early = await readFile(`/proc/${child.pid}/status`, 'utf8');
      // The first bit of the mask: SIGHUP is heard. Before that Node.js itself is still starting.
      const heard = BigInt(`0x${/SigCgt:\s*(\w+)/.exec(early)?.[1] ?? '0'}`) & 1n;
      if (heard === 1n) child.kill('SIGHUP');
      child.kill('SIGTERM');
      expect(await ended).to.deep.equal(heard === 1n ? [0, null] : [null, 'SIGTERM']);
    }
    await remove();
  });

  it('to end, given twice, ends at once what does not want to, and what it started', async () => {
    const { file, remove } = await configDir(`
global: { kill_grace: 60s }
checks: [{ name: a, checker: command, options: { command: [bash, -c, 'trap : TERM; echo $$ > pid; while :; do sleep 0.1; done'] }, source: here }]
sources: [{ name: here, directory: . }]
`);
    const service = await startService(file);
    const pid = await eventually(async () => {
      return Number(await readFile(file.replace(/[^/]*$/, 'pid'), 'utf8').catch(() => '')) || undefined;
    });
    process.kill(service.pid, 'SIGTERM');
    await sleep(500);
    expect(await service.end('SIGTERM')).to.equal(1);
    const alive = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    try {
      await eventually(() => !alive(), 3);
    } finally {
      if (alive()) process.kill(pid, 'SIGKILL');
      await remove();
    }
  });
});
