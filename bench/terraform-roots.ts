/**
 * Many roots beside a shell loop: `node --conditions=drift-source bench/terraform-roots.ts [ROOTS...]`. The loop runs
 * `terraform init` and `terraform plan -detailed-exitcode` in each root, one after the other, as cron jobs do; the checks
 * of the same roots run as many at once as there are cores. They take turns. The first pass has to initialise; later ones
 * find their roots unchanged.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { terraform } from '../checkers/terraform/index.ts';
import { runChecker } from '../src/testing/index.ts';
import { writeChart } from './chart.ts';

const run = promisify(execFile);
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

interface Cost {
  readonly ms: number;
  /** Of the processes that it started, too. */
  readonly cpuMs: number;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [start, before] = [performance.now(), cpuMs()];
  await work();
  return { ms: performance.now() - start, cpuMs: cpuMs() - before };
}

/** Of this process and of its children that have ended, in ticks of 10 ms. */
function cpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

/** Small roots, applied: nothing is to be done in them. */
async function makeRoots(dir: string, count: number): Promise<string[]> {
  const roots = Array.from({ length: count }, (_, at) => join(dir, 'roots', `root-${String(at).padStart(4, '0')}`));
  for (const root of roots) {
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'main.tf'), 'resource "terraform_data" "one" {\n  input = { size = 1 }\n}\n');
    await run('terraform', ['apply', '-auto-approve', '-no-color'], { cwd: root });
  }
  return roots;
}

const LOOP =
  'for d in */; do (cd "$d" && terraform init -input=false -no-color && terraform plan -input=false -no-color -lock=false -detailed-exitcode) || exit 1; done';

async function checkAll(roots: readonly string[], dataDir: string): Promise<void> {
  const left = [...roots.entries()];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [at, source] = next;
      const { status } = await runChecker(terraform, { options: {}, source, dataDir: join(dataDir, String(at)) });
      if (status !== 'in_sync') throw new Error(`${source}: ${status}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

async function compare(count: number): Promise<readonly [loop: Cost, checks: Cost]> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-bench-roots-'));
  try {
    const roots = await makeRoots(dir, count);
    const first = await costOf(() => checkAll(roots, join(dir, 'data')));
    const loops: Cost[] = [];
    const checks: Cost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      loops.push(await costOf(() => run('sh', ['-c', LOOP], { cwd: join(dir, 'roots'), maxBuffer: 1e9 })));
      checks.push(await costOf(() => checkAll(roots, join(dir, 'data'))));
    }
    const ratio = (key: keyof Cost): string =>
      median(loops.map((loop, at) => loop[key] / (checks[at]?.[key] ?? NaN))).toFixed(2);
    const [loop, ours] = [loops, checks].map((costs) => ({
      ms: median(costs.map(({ ms }) => ms)),
      cpuMs: median(costs.map((cost) => cost.cpuMs)),
    })) as [Cost, Cost];
    process.stdout.write(
      `${count} roots: loop ${loop.ms.toFixed(0)} ms (${loop.cpuMs} ms of CPU), checks ${ours.ms.toFixed(0)} ms (${ours.cpuMs} ms of CPU; ` +
        `the first time ${first.ms.toFixed(0)} ms); ${ratio('ms')}x faster, ${ratio('cpuMs')}x less CPU\n`,
    );
    return [loop, ours];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const { stdout } = await run('terraform', ['version']);
process.stdout.write(
  `${stdout.split('\n')[0]}, Node.js ${process.version}, ${availableParallelism()} cores, medians of ${ROUNDS} rounds\n`,
);
const asked = process.argv.slice(2).map(Number);
const sizes = asked.length === 0 ? [1, 10, 100] : asked;
const costs: [number, readonly [Cost, Cost]][] = [];
for (const size of sizes) costs.push([size, await compare(size)]);
if (sizes.length > 1) {
  const series = {
    'shell loop': costs.map(([size, [loop]]) => [size, loop.ms] as const),
    checks: costs.map(([size, [, ours]]) => [size, ours.ms] as const),
  };
  await writeChart('terraform-roots', { title: 'Terraform roots', of: 'roots', unit: 'ms', series });
}
