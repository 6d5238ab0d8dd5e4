import { expect } from 'chai';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** How long workers come and go. */
const PLAY_SECONDS = Number(process.env['FLEET_SECONDS'] ?? 40);
const CHECKS = 24;

interface Line {
  readonly at: number;
  readonly what: 'start' | 'end' | 'term' | 'kill';
  readonly check: string;
}

describe('a fleet whose workers die', () => {
  let postgres: PostgresServer;
  before(async function () {
    postgres = await startPostgres(this);
  });
  after(async () => {
    await postgres?.close();
  });

  it('does every run it was asked for, each once, never two of a check at once, and takes over within a minute', async function () {
    this.timeout((PLAY_SECONDS + 180) * 1000);
    const url = await postgres.newDatabase();
    const proxy = await startTcpProxy(postgres.port);
    const throughProxy = new URL(url);
    throughProxy.port = String(proxy.port);
    const { dir, file, remove } = await configDir(`
store: { url: '\${DATABASE}' }
global: { kill_grace: 1s, interval: 4s, concurrency: 6 }
checks:
${Array.from({ length: CHECKS }, (_, at) => `  - { name: c${at}, checker: command, options: { command: ${JSON.stringify(['sh', '-c', LEDGER.replaceAll('${', '$${'), 'sh', `c${at}`, '${LEDGER}', String(at % 4)])} } }`).join('\n')}
`);
    const ledger = join(dir, 'ledger');
    const start = (role: string, database: string): Promise<TestService> =>
      startService(file, { args: ['--role', role], env: { DATABASE: database, LEDGER: ledger } });
    const servers = await Promise.all([1, 2, 3].map(() => start('server', url)));
    const workers = await Promise.all([1, 2, 3, 4].map(() => start('worker', url)));
    const cutOff = await start('worker', throughProxy.href);

    const until = Date.now() + PLAY_SECONDS * 1000;
    let turn = 0;
    while (Date.now() < until) {
      await sleep(8000);
      if (turn === 1) proxy.hang();
      const [victim] = workers.splice(0, 1);
      const how = turn++ % 3 === 2 ? 'SIGTERM' : 'SIGKILL';
      await appendFile(ledger, `${Date.now()} kill -\n`);
      await victim?.end(how);
      workers.push(await start('worker', url));
    }
    proxy.heal();
    // No new turns any more: what was asked for comes to its end.
    await writeFile(file, (await readFile(file, 'utf8')).replace('interval: 4s', 'interval: 1h'));
    for (const server of servers) expect((await server.get('/-/reload', { method: 'POST' })).status).to.equal(200);
    await eventually(async () => (await unfinished(postgres, url)).length === 0, 120);
    await Promise.all(servers.map((server) => server.end('SIGTERM')));
    await Promise.all([...workers, cutOff].map((worker) => worker.end('SIGTERM')));

    const jobs = await postgres.query(
      `SELECT id::text, state::text, retry_count, output FROM drift_exporter_queue.job WHERE name = 'runs/default'`,
      [],
      url,
    );
    const runs = await postgres.query(
      `SELECT run_id, count(*)::int AS times FROM ${await tableOf(postgres, url, 'run')} GROUP BY run_id`,
      [],
      url,
    );
    expect(
      jobs.filter(({ state }) => state !== 'completed'),
      'every run that was asked for was done',
    ).to.deep.equal([]);
    expect(
      runs.filter(({ times }) => times !== 1),
      'each was recorded once',
    ).to.deep.equal([]);
    expect(new Set(runs.map((run) => run['run_id']))).to.deep.equal(new Set(jobs.map(({ id }) => id)));
    expect(jobs.length).to.be.above(CHECKS * 5);
    expect(
      jobs.filter((job) => Number(job['retry_count']) > 0),
      'some were taken over',
    ).not.to.have.length(0);

    const lines = readLedger(await readFile(ledger, 'utf8'));
    const kills = lines.filter(({ what }) => what === 'kill').map(({ at }) => at);
    for (let at = 0; at < CHECKS; at++) {
      const own = lines.filter(({ check }) => check === `c${at}`);
      for (const [index, { what, at: startedAt }] of own.entries()) {
        const next = own[index + 1];
        if (what !== 'start' || next === undefined) continue;
        if (next.what !== 'start') continue;
        // It began again without having ended: its worker was killed in between, and its run was taken over soon.
        expect(
          kills.some((kill) => kill > startedAt && kill < next.at),
          `two of c${at} at once`,
        ).to.equal(true);
        expect(next.at - startedAt, `c${at} taken over`).to.be.below(60_000);
      }
    }
    await proxy.close();
    await remove();
  });
});

/** Says when it starts, ends and is ended; what a worker left running when it was killed says nothing more. */
const LEDGER = [
  `say() { [ "$(ps -o ppid= -p $$ | tr -d " ")" = 1 ] || echo "$(date +%s%3N) $1 $2" >> "$3"; }`,
  `trap "say term $1 $2; exit 1" TERM`,
  'say start "$1" "$2"',
  'sleep "$3"',
  'say end "$1" "$2"',
].join('; ');

function readLedger(text: string): Line[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [at, what, check] = line.split(' ');
      return { at: Number(at), what: what as Line['what'], check: check ?? '' };
    })
    .toSorted((a, b) => a.at - b.at);
}

async function unfinished(postgres: PostgresServer, url: string): Promise<Record<string, unknown>[]> {
  return postgres.query(
    `SELECT id FROM drift_exporter_queue.job WHERE name = 'runs/default' AND state < 'completed'`,
    [],
    url,
  );
}

async function tableOf(postgres: PostgresServer, url: string, name: string): Promise<string> {
  const [row] = await postgres.query(`SELECT schemaname FROM pg_tables WHERE tablename = $1`, [name], url);
  return `"${String(row?.['schemaname'])}".${name}`;
}
