/**
 * What 5,000 checks do to the service: `node bench/load.ts [checks] [interval in seconds] [minutes] [concurrency] [workers]
 * [seconds a run takes]`. Starts the real service as a process of its own, or, with workers, a server and that many workers
 * on a PostgreSQL; each check runs `true`, or `sleep`, through the command checker. While they run, the server is scraped once a second, gzipped, and read: how long a scrape takes, how far the event loop is behind, what memory and
 * processor time it takes. A ledger of the runs tells which turns were missed or doubled. Prints one JSON document.
 */
import { execFileSync, spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchPostgres } from '../test/support/postgres.ts';

const ROOT = join(import.meta.dirname, '..');
const [checks = 5000, interval = 100, minutes = 5, concurrency = 8, workers = 0, seconds = 0] = process.argv
  .slice(2)
  .map(Number);

const dir = await mkdtemp(join(tmpdir(), 'drift-load-'));
try {
  console.log(
    JSON.stringify(
      { machine: machine(), checks, interval, minutes, concurrency, workers, seconds, ...(await measure()) },
      null,
      2,
    ),
  );
} finally {
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

function machine(): object {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim(),
    loadBefore: loadavg().map((load) => Math.round(load * 10) / 10),
  };
}

async function measure(): Promise<object> {
  const options = { command: seconds > 0 ? ['sleep', String(seconds)] : ['true'] };
  const list = Array.from({ length: checks }, (_, at) => ({ name: `check-${at}`, checker: 'command', options }));
  const global = { interval: `${interval}s`, jitter: '100%', concurrency };
  const database = workers > 0 ? await launchPostgres({ fsync: true }) : undefined;
  const store = database === undefined ? {} : { store: { url: database.url } };
  await writeFile(
    join(dir, 'drift-exporter.yaml'),
    JSON.stringify({ web: { listen: '127.0.0.1:0' }, global, ...store, checks: list }),
  );
  const serving = start(workers > 0 ? ['--role', 'server'] : []);
  const working = Array.from({ length: workers }, () => start(['--role', 'worker']));
  const ledger = keepLedger([serving, ...working]);
  try {
    const url = await ledger.url;
    const firstTurn = await throughFirstTurn(url, ledger.runs);
    const [samples, before] = [await watch(url), ledger.counts()];
    return { firstTurnSeconds: round(firstTurn), ...judge(samples), ...turns(before, firstTurn) };
  } finally {
    await Promise.all([serving, ...working].map(end));
    await database?.close();
  }
}

function start(args: readonly string[]): ChildProcessByStdio<null, null, Readable> {
  const serve = ['--conditions=drift-source', join(ROOT, 'src/main.ts'), 'serve'];
  return spawn(process.execPath, [...serve, '--config', join(dir, 'drift-exporter.yaml'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

interface Ledger {
  readonly url: Promise<string>;
  readonly runs: () => number;
  /** Runs of each check. */
  readonly counts: () => readonly number[];
}

/** The processes say in their logs of each run that it has finished; the first one, where it listens. */
function keepLedger(processes: readonly { readonly stderr: Readable }[]): Ledger {
  const counts = new Map<string, number>();
  const { promise, resolve } = Promise.withResolvers<string>();
  let runs = 0;
  for (const [at, { stderr }] of processes.entries()) {
    createInterface({ input: stderr }).on('line', (line) => {
      const { msg, check, url } = JSON.parse(line) as { msg?: string; check?: string; url?: string };
      if (msg === 'ready' && at === 0) resolve(String(url).replace(/\/$/, ''));
      if (msg !== 'run finished' || check === undefined) return;
      counts.set(check, (counts.get(check) ?? 0) + 1);
      runs++;
    });
  }
  return { url: promise, runs: () => runs, counts: () => [...counts.values()] };
}

/** All are due at once as it starts. */
async function throughFirstTurn(url: string, runs: () => number): Promise<number> {
  const started = performance.now();
  while (runs() < checks) {
    await scrape(url);
    await sleep(500);
  }
  return (performance.now() - started) / 1000;
}

interface Sample {
  readonly scrapeMs: number;
  readonly lagP99Ms: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
  readonly cpuSeconds: number;
  readonly queued: number;
  readonly running: number;
}

async function watch(url: string): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const end = performance.now() + minutes * 60_000;
  while (performance.now() < end) {
    samples.push(await scrape(url));
    await sleep(1000);
  }
  return samples;
}

async function scrape(url: string): Promise<Sample> {
  const started = performance.now();
  const text = await (await fetch(`${url}/metrics`)).text();
  const scrapeMs = performance.now() - started;
  const value = (name: string): number => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  return {
    scrapeMs,
    lagP99Ms: value('nodejs_eventloop_lag_p99_seconds') * 1000,
    residentMiB: value('process_resident_memory_bytes') / 2 ** 20,
    heapMiB: value('nodejs_heap_size_used_bytes') / 2 ** 20,
    cpuSeconds: value('process_cpu_seconds_total'),
    queued: value('drift_exporter_queue_length'),
    running: value('drift_exporter_workers_busy'),
  };
}

function judge(samples: readonly Sample[]): object {
  const of = (key: keyof Sample): number[] => samples.map((sample) => sample[key]).toSorted((a, b) => a - b);
  const quantile = (key: keyof Sample, share: number): number =>
    round(of(key)[Math.floor((samples.length - 1) * share)] ?? NaN);
  const [first, last] = [samples[0], samples.at(-1)];
  const cpu = (last?.cpuSeconds ?? 0) - (first?.cpuSeconds ?? 0);
  return {
    scrapeMs: { p50: quantile('scrapeMs', 0.5), p99: quantile('scrapeMs', 0.99), max: quantile('scrapeMs', 1) },
    // Of each second, how long the worst hundredth of its turns took.
    eventLoopLagP99Ms: {
      p50: quantile('lagP99Ms', 0.5),
      p99: quantile('lagP99Ms', 0.99),
      max: quantile('lagP99Ms', 1),
    },
    residentMiB: {
      p50: quantile('residentMiB', 0.5),
      max: quantile('residentMiB', 1),
      perHour: round(slope(samples, 'residentMiB')),
    },
    heapMiB: { p50: quantile('heapMiB', 0.5), max: quantile('heapMiB', 1), perHour: round(slope(samples, 'heapMiB')) },
    cpuPercent: round((100 * cpu) / (minutes * 60)),
    queued: { p50: quantile('queued', 0.5), max: quantile('queued', 1) },
    running: { p50: quantile('running', 0.5), max: quantile('running', 1) },
  };
}

/** Of the line through the samples, a second apart, by the hour. */
function slope(samples: readonly Sample[], key: keyof Sample): number {
  const middle = (samples.length - 1) / 2;
  const mean = samples.reduce((sum, sample) => sum + sample[key], 0) / samples.length;
  const over = samples.reduce((sum, sample, at) => sum + (at - middle) * (sample[key] - mean), 0);
  const under = samples.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  return (3600 * over) / under;
}

/** How many runs each check should have had since the start, and how many had fewer or more. One is on its way. */
function turns(counts: readonly number[], firstTurn: number): object {
  const expected = (minutes * 60 + firstTurn) / interval;
  const missed = counts.filter((runs) => runs < Math.floor(expected) - 1).length + checks - counts.length;
  const doubled = counts.filter((runs) => runs > Math.ceil(expected) + 1).length;
  return { runs: counts.reduce((sum, runs) => sum + runs, 0), turnsExpected: round(expected), missed, doubled };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
