import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';

/** Servers and workers as processes of their own, on a database of their own. */
describe('a fleet', function () {
  this.timeout(180_000);
  let postgres: PostgresServer;
  before(async function () {
    postgres = await startPostgres(this);
  });
  after(async () => {
    await postgres?.close();
  });
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  /** One configuration for all; `start` adds a process. */
  async function fleetOf(
    checks: string,
    extra = '',
  ): Promise<{
    readonly dir: string;
    readonly file: string;
    readonly url: string;
    start(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<TestService>;
  }> {
    const url = await postgres.newDatabase();
    const { dir, file, remove } = await configDir(
      `store: { url: '${url}' }\nglobal: { kill_grace: 1s }\n${extra}checks:\n${checks}`,
    );
    const all: TestService[] = [];
    ends.push(async () => {
      await Promise.all(all.map((service) => service.end('SIGTERM')));
      await remove();
    });
    return {
      dir,
      file,
      url,
      start: async (args, env = {}) => {
        const service = await startService(file, { args, env });
        all.push(service);
        return service;
      },
    };
  }

  const statuses = async (service: TestService): Promise<Record<string, string>> =>
    Object.fromEntries((await service.json('/diff')).checks.map(({ check, status }) => [check, status]));

  it('shows on every server what its workers found, and says it once', async () => {
    const fleet = await fleetOf(`
  - { name: in-sync, checker: command, interval: 1h, options: { command: ['true'] } }
  - { name: drifted, checker: command, interval: 1h, options: { command: [sh, -c, 'exit 2'] } }
`);
    const servers = [await fleet.start(['--role', 'server']), await fleet.start(['--role', 'server'])];
    for (const server of servers) {
      const { checks } = await server.json('/diff');
      expect(checks.map(({ status }) => status)).to.deep.equal(['unknown', 'unknown']);
      expect(await (await server.get('/')).text()).to.include(
        'Pool default has no live worker: its 2 checks are not run.',
      );
      expect(await server.metrics()).to.include('drift_pool_workers{pool="default"} 0\n');
      const refused = await server.get('/diff/drifted', { method: 'POST' });
      expect([refused.status, await refused.text()].join(' '))
        .to.include('503')
        .and.include('pool default: no worker of it is alive');
    }
    const worker = await fleet.start(['--role', 'worker']);
    for (const server of servers) {
      await eventually(async () => {
        const now = await statuses(server);
        return now['in-sync'] === 'in_sync' && now['drifted'] === 'drifted';
      });
    }
    // Who runs what is looked at every two seconds.
    const workers = await eventually(async () => {
      const fleetNow = (await (servers[0] as TestService).json('/api/v1/workers')) as unknown as {
        readonly pools: unknown;
        readonly workers: readonly Readonly<Record<string, unknown>>[];
      };
      const idle = { name: 'default', workers: 1, checks: 2, queued: 0, running: 0 };
      return isDeepStrictEqual(fleetNow.pools, [idle]) && fleetNow.workers;
    });
    expect(workers.map(({ alive, pools: own }) => ({ alive, own }))).to.deep.equal([{ alive: true, own: ['default'] }]);
    await eventually(async () => {
      const page = (await (await servers[1]?.get('/workers'))?.text()) ?? '';
      return page.includes('served') && page.includes('alive') && !/not (heard of|served)/.test(page);
    });
    const perCheck = async (service: TestService): Promise<string[]> =>
      (await service.metrics()).split('\n').filter((line) => /^drift_(check|resource)_(?!run_duration)/.test(line));
    await eventually(async () => (await servers[0]?.metrics())?.includes('drift_pool_workers{pool="default"} 1\n'));
    const first = await eventually(async () => {
      const [one, other] = await Promise.all(servers.map(perCheck));
      return isDeepStrictEqual(one, other) && one;
    });
    expect(first).to.include('drift_check_runs_total{check="drifted",status="drifted"} 1');
    expect(await perCheck(worker)).to.deep.equal([]);
    expect((await worker.get('/diff')).status).to.equal(404);
    expect((await worker.get('/-/healthy')).status).to.equal(200);
  });

  it('runs a check when a server is asked to, and answers with what the worker found, of the ref that was asked for', async () => {
    const fleet = await fleetOf(
      `
  - { name: says, checker: command, interval: 1h, options: { command: [sh, -c, 'exit $(cat code)'] , dir: . }, source: here }
`,
      `sources: [{ name: here, directory: . }]\n`,
    );
    await writeFile(join(fleet.dir, 'code'), '0');
    const server = await fleet.start(['--role', 'server']);
    await fleet.start(['--role', 'worker']);
    const { json } = server;
    // Who asks while a run goes on gets that run.
    await eventually(async () =>
      (await json('/diff')).checks.every((one) => one.status === 'in_sync' && one['activity'] === 'idle'),
    );
    await writeFile(join(fleet.dir, 'code'), '2');
    const asked = await Promise.all([1, 2, 3].map(() => server.get('/diff/says', { method: 'POST' })));
    for (const answer of asked) {
      expect(answer.status).to.equal(200);
      expect(((await answer.json()) as { checks: { status: string }[] }).checks[0]?.status).to.equal('drifted');
    }
    const body = await server.get('/diff/says', {
      method: 'POST',
      body: 'kind: List',
      headers: { 'content-type': 'text/yaml' },
    });
    expect([body.status, await body.text()].join(' ')).to.match(/^(400|503) /);
  });

  it('routes checks to the workers of their pool, which alone need its secrets', async () => {
    const fleet = await fleetOf(`
  - { name: eu, pool: eu, checker: command, interval: 1h, options: { command: [sh, -c, 'test "$1" = secret-eu', sh, '\${EU_SECRET}'] } }
  - { name: us, pool: us, checker: command, interval: 1h, options: { command: [sh, -c, 'test "$1" = secret-us', sh, '\${US_SECRET}'] } }
`);
    const server = await fleet.start(['--role', 'server']);
    await fleet.start(['--role', 'worker', '--pool', 'eu'], { EU_SECRET: 'secret-eu' });
    await eventually(async () => (await statuses(server))['eu'] === 'in_sync');
    expect((await statuses(server))['us']).to.equal('unknown');
    await fleet.start(['--role', 'worker', '--pool', 'us', '--pool', 'other'], { US_SECRET: 'secret-us' });
    await eventually(async () => (await statuses(server))['us'] === 'in_sync');
    await eventually(async () => {
      const metrics = await server.metrics();
      return ['eu', 'us', 'other'].every((pool) => metrics.includes(`drift_pool_workers{pool="${pool}"} 1\n`));
    });
  });

  it('gives the run of a worker that shuts down to another one at once', async () => {
    const fleet = await fleetOf(`
  - { name: long, checker: command, interval: 1h, options: { command: [sh, -c, 'echo start >> "$1"; sleep "$2"; echo end >> "$1"', sh, '\${LEDGER}', '\${HOLD}'] } }
`);
    const ledger = join(fleet.dir, 'ledger');
    const server = await fleet.start(['--role', 'server']);
    const first = await fleet.start(['--role', 'worker'], { LEDGER: ledger, HOLD: '600' });
    await eventually(async () => (await readFile(ledger, 'utf8').catch(() => '')) === 'start\n');
    await fleet.start(['--role', 'worker'], { LEDGER: ledger, HOLD: '0' });
    expect(await first.end('SIGTERM')).to.equal(0);
    await eventually(async () => (await statuses(server))['long'] === 'in_sync', 30);
    expect(await readFile(ledger, 'utf8')).to.equal('start\nstart\nend\n');
    expect(((await server.json('/api/v1/checks/long/runs')) as unknown as { runs: unknown[] }).runs).to.have.length(1);
  });

  it('goes on while the database is away: runs end, what is known is served, and all is recorded when it is back', async () => {
    const fleet = await fleetOf(`
  - { name: long, checker: command, interval: 1h, options: { command: [sh, -c, 'echo start >> "$1"; sleep 6; echo end >> "$1"; exit 2', sh, '\${LEDGER}'] } }
  - { name: short, checker: command, interval: 2s, options: { command: ['true'] } }
`);
    const ledger = join(fleet.dir, 'ledger');
    const server = await fleet.start(['--role', 'server']);
    const worker = await fleet.start(['--role', 'worker'], { LEDGER: ledger });
    await eventually(async () => (await readFile(ledger, 'utf8').catch(() => '')) === 'start\n');
    await eventually(async () => (await statuses(server))['short'] === 'in_sync');
    await postgres.stop();
    await eventually(async () => (await server.metrics()).includes('drift_exporter_store_up 0\n'));
    expect((await statuses(server))['short']).to.equal('in_sync');
    expect(await (await server.get('/')).text()).to.include('The database does not answer: what is shown was read at ');
    await eventually(async () => (await readFile(ledger, 'utf8')).endsWith('end\n'), 30);
    await sleep(3000);
    await postgres.start();
    await eventually(async () => (await statuses(server))['long'] === 'drifted', 60);
    expect(await readFile(ledger, 'utf8')).to.equal('start\nend\n');
    const before = Number(
      /drift_check_runs_total\{check="short",status="in_sync"\} (\d+)/.exec(await server.metrics())?.[1],
    );
    await eventually(async () => {
      const metrics = await server.metrics();
      return (
        metrics.includes('drift_exporter_store_up 1\n') &&
        Number(/drift_check_runs_total\{check="short",status="in_sync"\} (\d+)/.exec(metrics)?.[1]) > before
      );
    }, 60);
    expect([await worker.end('SIGTERM'), await server.end('SIGTERM')]).to.deep.equal([0, 0]);
  });
});
