/**
 * What a puppet check costs beside the bare tool: `node --conditions=drift-source bench/puppet.ts [ROUNDS]`. The bare
 * `puppet apply --noop` and the check take turns. Then memory over 500 hosts' reports.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { puppet } from '../checkers/puppet/index.ts';
import { runChecker } from '../src/testing/index.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const run = promisify(execFile);
const rounds = Number(process.argv[2] ?? 5);
const root = await mkdtemp(join(tmpdir(), 'drift-bench-puppet-'));
const median = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function compareWithBare(resources: number): Promise<void> {
  const source = join(root, `source-${resources}`);
  await mkdir(source);
  const file = (index: number): string => `file { '${root}/live/${index}': content => 'x' }`;
  await writeFile(join(source, 'site.pp'), Array.from({ length: resources }, (_, index) => file(index)).join('\n'));
  const dirs = ['confdir', 'codedir', 'rundir', 'logdir'].flatMap((name) => [`--${name}`, join(root, name)]);
  const args = ['apply', '--noop', '--detailed-exitcodes', '--show_diff', ...dirs, join(source, 'site.pp')];
  const bare: number[] = [];
  const ours: number[] = [];
  let drift = 0;
  for (let round = 0; round < rounds; round++) {
    bare.push(await timed(() => run('puppet', [...args, '--vardir', join(root, `v${round}`)], { maxBuffer: 1e9 })));
    const options = { mode: 'apply', manifest: 'site.pp' };
    ours.push(await timed(async () => (drift = (await runChecker(puppet, { options, source })).drift.length)));
  }
  const [floor, check] = [median(bare), median(ours)];
  const over = `${(check - floor).toFixed(0)} ms, ${((check / floor - 1) * 100).toFixed(1)} %`;
  process.stdout.write(
    `${resources} resources (${drift} drifted): bare ${floor.toFixed(0)} ms, check ${check.toFixed(0)} ms (${over} more)\n`,
  );
}

/** A report of 200 resources, ten of them pending. */
function report(host: string): string {
  const pending = (index: number): string =>
    index % 20 === 0
      ? `\n    - {status: noop, property: mode, previous_value: '0644', desired_value: '0600', name: mode_changed, message: m}`
      : ' []';
  const status = (index: number): string =>
    `  File[/srv/${index}]:\n    resource_type: File\n    skipped: false\n    failed: false\n    events:${pending(index)}\n`;
  const statuses = Array.from({ length: 200 }, (_, index) => status(index)).join('');
  const head = `host: ${host}\ntime: '${new Date().toISOString()}'\nstatus: unchanged\nreport_format: 12\n`;
  return `--- !ruby/object:Puppet::Transaction::Report\n${head}transaction_completed: true\nlogs: []\nresource_statuses:\n${statuses}`;
}

async function memoryOver(hosts: number): Promise<void> {
  const source = join(root, `reports-${hosts}`);
  await mkdir(source);
  for (let index = 0; index < hosts; index++) await writeFile(join(source, `h${index}.yaml`), report(`h${index}`));
  const options = puppet.options.parse({ mode: 'reports', directory: source });
  const context = { source: { dir: source }, signal: new AbortController().signal };
  let drift = 0;
  let seen = 0;
  let peak = 0;
  const took = await timed(async () => {
    for await (const observation of puppet.observe(options, context as Parameters<typeof puppet.observe>[1])) {
      drift += puppet.compare(observation, options).drift.length;
      if (++seen % 10 === 0) collectGarbage();
      if (seen % 10 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed);
    }
  });
  const mib = (peak / 1024 / 1024).toFixed(0);
  process.stdout.write(
    `${hosts} reports of 200 resources: ${took.toFixed(0)} ms, ${drift} drifts, at most ${mib} MiB live\n`,
  );
}

try {
  for (const resources of [1, 100, 1000]) await compareWithBare(resources);
  for (const hosts of [50, 500]) await memoryOver(hosts);
} finally {
  await rm(root, { recursive: true, force: true });
}
