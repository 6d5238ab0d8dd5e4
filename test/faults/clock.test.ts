import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { configDir, eventually, startService } from '../support/service.ts';
import { programOnPath, skipOptional } from '../support/skips.ts';

/** Two checks: each run writes the time that no clock can move, which its command reads from the kernel. */
const CONFIG = `
global: { jitter: 0% }
sources: [{ name: here, directory: . }]
checks:
  - { name: paced, checker: command, source: here, interval: 1s, options: { command: [sh, -c, 'cat /proc/uptime >> "$LEDGER.paced"'], env: { LEDGER: LEDGER_PATH } } }
  - { name: timed, checker: command, source: here, schedule: '* * * * * *', options: { command: [sh, -c, 'cat /proc/uptime >> "$LEDGER.timed"'], env: { LEDGER: LEDGER_PATH } } }
`;

describe('a service whose clock is set', () => {
  before(function () {
    if (programOnPath('faketime') === undefined)
      skipOptional(this, 'faketime is not on PATH (apt-get install faketime)');
  });

  it('back an hour and forth nine goes on with every check, and takes no turn twice', async function () {
    this.timeout(120_000);
    const { dir, file, remove } = await configDir('');
    await writeFile(file, `web: { listen: '127.0.0.1:0' }\n${CONFIG.replaceAll('LEDGER_PATH', join(dir, 'ledger'))}`);
    const clock = join(dir, 'clock');
    await writeFile(clock, '+0');
    const service = await startService(file, { env: await fakeTime(clock) });
    const runs = async (check: string): Promise<number> =>
      (await readFile(join(dir, `ledger.${check}`), 'utf8').catch(() => '')).split('\n').length - 1;
    const threeMore = async (): Promise<void> => {
      const before = { paced: await runs('paced'), timed: await runs('timed') };
      await eventually(async () => (await runs('paced')) >= before.paced + 3, 30);
      await eventually(async () => (await runs('timed')) >= before.timed + 3, 30);
    };
    try {
      const started = performance.now();
      await threeMore();
      await writeFile(clock, '-3600');
      await threeMore();
      expect(await service.metrics()).to.match(/drift_check_next_run_timestamp_seconds\{check="timed"\}/);
      await writeFile(clock, '+28800');
      await threeMore();
      const seconds = (performance.now() - started) / 1000;
      for (const check of ['paced', 'timed']) expect(await runs(check), check).to.be.at.most(seconds + 6);
      expect(service.log.filter(({ level }) => Number(level) >= 50)).to.deep.equal([]);
    } finally {
      expect(await service.end('SIGTERM')).to.equal(0);
      await remove();
    }
  });
});

/** The environment under which a process reads how far its clock is off from a file, again and again. */
async function fakeTime(file: string): Promise<NodeJS.ProcessEnv> {
  const printed = execFileSync('faketime', ['-f', '+0', 'env'], { encoding: 'utf8' });
  const [, library = ''] = /^LD_PRELOAD=(.*)$/m.exec(printed) ?? [];
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
