/**
 * What an ansible check costs beside the bare tool: `node --conditions=drift-source bench/ansible.ts [ROUNDS]`. The bare
 * `ansible-playbook --check --diff` and the check take turns. Then memory over 500 hosts' events.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ansible } from '../checkers/ansible/index.ts';
import { checkerContext } from '../test/support/checker-context.ts';

const run = promisify(execFile);
const rounds = Number(process.argv[2] ?? 5);
const root = await mkdtemp(join(tmpdir(), 'drift-bench-ansible-'));
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Resources and drift that one check of `source` finds. */
async function check(source: string, options: Readonly<Record<string, unknown>>): Promise<[number, number]> {
  const context = await checkerContext({ sourceDir: source });
  const parsed = ansible.options.parse({ playbooks: ['site.yml'], inventory: ['hosts'], ...options });
  const found: [number, number] = [0, 0];
  try {
    for await (const piece of ansible.observe(parsed, context)) {
      const { resources, drift } = ansible.compare(piece, parsed);
      found[0] += resources;
      found[1] += drift.length;
    }
  } finally {
    await context.cleanup();
  }
  return found;
}

async function compareWithBare(hosts: number, tasks: number): Promise<void> {
  const source = join(root, `source-${hosts}-${tasks}`);
  await mkdir(source);
  const local = 'ansible_connection=local ansible_python_interpreter=/usr/bin/python3';
  const names = Array.from({ length: hosts }, (_, index) => `web-${index + 1} ${local}\n`);
  const copy = (index: number): string => `{ name: File ${index}, copy: { dest: "${root}/x-${index}", content: x } }`;
  const list = Array.from({ length: tasks }, (_, index) => copy(index)).join(', ');
  await writeFile(join(source, 'hosts'), names.join(''));
  await writeFile(join(source, 'site.yml'), `- { hosts: all, gather_facts: false, tasks: [${list}] }\n`);
  const bare: number[] = [];
  const ratios: number[] = [];
  let found: [number, number] = [0, 0];
  const args = ['--check', '--diff', '--forks=10', '-i', 'hosts', 'site.yml'];
  for (let round = 0; round < rounds; round++) {
    const alone = async (): Promise<number> =>
      timed(() => run('ansible-playbook', args, { cwd: source, maxBuffer: 1e9 }));
    const checked = async (): Promise<number> => timed(async () => (found = await check(source, {})));
    // Taking turns at being first, so that neither finds warmer caches.
    const [floor, ours] = round % 2 === 0 ? [await alone(), await checked()] : await backwards(alone, checked);
    bare.push(floor);
    ratios.push(ours / floor);
  }
  process.stdout.write(
    `${hosts} hosts, ${tasks} tasks (${found[1]} of ${found[0]} drifted): bare ${median(bare).toFixed(0)} ms, ` +
      `the check ${((median(ratios) - 1) * 100).toFixed(1)} % more (median of ${rounds} pairs)\n`,
  );
}

async function backwards<T>(first: () => Promise<T>, second: () => Promise<T>): Promise<[T, T]> {
  const later = await second();
  return [await first(), later];
}

/** A program that writes the events of `hosts` hosts with 100 tasks each, ten of them changed with a diff of 4 KiB. */
const RECORDED = `#!/usr/bin/env node
const fs = require('node:fs');
const file = fs.openSync(process.env.DRIFT_EXPORTER_EVENTS, 'a');
const hosts = Number(fs.readFileSync('hosts', 'utf8'));
const write = (event) => fs.writeSync(file, JSON.stringify(event) + '\\n');
write({ event: 'start', format: 1, ansible: 'recorded' });
const before = Array.from({ length: 100 }, (_, line) => 'setting_' + line + ' = some value of this length\\n').join('');
for (let task = 0; task < 100; task++) {
  for (let host = 0; host < hosts; host++) {
    const event = { event: 'task', outcome: 'ok', host: 'web-' + host, name: 'role : Task ' + task, action: 'ansible.builtin.copy', play: 'All', line: task + 1 };
    if (task % 10 === 0) Object.assign(event, { outcome: 'changed', diff: [{ before, after: before.replace('_50 = some', '_50 = other') }] });
    write(event);
  }
}
write({ event: 'end', events: 1 + 100 * hosts });
`;

async function memoryOver(hosts: number): Promise<void> {
  const source = join(root, `recorded-${hosts}`);
  await mkdir(source);
  await writeFile(join(source, 'play'), RECORDED, { mode: 0o755 });
  await writeFile(join(source, 'hosts'), String(hosts));
  let highest = 0;
  globalThis.gc?.();
  const start = process.memoryUsage().rss;
  const timer = setInterval(() => (highest = Math.max(highest, process.memoryUsage().rss)), 20);
  let found: [number, number] = [0, 0];
  const took = await timed(async () => (found = await check(source, { ansible_playbook: './play' })));
  clearInterval(timer);
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  process.stdout.write(
    `${hosts} recorded hosts (${found[1]} of ${found[0]} drifted): ${took.toFixed(0)} ms, ` +
      `${mib(Math.max(0, highest - start))} MiB over ${mib(start)} MiB\n`,
  );
}

try {
  for (const hosts of [50, 500]) await memoryOver(hosts);
  await compareWithBare(1, 10);
  await compareWithBare(10, 10);
} finally {
  await rm(root, { recursive: true, force: true });
}
