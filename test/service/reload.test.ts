import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { configDir, eventually, startService, type DiffAnswer, type TestService } from '../support/service.ts';

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
      expect(await service.metrics())
        .to.include('drift_exporter_config_last_reload_successful 1\n')
        .and.not.include('check="goes"');
      await service.end('SIGTERM');
      const runsOfStays = service.log.filter(({ msg, check }) => msg === 'run finished' && check === 'stays');
      expect(runsOfStays, 'the run that went on was not started anew').to.have.length(1);
      expect(service.log.some(({ msg, check }) => msg === 'run aborted' && check === 'goes')).to.equal(true);
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
    await service.end('SIGTERM');
    expect([
      reloads(service, 'configuration reloaded'),
      reloads(service, 'configuration not reloaded; the old one stays in force'),
    ]).to.deep.equal([1, 1]);
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

  const started = (service: TestService, check: string): number =>
    service.log.filter(
      (entry) => ['run finished', 'run aborted'].includes(String(entry['msg'])) && entry['check'] === check,
    ).length;
  const rewrite = async (file: string, change: (text: string) => string): Promise<void> =>
    writeFile(file, change(await readFile(file, 'utf8')));
  const reload = async (service: TestService): Promise<void> => {
    const response = await service.get('/-/reload', { method: 'POST' });
    expect([response.status, await response.text()]).to.deep.equal([200, '{"reloaded":true}\n']);
  };

  it('of labels, confirmations and a schedule ends no run', async () => {
    const { file, remove } = await configDir(CHECKS);
    const service = await startService(file);
    await rewrite(file, (text) =>
      text.replace(
        'stays, checker: command, interval: 1h',
        'stays, checker: command, interval: 2h, labels: { team: a }',
      ),
    );
    await reload(service);
    await eventually(async () => (await statuses(service))['stays'] === 'drifted');
    expect(await service.metrics())
      .to.include('drift_check_info{check="stays",team="a",checker="command"} 1\n')
      .and.include('drift_check_interval_seconds{check="stays"} 7200\n');
    expect(await service.end('SIGTERM')).to.equal(0);
    expect(service.log.filter(({ msg, check }) => msg === 'run aborted' && check === 'stays')).to.have.length(0);
    expect(started(service, 'stays')).to.equal(1);
    await remove();
  });

  it('of the ignore rules runs what drifted again, so that they show at once', async () => {
    const { file, remove } = await configDir(`
checks:
  - { name: drifted, checker: command, interval: 1h, options: { command: ['sh', '-c', 'exit 2'] } }
  - { name: in-sync, checker: command, interval: 1h, options: { command: ['true'] } }
`);
    const service = await startService(file);
    await eventually(async () => Object.values(await statuses(service)).every((status) => status !== 'unknown'));
    const rule = 'ignore: [{ name: r, match: { check: drifted }, reason: known, owner: me }]\n';
    await rewrite(file, (text) => text + rule);
    await reload(service);
    await eventually(async () => (await statuses(service))['drifted'] === 'in_sync');
    await rewrite(file, (text) => text.replace(rule, ''));
    await reload(service);
    await eventually(async () => (await statuses(service))['drifted'] === 'drifted');
    expect(await service.end('SIGTERM')).to.equal(0);
    expect([started(service, 'drifted'), started(service, 'in-sync')]).to.deep.equal([3, 1]);
    await remove();
  });

  it('that brings a check back brings back since when it drifts', async () => {
    const { file, remove } = await configDir(`
checks:
  - { name: a, checker: command, interval: 1h, options: { command: ['sh', '-c', 'exit 2'] } }
  - { name: b, checker: command, interval: 1h, options: { command: ['true'] } }
`);
    const service = await startService(file);
    await eventually(async () => Object.values(await statuses(service)).every((status) => status !== 'unknown'));
    const since = (await service.json('/diff/a')).checks[0]?.driftedSince;
    const before = await readFile(file, 'utf8');
    await rewrite(file, (text) => text.replace(/.*name: a,.*\n/, ''));
    await reload(service);
    expect(await statuses(service)).not.to.have.property('a');
    await writeFile(file, before);
    await reload(service);
    await eventually(() => started(service, 'a') === 2);
    expect((await service.json('/diff/a')).checks[0]?.driftedSince).to.equal(since);
    await service.end('SIGTERM');
    await remove();
  });

  it('while a run is asked for: who waits for a run of the old definition gets none of it, who comes later the new one', async () => {
    const stubborn = (code: number): string => `{ command: [bash, -c, 'trap : TERM; sleep 2; exit ${code}'] }`;
    const { file, remove } = await configDir(`
global: { kill_grace: 3s }
checks:
  - { name: a, checker: command, interval: 1h, options: ${stubborn(2)} }
  - { name: gone, checker: command, interval: 1h, options: { command: [sleep, '100'] } }
`);
    const service = await startService(file);
    const run = (check: string): Promise<Response> => service.get(`/diff/${check}`, { method: 'POST' });
    const early = [run('a'), run('gone')];
    await eventually(() =>
      service.json('/diff').then(({ checks }) => checks.every(({ activity }) => activity === 'running')),
    );
    await rewrite(file, (text) => text.replace(stubborn(2), `{ command: ['true'] }`).replace(/.*name: gone.*\n/, ''));
    const reloading = reload(service);
    for (const answer of early) expect((await answer).status).to.equal(503);
    const late = await run('a');
    expect(((await late.json()) as DiffAnswer).checks[0]?.status).to.equal('in_sync');
    await reloading;
    expect(await statuses(service)).to.deep.equal({ a: 'in_sync' });
    await service.end('SIGTERM');
    await remove();
  });

  it('a hundred times at once is a few, and nothing is lost', async () => {
    const { file, remove } = await configDir(CHECKS);
    const service = await startService(file);
    await rewrite(file, (text) => text.replace(/.*name: goes.*\n/, ''));
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        if (index % 2 === 0) process.kill(service.pid, 'SIGHUP');
        return (await service.get('/-/reload', { method: 'POST' })).status;
      }),
    );
    expect(new Set(answers)).to.deep.equal(new Set([200]));
    await eventually(async () => (await statuses(service))['stays'] === 'drifted');
    expect(await service.end('SIGTERM')).to.equal(0);
    expect(started(service, 'stays')).to.equal(1);
    expect(reloads(service, 'configuration reloaded')).to.be.within(1, 60);
    await remove();
  });

  it('that meets a shutdown starts nothing more', async () => {
    const { file, remove } = await configDir(`
global: { kill_grace: 1s }
checks:
  - { name: a, checker: command, interval: 1s, options: { command: [bash, -c, 'trap : TERM; sleep 100 & wait; sleep 100'] } }
`);
    const service = await startService(file);
    await eventually(() => service.json('/diff').then(({ checks }) => checks[0]?.['activity'] === 'running'));
    await rewrite(
      file,
      (text) =>
        `${text.replace('sleep 100 & wait', 'sleep 101')}  - { name: b, checker: command, interval: 1s, options: { command: ['true'] } }\n`,
    );
    process.kill(service.pid, 'SIGHUP');
    await sleep(300);
    expect(await service.end('SIGTERM')).to.equal(0);
    await remove();
  });
});
