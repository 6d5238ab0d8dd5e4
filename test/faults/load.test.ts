import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';

const CHECKS = 5_000;
/** Of each check, while it has the short interval. */
const TURNS = 2;

/** A checker that keeps a ledger: a line when a run begins and one when it ends. Each fourth check drifts. */
const CHECKER = `
import { appendFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
export default {
  apiVersion: 1,
  name: 'ledger',
  options: { safeParse: (data) => ({ success: true, data }) },
  async *observe({ number }, { source }) {
    appendFileSync(LEDGER, '+' + number + '\\n');
    await setImmediate();
    yield { number };
    appendFileSync(LEDGER, '-' + number + '\\n');
  },
  compare: ({ number }) => ({
    resources: 1,
    drift: number % 4 === 0 ? [{ address: 'a', type: 't', action: 'update', cause: 'unknown', changes: [] }] : [],
  }),
};
`;

describe('a service with 5,000 checks', () => {
  it('gives each of them every turn once, two of none at once, and keeps its memory', async function () {
    this.timeout(300_000);
    const { dir, file, remove } = await configDir('');
    const ledger = join(dir, 'ledger.txt');
    await mkdir(join(dir, 'node_modules/ledger'), { recursive: true });
    const manifest = { name: 'ledger', version: '1.0.0', type: 'module', exports: './index.js' };
    await writeFile(join(dir, 'node_modules/ledger/package.json'), JSON.stringify(manifest));
    await writeFile(join(dir, 'node_modules/ledger/index.js'), CHECKER.replaceAll('LEDGER', JSON.stringify(ledger)));
    const configure = (interval: string): Promise<void> => writeFile(file, JSON.stringify(configOf(interval)));

    await configure('1h');
    const started = performance.now();
    const service = await startService(file);
    try {
      await eventually(async () => (await readLedger(ledger)).length >= 2 * CHECKS, 120);
      const burst = (performance.now() - started) / 1000;
      expect(countsOf(await readLedger(ledger)), 'each once as the service starts').to.deep.equal({ 1: CHECKS });

      // So that this machine, as busy as it is now, is through with a turn long before the next.
      const interval = Math.max(5, Math.ceil(2 * burst));
      await configure(`${interval}s`);
      const reloaded = performance.now();
      expect((await service.get('/-/reload', { method: 'POST' })).status).to.equal(200);
      const { heap, idle } = await watch(service, { seconds: (TURNS - 0.5) * interval, interval });
      await configure('1h');
      const kept = await eventually(async () => isIdle(await service.metrics()), 60).catch(() => false);
      expect((await service.get('/-/reload', { method: 'POST' })).status).to.equal(200);
      const turns = 1 + Math.floor((performance.now() - reloaded) / 1000 / interval);
      await eventually(async () => isIdle(await service.metrics()), 120);

      // Once at the start, once at each reload, and the turns between. Where a turn meets a run that still waits, they
      // are one: on a machine that became too slow for so many.
      const lines = await readLedger(ledger);
      const runs = countsOf(lines);
      if (kept && turns === TURNS && idle === TURNS) expect(runs).to.deep.equal({ [TURNS + 2]: CHECKS });
      expect(Math.max(...Object.keys(runs).map(Number))).to.be.at.most(turns + 2);
      expect(Math.min(...Object.keys(runs).map(Number))).to.be.at.least(kept ? 3 : 2);
      expect(overlaps(lines)).to.deep.equal([]);
      const metrics = await service.metrics();
      expect(sumOf(metrics, 'drift_check_runs_total')).to.equal(lines.length / 2);
      expect(sumOf(metrics, 'drift_check_drifted_resources')).to.equal(CHECKS / 4);
      expect(growth(heap), heap.map(Math.round).join(' ')).to.be.below(64);
    } finally {
      expect(await service.end('SIGTERM')).to.equal(0);
      await remove();
    }
  });
});

function configOf(interval: string): object {
  return {
    web: { listen: '127.0.0.1:0', enable_lifecycle: true },
    global: { interval, jitter: '0%', concurrency: 20 },
    plugins: ['ledger'],
    checks: Array.from({ length: CHECKS }, (_, number) => ({
      name: `check-${number}`,
      checker: 'ledger',
      options: { number },
    })),
  };
}

async function readLedger(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').slice(0, -1);
}

/** How many checks began how many runs. */
function countsOf(lines: readonly string[]): Record<number, number> {
  const runs = Map.groupBy(
    lines.filter((line) => line.startsWith('+')),
    (line) => line,
  );
  const checks = Object.groupBy(runs.values(), (same) => same.length);
  return Object.fromEntries(Object.entries(checks).map(([count, same]) => [Number(count), same?.length ?? 0]));
}

/** Checks of which a run began before the one before it had ended. */
function overlaps(lines: readonly string[]): string[] {
  const open = new Set<string>();
  const found: string[] = [];
  for (const line of lines) {
    const check = line.slice(1);
    if (line.startsWith('-')) open.delete(check);
    else if (open.has(check)) found.push(check);
    else open.add(check);
  }
  return [...found, ...open];
}

function isIdle(metrics: string): boolean {
  return sumOf(metrics, 'drift_exporter_queue_length') === 0 && sumOf(metrics, 'drift_exporter_workers_busy') === 0;
}

function sumOf(metrics: string, name: string): number {
  const lines = metrics.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Scrapes once a second: MiB of heap in use, and in how many intervals there was a moment without a run. */
async function watch(
  service: TestService,
  { seconds, interval }: { readonly seconds: number; readonly interval: number },
): Promise<{ readonly heap: readonly number[]; readonly idle: number }> {
  const heap: number[] = [];
  const idle = new Set<number>();
  const started = performance.now();
  for (;;) {
    const passed = (performance.now() - started) / 1000;
    if (passed >= seconds) return { heap, idle: idle.size };
    const metrics = await service.metrics();
    heap.push(sumOf(metrics, 'nodejs_heap_size_used_bytes') / 2 ** 20);
    if (isIdle(metrics)) idle.add(Math.floor(passed / interval));
    await sleep(Math.min(1000, (seconds - passed) * 1000));
  }
}

/**
 * How much the line through the samples rises after the first quarter, MiB. The lowest of each five count: what the
 * collector has not come to is no growth.
 */
function growth(samples: readonly number[]): number {
  const settled = samples.slice(Math.floor(samples.length / 4));
  const lows = settled.flatMap((_, at) => (at % 5 === 0 ? [Math.min(...settled.slice(at, at + 5))] : []));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, level] = [(lows.length - 1) / 2, mean(lows)];
  const slope =
    lows.reduce((sum, low, at) => sum + (at - middle) * (low - level), 0) /
    Math.max(
      1,
      lows.reduce((sum, _, at) => sum + (at - middle) ** 2, 0),
    );
  return slope * lows.length;
}
