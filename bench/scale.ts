/**
 * What a fleet does: `node --conditions=drift-source bench/scale.ts [CHECKS]`. Runs a second by number of workers, as
 * processes of their own on a PostgreSQL of its own; the queue alone, which is the limit; what an idle check costs.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { openRunJobs } from '../src/fleet/run-jobs.ts';
import { connectionOf } from '../src/store/postgres/connection-options.ts';
import { launchPostgres, type PostgresServer } from '../test/support/postgres.ts';

const CHECKS = Number(process.argv[2] ?? 400);
const WORKERS = [1, 2, 4];
const ROUNDS = 3;
const JOBS = 2000;
const IDLE_SECONDS = 30;
const CONCURRENCY = 8;

const say = (label: string, text: string): void => void process.stdout.write(`${label.padEnd(44)}${text}\n`);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** A run of a second that costs nothing tells how the fleet scales; one that ends at once, what the machine can do. */
const KINDS = {
  'runs that wait for a second': ['sleep', '1'],
  'runs that end at once': ['true'],
} as const;

function configOf(dir: string, url: string, command: readonly string[]): string {
  const file = join(dir, 'drift-exporter.yaml');
  const check = (at: number): string =>
    `  - { name: c${at}, checker: command, interval: 24h, options: { command: ${JSON.stringify(command)} } }`;
  const checks = Array.from({ length: CHECKS }, (_, at) => check(at)).join('\n');
  writeFileSync(
    file,
    `web: { listen: '127.0.0.1:0' }\nstore: { url: ${JSON.stringify(url)} }\nglobal: { concurrency: ${CONCURRENCY}, log_level: warn, data_dir: '${dir}' }\nchecks:\n${checks}\n`,
  );
  return file;
}

function start(file: string, role: string): ChildProcess {
  const main = join(import.meta.dirname, '../src/main.ts');
  return spawn(process.execPath, ['--conditions=drift-source', main, 'serve', '--role', role, '--config', file], {
    stdio: 'ignore',
  });
}

async function end(children: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    children.map(async (child) => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }),
  );
}

/** From the first to the last result, so that the start of processes does not count. */
async function runsPerSecond(postgres: PostgresServer, workers: number, command: readonly string[]): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'drift-bench-scale-'));
  const url = await postgres.newDatabase();
  const file = configOf(dir, url, command);
  const working = Array.from({ length: workers }, () => start(file, 'worker'));
  await seen(postgres, url, 'worker', workers);
  const server = start(file, 'server');
  const recorded = (): Promise<number> => count(postgres, url, 'run');
  while ((await recorded()) < CONCURRENCY) await sleep(20);
  const [before, from] = [await recorded(), performance.now()];
  while ((await recorded()) < CHECKS) await sleep(20);
  const rate = (CHECKS - before) / ((performance.now() - from) / 1000);
  await end([server, ...working]);
  rmSync(dir, { recursive: true, force: true });
  return rate;
}

async function seen(postgres: PostgresServer, url: string, table: string, least: number): Promise<void> {
  while ((await count(postgres, url, table)) < least) await sleep(50);
}

async function count(postgres: PostgresServer, url: string, table: string): Promise<number> {
  const rows = await postgres.query(`SELECT count(*)::int AS n FROM drift_exporter.${table}`, [], url).catch(() => []);
  return Number(rows[0]?.['n'] ?? 0);
}

/** Jobs a second through the queue, without a run in them. */
async function queueAlone(postgres: PostgresServer): Promise<{ readonly rate: number; readonly p95: number }> {
  const url = await postgres.newDatabase();
  const jobs = await openRunJobs((await connectionOf({ kind: 'postgres', url })).options, pino({ level: 'silent' }));
  for (let at = 0; at < JOBS; at++) await jobs.send({ check: `c${at}` }, { pool: 'default', timeoutMs: 1000 });
  let done = 0;
  const started = new Map<string, number>();
  const all = Promise.withResolvers<void>();
  const from = performance.now();
  await jobs.work('default', CONCURRENCY, ({ check }) => {
    started.set(check, performance.now());
    if (++done === JOBS) all.resolve();
    return Promise.resolve(undefined);
  });
  await all.promise;
  const rate = JOBS / ((performance.now() - from) / 1000);
  const waits: number[] = [];
  for (let at = 0; at < 100; at++) {
    const sent = performance.now();
    await jobs.send({ check: `late${at}` }, { pool: 'default', timeoutMs: 1000 });
    while (!started.has(`late${at}`)) await sleep(1);
    waits.push((started.get(`late${at}`) ?? sent) - sent);
  }
  await jobs.close();
  return { rate, p95: waits.toSorted((a, b) => a - b)[94] ?? Number.NaN };
}

/** Processor time of a server and a worker with checks that are not due, by what /proc counts. */
async function idle(postgres: PostgresServer): Promise<Readonly<Record<string, number>>> {
  const dir = mkdtempSync(join(tmpdir(), 'drift-bench-scale-'));
  const url = await postgres.newDatabase();
  const file = configOf(dir, url, ['true']);
  const [worker, server] = [start(file, 'worker'), start(file, 'server')];
  await seen(postgres, url, 'run', CHECKS);
  const before = [server, worker].map(({ pid }) => cpuSecondsOf(pid ?? 0));
  await sleep(IDLE_SECONDS * 1000);
  const after = [server, worker].map(({ pid }) => cpuSecondsOf(pid ?? 0));
  await end([server, worker]);
  rmSync(dir, { recursive: true, force: true });
  const share = (at: number): number => (((after[at] ?? 0) - (before[at] ?? 0)) / IDLE_SECONDS) * 100;
  return { server: share(0), worker: share(1) };
}

/** User and system time of a process, in seconds. */
function cpuSecondsOf(pid: number): number {
  const [utime = 0, stime = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (utime + stime) / 100;
}

const postgres = await launchPostgres({ fsync: true });
say('machine', `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, PostgreSQL 15, fsync on`);
const alone = await queueAlone(postgres);
say('the queue alone, one worker', `${alone.rate.toFixed(0)} jobs/s; send to start p95 ${alone.p95.toFixed(1)} ms`);
for (const [kind, command] of Object.entries(KINDS)) {
  const rates = new Map<number, number[]>(WORKERS.map((workers) => [workers, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const workers of WORKERS) rates.get(workers)?.push(await runsPerSecond(postgres, workers, command));
  const one = median(rates.get(1) ?? []);
  for (const workers of WORKERS) {
    const rate = median(rates.get(workers) ?? []);
    say(
      `${kind}, ${workers} x ${CONCURRENCY} slots`,
      `${rate.toFixed(1)} runs/s, ${(rate / one).toFixed(2)}x one worker`,
    );
  }
}
const shares = await idle(postgres);
for (const [role, share] of Object.entries(shares))
  say(`an idle ${role}, ${CHECKS} checks`, `${share.toFixed(2)} % of a core`);
await postgres.close();
