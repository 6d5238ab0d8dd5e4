/**
 * How costs grow: `node --conditions=drift-source bench/growth.ts [scrape | terraform | puppet | ansible | startup ...]`. Runs
 * these benchmarks, all of them by default, at their sizes, and draws what they print into docs/charts. Others draw theirs
 * themselves: diff, kubernetes-growth, terraform-plan, terraform-roots.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { writeChart } from './chart.ts';

interface Growth {
  readonly title: string;
  readonly of: string;
  readonly unit: string;
  /** Arguments of the benchmark, one run each. */
  readonly runs: readonly (readonly string[])[];
  /** Found in the output: the size, as `size`, and costs by the names of their lines. */
  readonly finds: RegExp;
}

const GROWTH: Readonly<Record<string, Growth>> = {
  scrape: {
    title: 'A scrape with gzip after one check changed',
    of: 'checks with 50 drifted resources',
    unit: 'ms of CPU',
    runs: [
      ['10', '50', '5'],
      ['100', '50', '5'],
      ['1000', '50', '5'],
    ],
    finds:
      /^(?<size>\d+) checks[^]*gzip, one check changed \| (?<ours>[\d.]+)(?: \|[^|\n]*){3} \| (?<prom_client>[\d.]+)/gm,
  },
  terraform: {
    title: 'A Terraform check',
    of: 'resources, in sync',
    unit: 'ms',
    runs: [['5']],
    finds: /^(?<size>\d+) resources, in sync: bare (?<bare>\d+) ms, check (?<check>\d+) ms/gm,
  },
  puppet: {
    title: 'A Puppet check',
    of: 'resources',
    unit: 'ms',
    runs: [[]],
    finds: /^(?<size>\d+) resources .*: bare (?<bare>\d+) ms, check (?<check>\d+) ms/gm,
  },
  ansible: {
    title: 'Recorded Ansible events',
    of: 'hosts with 100 tasks',
    unit: 'ms',
    runs: [[]],
    finds: /^(?<size>\d+) recorded hosts .*: (?<check>\d+) ms/gm,
  },
  startup: {
    title: 'A start with a full store',
    of: 'checks',
    unit: 'ms, MiB',
    runs: [['10', '100', '1000']],
    finds: /^(?<size>\d+) checks: ready after (?<ready>\d+) ms \((?<CPU>\d+) ms of CPU\); idle: (?<idle_MiB>\d+) MiB/gm,
  },
};

/** What a benchmark prints; it is passed on as it comes. */
async function outputOf(name: string, args: readonly string[]): Promise<string> {
  const script = join(import.meta.dirname, `${name}.ts`);
  const node = ['--conditions=drift-source', script, ...args];
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'inherit'] });
  const parts: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    process.stdout.write(part);
    parts.push(part);
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`bench/${name}.ts ended with ${code}`);
  return parts.join('');
}

async function draw(name: string, { runs, finds, ...chart }: Growth): Promise<void> {
  const series: Record<string, [number, number][]> = {};
  for (const args of runs) {
    for (const { groups = {} } of (await outputOf(name, args)).matchAll(finds)) {
      const { size, ...costs } = groups;
      for (const [line, cost] of Object.entries(costs))
        (series[line.replaceAll('_', ' ')] ??= []).push([Number(size), Math.max(0.1, Number(cost))]);
    }
  }
  if (Object.keys(series).length === 0) throw new Error(`bench/${name}.ts: its output has no sizes and costs`);
  await writeChart(name, { ...chart, series });
}

const asked = process.argv.slice(2);
for (const name of asked.length === 0 ? Object.keys(GROWTH) : asked) {
  const growth = GROWTH[name];
  if (growth === undefined) throw new Error(`${name}: expected one of ${Object.keys(GROWTH).join(', ')}`);
  process.stdout.write(`\n${name}\n`);
  await draw(name, growth);
}
