import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';

const CHECKS = `
global: { kill_grace: 500ms }
checks:
  - { name: stays, checker: command, interval: 1h, options: { command: [sh, -c, 'sleep 2; exit 2'] } }
  - { name: goes, checker: command, interval: 1h, options: { command: [sh, -c, 'sleep 100'] } }
  - { name: changes, checker: command, interval: 1h, options: { command: ['true'] } }
`;

const statuses = async (service: TestService): Promise<Record<string, string>> =>
  Object.fromEntries((await service.json('/diff')).checks.map(({ check, status }) => [check, status]));

const reloads = (service: TestService, message: string): number =>
  service.log.filter(({ msg }) => msg === message).length;

describe('a reload', () => {
  for (const how of ['SIGHUP', 'POST /-/reload'] as const) {
    it(`by ${how} keeps running checks whose definition did not change, ends removed ones, starts new ones`, async () => {
      const { file, remove } = await configDir(CHECKS);
      const service = await startService(file);
      await eventually(async () => (await statuses(service))['changes'] === 'in_sync');
      const text = (await readFile(file, 'utf8'))
        .replace(/.*name: goes.*\n/, '')
        .replace("command: ['true']", "command: ['false']");
      await writeFile(file, `${text}  - { name: comes, checker: command, options: { command: ['true'] } }\n`);
      if (how === 'SIGHUP') process.kill(service.pid, 'SIGHUP');
      else expect((await service.get('/-/reload', { method: 'POST' })).status).to.equal(200);
      await eventually(async () => {
        const now = await statuses(service);
        return (
          now['stays'] === 'drifted' && now['changes'] === 'error' && now['comes'] === 'in_sync' && !('goes' in now)
        );
      });
      const runsOfStays = service.log.filter(({ msg, check }) => msg === 'run finished' && check === 'stays');
      expect(runsOfStays, 'the run that went on was not started anew').to.have.length(1);
      expect(service.log.some(({ msg, check }) => msg === 'run aborted' && check === 'goes')).to.equal(true);
      expect(await service.metrics())
        .to.include('drift_exporter_config_last_reload_successful 1\n')
        .and.not.include('check="goes"');
      await service.end('SIGTERM');
      await remove();
    });
  }

  it('of a broken file keeps the old one, names every error and shows it in a metric', async () => {
    const { file, remove } = await configDir(CHECKS);
    const service = await startService(file);
    const good = await readFile(file, 'utf8');
    await writeFile(file, `${good}  - { name: x y }\n`);
    const response = await service.get('/-/reload', { method: 'POST' });
    expect(response.status).to.equal(500);
    expect(await response.text())
      .to.include('checks[3].name: expected letters')
      .and.include('checks[3].checker: expected a text');
    expect(await service.metrics())
      .to.include('drift_exporter_config_last_reload_successful 0\n')
      .and.include('check="goes"');
    await writeFile(file, good);
    expect((await service.get('/-/reload', { method: 'POST' })).status).to.equal(200);
    expect(await service.metrics()).to.include('drift_exporter_config_last_reload_successful 1\n');
    expect([
      reloads(service, 'configuration reloaded'),
      reloads(service, 'configuration not reloaded; the old one stays in force'),
    ]).to.deep.equal([1, 1]);
    await service.end('SIGTERM');
    await remove();
  });

  it('says what only a restart can change', async () => {
    const { file, remove } = await configDir(CHECKS);
    const service = await startService(file);
    await writeFile(file, (await readFile(file, 'utf8')).replace('127.0.0.1:0', '127.0.0.1:1'));
    const response = await service.get('/-/reload', { method: 'POST' });
    expect(response.status).to.equal(500);
    expect(await response.text()).to.include('web: cannot change while the service runs; restart it');
    await service.end('SIGTERM');
    await remove();
  });
});
