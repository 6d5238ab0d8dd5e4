/**
 * What the service itself costs, without the commands that checks run: `node bench/sizing.ts [checks] [drifted resources a
 * check] [minutes]`. Starts the real service as a process of its own with checks that answer at once, each every minute,
 * scrapes it every 15 s, and prints its memory and CPU time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..');
const [checks = 1000, drifted = 10, minutes = 3] = process.argv.slice(2).map(Number);

const CHECKER = `export default {
  apiVersion: 1,
  name: 'made-up',
  options: { safeParse: (data) => ({ success: true, data }) },
  async *observe() { yield Array.from({ length: ${drifted} }, (_, i) => i); },
  compare: (items) => ({
    resources: 100,
    drift: items.map((i) => ({
      address: 'module.network.aws_security_group.rule[' + i + ']', type: 'aws_security_group', action: 'update', cause: 'out_of_band',
      changes: [
        { op: 'replace', path: '/ingress/0/cidr_blocks/0', live: { kind: 'known', value: '0.0.0.0/0' }, desired: { kind: 'known', value: '10.0.0.0/8' } },
        { op: 'add', path: '/tags/owner', desired: { kind: 'known', value: 'team-network' } },
      ],
    })),
  }),
};
`;

const dir = await mkdtemp(join(tmpdir(), 'drift-sizing-'));
try {
  console.log(JSON.stringify({ checks, driftedResources: checks * drifted, ...(await measure()) }, null, 2));
} finally {
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

async function measure(): Promise<object> {
  await mkdir(join(dir, 'node_modules/made-up'), { recursive: true });
  const manifest = { name: 'made-up', version: '1.0.0', type: 'module', exports: './index.js' };
  await writeFile(join(dir, 'node_modules/made-up/package.json'), JSON.stringify(manifest));
  await writeFile(join(dir, 'node_modules/made-up/index.js'), CHECKER);
  const list = Array.from({ length: checks }, (_, i) => ({ name: `check-${i}`, checker: 'made-up', interval: '1m' }));
  const config = { web: { listen: '127.0.0.1:0' }, global: { log_level: 'info' }, plugins: ['made-up'], checks: list };
  await writeFile(join(dir, 'drift-exporter.yaml'), JSON.stringify(config));
  const entry = join(ROOT, 'src/main.ts');
  const args = ['--conditions=drift-source', entry, 'serve', '--config', join(dir, 'drift-exporter.yaml')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const url = await readyUrl(createInterface({ input: child.stderr }));
    return await watch(url, child.pid ?? 0);
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

async function readyUrl(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const entry = JSON.parse(line) as { msg?: string; url?: string };
    if (entry.msg === 'ready') return entry.url ?? '';
  }
  throw new Error('the service ended before it was ready');
}

async function watch(url: string, pid: number): Promise<object> {
  await sleep(75_000); // every check has run once
  const from = { at: performance.now(), cpu: await cpuSeconds(pid), runs: runsIn(await metrics(url)) };
  const scrapes: number[] = [];
  let series = 0;
  let bytes = 0;
  for (const end = from.at + minutes * 60_000; performance.now() < end;) {
    const started = performance.now();
    const text = await metrics(url);
    scrapes.push(performance.now() - started);
    series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    bytes = text.length;
    await sleep(15_000);
  }
  const seconds = (performance.now() - from.at) / 1000;
  return {
    runsPerMinute: Math.round(((runsIn(await metrics(url)) - from.runs) / seconds) * 60),
    series,
    scrapeBytes: bytes,
    scrapeMs: Math.round(scrapes.toSorted((a, b) => a - b)[Math.floor(scrapes.length / 2)] ?? 0),
    cpuCores: Number((((await cpuSeconds(pid)) - from.cpu) / seconds).toFixed(3)),
    rssMiB: await statusMiB(pid, 'VmRSS'),
    peakRssMiB: await statusMiB(pid, 'VmHWM'),
    storeMiB: Number(((await stat(join(dir, 'data/drift.db'))).size / 2 ** 20).toFixed(1)),
  };
}

async function metrics(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

function runsIn(text: string): number {
  return [...text.matchAll(/^drift_check_runs_total\{.*\} (\d+)$/gm)].reduce((sum, [, runs]) => sum + Number(runs), 0);
}

/** User and system time so far. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

async function statusMiB(pid: number, key: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1024);
}
