/**
 * How soon the service is ready, and what it takes when idle: `npm run -s build && node --conditions=drift-source
 * bench/startup.ts [CHECKS...]`. Runs the built package with checks that have results in the store already. CPU times of
 * other work on the machine do not count; the time until it is ready is by the clock.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { ResourceDrift } from '../src/drift.ts';
import type { RunResult } from '../src/run/result.ts';
import { initialState, nextState } from '../src/run/state.ts';
import { openStore } from '../src/store/open-store.ts';

const MAIN = process.env['DRIFT_MAIN'] ?? join(import.meta.dirname, '../dist/src/main.js');
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const IDLE_SECONDS = Number(process.env['IDLE_SECONDS'] ?? 30);
const DRIFTED = 10;
const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

interface Usage {
  readonly cpuMs: number;
  readonly rssMib: number;
}

/** Of a process: user and system time so far, resident memory now. */
function usageOf(pid: number): Usage {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuMs: ticks * 10, rssMib: Number(rss) / 1024 };
}

function run(check: string): RunResult {
  const drift = Array.from({ length: DRIFTED }, (_, index): ResourceDrift => {
    const [live, desired] = ['live', 'desired'].map((value) => ({
      kind: 'known' as const,
      value: `${value} of ${index}`,
    }));
    const changes = [
      { op: 'replace' as const, path: '/tags/owner', ...(live && { live }), ...(desired && { desired }) },
    ];
    return { address: `r[${index}]`, type: 'aws_subnet', action: 'update', cause: 'unknown', changes };
  });
  const none = { suppressed: [], ruleMatches: {}, failures: [], notices: [], notCompared: [], redactions: 0 };
  const when = { startedAt: new Date(Date.now() - 60_000).toISOString(), durationSeconds: 1 };
  return { id: randomUUID(), check, checker: 'command', status: 'drifted', ...when, resources: 20, drift, ...none };
}

async function fill(path: string, checks: number): Promise<void> {
  const retention = { inSyncMs: 7 * 86_400_000, otherMs: 90 * 86_400_000 };
  const store = await openStore({ kind: 'sqlite', path }, { retention, log: pino({ level: 'silent' }) });
  for (let check = 0; check < checks; check++) {
    const result = run(`check-${check}`);
    await store.record(nextState(initialState(result.check), result, 1), result);
  }
  await store.close();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Half of the checks run by the clock, half by cron, all once an hour; each runs `true`. */
async function configure(dir: string, checks: number, port: number): Promise<string> {
  const each = Array.from({ length: checks }, (_, index) => ({
    name: `check-${index}`,
    checker: 'command',
    ...(index % 2 === 0 ? { interval: '1h' } : { schedule: `${index % 60} * * * *` }),
    labels: { team: `team-${index % 7}` },
    options: { command: ['true'] },
  }));
  const file = join(dir, 'drift-exporter.yaml');
  const config = {
    global: { data_dir: join(dir, 'data'), concurrency: 4, log_level: 'error' },
    store: { path: join(dir, 'drift.db') },
    web: { listen: `127.0.0.1:${port}` },
    sources: [{ name: 'here', directory: dir }],
    checks: each,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status === 200;
}

async function start(
  file: string,
  port: number,
): Promise<{ child: ChildProcess; pid: number; readyMs: number; cpuMs: number }> {
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [...(process.env['NODE_ARGS']?.split(' ') ?? []), MAIN, 'serve', '--config', file],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const pid = child.pid ?? NaN;
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`);
    await sleep(2);
  }
  return { child, pid, readyMs: performance.now() - begun, cpuMs: usageOf(pid).cpuMs };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** All first runs are over: for three seconds the process has had no child. */
async function untilIdle(pid: number): Promise<void> {
  for (let quiet = 0; quiet < 60;) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    quiet = children === '' ? quiet + 1 : 0;
    await sleep(50);
  }
}

async function measure(checks: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-bench-startup-'));
  const port = await freePort();
  try {
    const file = await configure(dir, checks, port);
    await fill(join(dir, 'drift.db'), checks);
    const starts: { readyMs: number; cpuMs: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { child, readyMs, cpuMs } = await start(file, port);
      starts.push({ readyMs, cpuMs });
      await stop(child);
    }
    const { child, pid } = await start(file, port);
    await untilIdle(pid);
    await sleep(2_000);
    const before = usageOf(pid);
    await sleep(IDLE_SECONDS * 1000);
    const after = usageOf(pid);
    await stop(child);
    const of = (key: 'readyMs' | 'cpuMs'): string => median(starts.map((one) => one[key])).toFixed(0);
    const cpu = ((after.cpuMs - before.cpuMs) / (IDLE_SECONDS * 10)).toFixed(2);
    process.stdout.write(
      `${checks} checks: ready after ${of('readyMs')} ms (${of('cpuMs')} ms of CPU); idle: ${after.rssMib.toFixed(0)} MiB, ${cpu} % of a core\n`,
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

if (!existsSync(MAIN)) throw new Error(`${MAIN}: not there; npm run build makes it`);
process.stdout.write(
  `Node.js ${process.version}, ${availableParallelism()} cores, medians of ${ROUNDS} starts, idle for ${IDLE_SECONDS} s\n`,
);
const sizes = process.argv.slice(2).map(Number);
for (const checks of sizes.length === 0 ? [10, 100, 1000] : sizes) await measure(checks);
