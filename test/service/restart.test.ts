import { expect } from 'chai';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configDir, eventually, startService } from '../support/service.ts';

/** One check that drifts while the file `live` says so, one that fails, one that is in sync. */
const checks = (dir: string, interval: string): string => `
global: { interval: ${interval}, jitter: 0%, kill_grace: 500ms }
checks:
  - { name: drifts, checker: command, options: { command: [sh, -c, 'exit $(cat ${dir}/live)'] } }
  - { name: fails, checker: command, options: { command: [sh, -c, 'echo cannot reach it >&2; exit 1'] } }
  - { name: syncs, checker: command, options: { command: ['true'] } }
`;

async function setUp(interval: string) {
  const { dir, file, remove } = await configDir('');
  await writeFile(join(dir, 'live'), '2');
  await writeFile(file, (await readFile(file, 'utf8')) + checks(dir, interval));
  return { dir, file, remove };
}

const metric = (text: string, name: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
};

describe('after kill -9 and a restart', () => {
  it('the last results, since-timestamps and /diff are there before any check has run again', async () => {
    const { dir, file, remove } = await setUp('1h');
    const first = await startService(file);
    const before = await eventually(async () => {
      const { checks: all } = await first.json('/diff');
      return all.length === 3 && all.every(({ status }) => status !== 'unknown') && all;
    });
    expect(before.map(({ check, status }) => [check, status])).to.deep.equal([
      ['drifts', 'drifted'],
      ['fails', 'error'],
      ['syncs', 'in_sync'],
    ]);
    const since = metric(await first.metrics(), 'drift_check_drifted_since_timestamp_seconds{check="drifts"}');
    expect(since).to.be.closeTo(Date.now() / 1000, 30);
    await sleep(1_100); // so that a new run could not have the same timestamps
    expect(await first.end('SIGKILL')).to.equal('SIGKILL');

    // The check hangs now: whatever is shown was known before.
    await writeFile(
      file,
      (await readFile(file, 'utf8'))
        .replaceAll('exit $(cat', 'sleep 60; exit $(cat')
        .replace("['true']", '[sleep, "60"]')
        .replace('echo cannot', 'sleep 60; echo cannot'),
    );
    const second = await startService(file);
    const { checks: after } = await second.json('/diff');
    const known = ({ check, status, startedAt, driftedSince, drift, failures }: (typeof after)[number]) => ({
      check,
      status,
      startedAt,
      driftedSince,
      drift,
      failures,
    });
    expect(after.map(known)).to.deep.equal(before.map(known));
    const metrics = await second.metrics();
    expect(metric(metrics, 'drift_check_drifted_since_timestamp_seconds{check="drifts"}')).to.equal(since);
    expect(metric(metrics, 'drift_check_status{check="fails",status="error"}')).to.equal(1);
    expect(metric(metrics, 'drift_check_last_run_timestamp_seconds{check="syncs"}')).to.equal(
      Date.parse(before[2]!.startedAt!) / 1000,
    );
    await second.end('SIGTERM');
    expect(await readdir(dir)).to.include('data');
    await remove();
  });

  it('at 20 random moments, what was shown is never lost and drift keeps its beginning', async function () {
    this.timeout(240_000);
    const { file, remove } = await setUp('1s');
    let shown: { startedAt: string; driftedSince: string; firstSeenAt: string } | undefined;
    for (let round = 0; round < 20; round++) {
      const service = await startService(file);
      const now = await eventually(async () => {
        const { checks: all } = await service.json('/diff?check=drifts');
        const [{ startedAt, driftedSince, drift } = { drift: [] }] = all;
        const firstSeenAt = drift[0]?.firstSeenAt;
        return (
          startedAt !== undefined &&
          driftedSince !== undefined &&
          firstSeenAt !== undefined && { startedAt, driftedSince, firstSeenAt }
        );
      });
      if (shown !== undefined) {
        expect(now.driftedSince).to.equal(shown.driftedSince);
        expect(now.firstSeenAt).to.equal(shown.firstSeenAt);
        expect(now.startedAt >= shown.startedAt, `${now.startedAt} is not before ${shown.startedAt}`).to.equal(true);
      }
      shown = now;
      await sleep(Math.random() * 1_500);
      await service.end('SIGKILL');
    }
    await remove();
  });
});
