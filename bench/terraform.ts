/**
 * What a terraform check costs beside the bare tool: `node --conditions=drift-source bench/terraform.ts [PAIRS]`. The bare
 * `terraform plan` (and, where it drifted, `terraform show -json`) and the check take turns; medians and ratios.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { terraform } from '../checkers/terraform/index.ts';
import { runChecker } from '../src/testing/index.ts';

const run = promisify(execFile);
const pairs = Number(process.argv[2] ?? 7);
const root = await mkdtemp(join(tmpdir(), 'drift-bench-terraform-'));
const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** A root of blocks of a hundred resources, applied for size 1; `size` is what it declares now. */
async function makeRoot(resources: number, size: number): Promise<string> {
  const dir = join(root, `root-${resources}-${size}`);
  await mkdir(dir);
  const blocks = Math.ceil(resources / 100);
  const each = Math.min(resources, 100);
  const block = (at: number): string =>
    `resource "terraform_data" "r${at}" {\n  count = ${each}\n  input = { size = var.size }\n}`;
  const text = ['variable "size" { default = 1 }', ...Array.from({ length: blocks }, (_, at) => block(at))].join('\n');
  await writeFile(join(dir, 'main.tf'), text);
  await run('terraform', ['apply', '-auto-approve', '-no-color'], { cwd: dir, maxBuffer: 1e9 });
  await writeFile(join(dir, 'main.tf'), text.replace('default = 1', `default = ${size}`));
  return dir;
}

async function bare(dir: string): Promise<void> {
  const plan = join(root, 'plan');
  const args = ['plan', '-input=false', '-lock=false', '-detailed-exitcode', `-out=${plan}`, '-json'];
  const code = await run('terraform', args, { cwd: dir, maxBuffer: 1e9 }).then(
    () => 0,
    (error: { code: number }) => error.code,
  );
  if (code === 2) await run('terraform', ['show', '-json', plan], { cwd: dir, maxBuffer: 1e9 });
}

async function compare(resources: number, size: number): Promise<void> {
  const dir = await makeRoot(resources, size);
  const dataDir = join(root, `data-${resources}-${size}`);
  const check = (): Promise<unknown> => runChecker(terraform, { options: {}, source: dir, dataDir });
  await check();
  await bare(dir);
  const a: number[] = [];
  const b: number[] = [];
  for (let at = 0; at < pairs; at++) {
    a.push(await timed(() => bare(dir)));
    b.push(await timed(check));
  }
  const ratios = b.map((time, at) => time / (a[at] ?? NaN));
  const over = median(b.map((time, at) => time - (a[at] ?? NaN)));
  process.stdout.write(
    `${resources} resources, ${size === 1 ? 'in sync' : 'drifted'}: bare ${median(a).toFixed(0)} ms, check ${median(b).toFixed(0)} ms, ` +
      `ratio ${median(ratios).toFixed(3)}, ${over.toFixed(1)} ms more\n`,
  );
}

const { stdout } = await run('terraform', ['version']);
process.stdout.write(
  `${stdout.split('\n')[0]}, Node.js ${process.version}, ${availableParallelism()} cores, medians of ${pairs} pairs\n`,
);
try {
  for (const resources of [1, 100, 2000]) for (const size of [1, 2]) await compare(resources, size);
} finally {
  await rm(root, { recursive: true, force: true });
}
