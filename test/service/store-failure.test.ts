import { expect } from 'chai';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';

const CHECKS = `
checks:
  - { name: a, checker: command, options: { command: [sh, -c, 'exit 2'] } }
`;

const ran = (service: TestService) =>
  eventually(async () => (await service.json('/diff')).checks.every(({ status }) => status === 'drifted'));

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

  it('because another service holds it: the second says so and goes on in memory', async () => {
    const { file, remove } = await configDir(CHECKS);
    const first = await startService(file);
    await ran(first);
    const second = await startService(file);
    await ran(second);
    expect(await second.metrics()).to.include('drift_exporter_store_up 0\n');
    expect(await (await second.get('/')).text()).to.match(/Results are kept in memory only: .*another/s);
    expect(await first.metrics()).to.include('drift_exporter_store_up 1\n');
    await Promise.all([first.end('SIGTERM'), second.end('SIGTERM')]);
    await remove();
  });
});
