import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';

const CHECKS = `
checks:
  - { name: a, checker: command, options: { command: [sh, -c, 'exit 2'] } }
`;

const ran = (service: TestService) =>
  eventually(async () => (await service.json('/diff')).checks.every(({ status }) => status === 'drifted'));

/** When the runs of check a began, newest first. */
async function runsOf(service: TestService): Promise<string[]> {
  const answer = (await (await service.get('/api/v1/checks/a/runs')).json()) as { runs: { startedAt: string }[] };
  return answer.runs.map(({ startedAt }) => startedAt);
}

describe('a store that cannot be used', () => {
  const broken: Readonly<Record<string, (file: string) => Promise<void>>> = {
    'a corrupt file': (file) =>
      writeFile(file, 'not a database, and longer than a header of SQLite would be'.repeat(100)),
    'a file of a newer version': async (file) => {
      const { dir, file: config, remove } = await configDir(CHECKS);
      const service = await startService(config);
      await ran(service);
      await service.end('SIGTERM');
      const db = new DatabaseSync(join(dir, 'data/drift.db'));
      db.exec(
        `INSERT INTO kysely_migration (name, timestamp) VALUES ('9999_from_the_future', '2099-01-01T00:00:00.000Z')`,
      );
      db.close();
      await writeFile(file, await readFile(join(dir, 'data/drift.db')));
      await remove();
    },
    'a directory': async (file) => {
      await mkdir(file);
    },
  };
  for (const [title, breakIt] of Object.entries(broken)) {
    it(`is left as it was, and /metrics is served all the same: ${title}`, async () => {
      const { dir, file, remove } = await configDir(CHECKS);
      const store = join(dir, 'data/drift.db');
      await mkdir(join(dir, 'data'));
      await breakIt(store);
      const before = title === 'a directory' ? undefined : await readFile(store);
      const service = await startService(file);
      await ran(service);
      const metrics = await service.metrics();
      expect(metrics)
        .to.include('drift_exporter_store_up 0\n')
        .and.include('drift_check_status{check="a",status="drifted"} 1\n');
      const page = await (await service.get('/')).text();
      expect(page).to.include('Results are kept in memory only').and.include(store);
      expect(
        service.log.find(({ msg }) => msg === 'the store cannot be used; results are kept in memory only')?.['error'],
      ).to.include(store);
      expect(await service.end('SIGTERM')).to.equal(0);
      if (before !== undefined) expect((await readFile(store)).equals(before)).to.equal(true);
      await remove();
    });
  }

  it('because another service holds it: the second goes on in memory, and takes it over when the first ends', async () => {
    const { dir, file, remove } = await configDir(CHECKS);
    const first = await startService(file);
    await ran(first);
    const since = (await first.json('/diff')).checks[0]?.driftedSince;
    const second = await startService(file);
    await ran(second);
    expect(await second.metrics()).to.include('drift_exporter_store_up 0\n');
    expect(await (await second.get('/')).text()).to.match(/Results are kept in memory only: .*another/s);
    expect(await first.metrics()).to.include('drift_exporter_store_up 1\n');
    expect((await second.json('/diff')).checks[0]?.driftedSince).not.to.equal(since);
    const own = await runsOf(second);

    const all = [...own, ...(await runsOf(first))];
    expect(await first.end('SIGTERM')).to.equal(0);
    await eventually(async () => (await second.metrics()).includes('drift_exporter_store_up 1\n'));
    const known = await eventually(async () => {
      const [check] = (await second.json('/diff')).checks;
      return check?.driftedSince === since && check;
    });
    expect(known).to.deep.include({ status: 'drifted', startedAt: own[0] });
    expect(await (await second.get('/')).text()).not.to.include('Results are kept in memory only');
    expect(await runsOf(second)).to.deep.equal(all);
    expect(await second.metrics()).to.include('drift_check_runs_total{check="a",status="drifted"} 2\n');

    expect((await second.get('/diff/a', { method: 'POST' })).status).to.be.within(200, 299);
    expect(await second.end('SIGKILL')).to.equal('SIGKILL');
    await writeFile(file, (await readFile(file, 'utf8')).replace('exit 2', 'sleep 60'));
    const third = await startService(file);
    expect((await runsOf(third)).slice(1)).to.deep.equal(all);
    expect(await third.metrics()).to.include('drift_exporter_store_up 1\n');
    expect(join(dir, 'data/drift.db')).to.satisfy(existsSync);
    await third.end('SIGTERM');
    await remove();
  });

  it('until somebody moves a damaged file away', async () => {
    const { dir, file, remove } = await configDir(CHECKS);
    await mkdir(join(dir, 'data'));
    await writeFile(join(dir, 'data/drift.db'), 'damaged'.repeat(1000));
    const service = await startService(file);
    await ran(service);
    const runs = await runsOf(service);
    await rename(join(dir, 'data/drift.db'), join(dir, 'damaged.db'));
    await eventually(async () => (await service.metrics()).includes('drift_exporter_store_up 1\n'));
    expect(await service.end('SIGTERM')).to.equal(0);
    const again = await startService(file);
    expect((await runsOf(again)).slice(-1)).to.deep.equal(runs);
    await again.end('SIGTERM');
    await remove();
  });
});
