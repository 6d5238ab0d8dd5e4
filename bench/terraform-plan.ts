/**
 * What reading a large plan takes: `node --conditions=drift-source bench/terraform-plan.ts [MB...]`. A generated
 * `show -json`, one resource in a hundred changed, is read by the checker and, in turns, parsed whole. Each in a process
 * of its own: CPU time, and peak resident memory beyond that of the same process without a plan.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { compareTerraform } from '../checkers/terraform/compare.ts';
import { terraformOptions } from '../checkers/terraform/options.ts';
import { PlanReader } from '../checkers/terraform/plan-reader.ts';
import { readEvents } from '../checkers/terraform/read-events.ts';
import { parseExactJson } from '../src/diff/exact-json.ts';
import { createKnownSecrets } from '../src/redact/known-secrets.ts';
import { writeChart } from './chart.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const WAYS = ['pieces', 'whole', 'nothing'] as const;
type Way = (typeof WAYS)[number];

interface Cost {
  readonly cpuMs: number;
  readonly peakMib: number;
  readonly found: string;
}

/** A resource as AWS's provider has them: about 2 KiB; one in ten has an attribute that is marked as sensitive. */
function resourceOf(at: number, size: string): { readonly values: object; readonly sensitive: object } {
  const tags = Object.fromEntries(Array.from({ length: 12 }, (_, tag) => [`tag-${tag}`, `value of ${tag} for ${at}`]));
  const rules = Array.from({ length: 8 }, (_, rule) => ({
    from_port: rule,
    to_port: rule,
    cidr_blocks: ['10.0.0.0/8'],
  }));
  const text = { id: `i-${at}`, arn: `arn:aws:ec2:eu-central-1:123456789012:instance/i-${at}`, instance_type: size };
  const secrets = at % 10 === 0 ? { password: `secret-of-${at}` } : {};
  const notes = Array.from(
    { length: 6 },
    (_, line) => `line ${line} of a user data script with some \\"quotes\\" in it`,
  );
  return { values: { ...text, tags, rules, notes, ...secrets }, sensitive: at % 10 === 0 ? { password: true } : {} };
}

async function generate(file: string, megabytes: number): Promise<void> {
  const out = createWriteStream(file);
  const write = async (text: string): Promise<void> => {
    if (!out.write(text)) await once(out, 'drain');
  };
  const address = (at: number): string => `module.app.aws_instance.web[${at}]`;
  const section = async (count: number, entry: (at: number) => object): Promise<void> => {
    for (let at = 0; at < count; at++) await write(`${at === 0 ? '' : ','}${JSON.stringify(entry(at))}`);
  };
  const change = (at: number): object => {
    const [before, after] = [resourceOf(at, 't3.small'), resourceOf(at, at % 100 === 0 ? 't3.large' : 't3.small')];
    const actions = [at % 100 === 0 ? 'update' : 'no-op'];
    const sides = { before: before.values, after: after.values, after_unknown: {} };
    const marks = { before_sensitive: before.sensitive, after_sensitive: after.sensitive };
    const where = { address: address(at), module_address: 'module.app', mode: 'managed', type: 'aws_instance' };
    return { ...where, change: { actions, ...sides, ...marks } };
  };
  const inState = (at: number): object => {
    const { values, sensitive } = resourceOf(at, 't3.small');
    return { address: address(at), mode: 'managed', type: 'aws_instance', values, sensitive_values: sensitive };
  };
  // The planned values, both sides of each change and the prior state: each resource four times.
  const count = Math.ceil(
    (megabytes * 1e6) / (JSON.stringify(change(1)).length + 2 * JSON.stringify(inState(1)).length),
  );
  await write('{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"resources":[');
  await section(count, inState);
  await write(']}},"resource_changes":[');
  await section(count, change);
  await write('],"prior_state":{"values":{"root_module":{"resources":[');
  await section(count, inState);
  await write(']}}},"configuration":{"root_module":{}},"errored":false}');
  out.end();
  await finished(out);
}

const EVENTS = readEvents('{"type":"version","terraform":"1.11.4","ui":"1.2"}\n{"type":"change_summary"}\n');

async function readAs(way: Way, file: string): Promise<string> {
  if (way === 'nothing') return '';
  if (way === 'whole') return String(Object.keys(parseExactJson(await readFile(file, 'utf8')) as object).length);
  let count = 0;
  const secrets = createKnownSecrets();
  const reader = new PlanReader((secret) => {
    secrets.add(secret);
    count++;
  });
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) reader.read(chunk as Buffer);
  const { resources, drift } = compareTerraform(
    { exitCode: 2, events: EVENTS, plan: reader.end() },
    terraformOptions.parse({}),
  );
  for (const { address } of drift) secrets.mask(address);
  return `${drift.length} of ${resources} resources drifted, ${count} secrets`;
}

/** In a child: what one reading costs. */
async function measure(way: Way, file: string): Promise<void> {
  const before = process.cpuUsage();
  const found = await readAs(way, file);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ cpuMs: (user + system) / 1000, peakMib: process.resourceUsage().maxRSS / 1024, found });
}

async function costOf(way: Way, file: string): Promise<Cost> {
  const child = fork(import.meta.filename, [], { env: { ...process.env, BENCH_WAY: way, BENCH_FILE: file } });
  const [message] = (await once(child, 'message')) as [Cost];
  await once(child, 'exit');
  return message;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

async function compare(sizes: readonly number[]): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-bench-plan-'));
  const series: Record<string, [number, number][]> = {
    'pieces: CPU ms': [],
    'whole: CPU ms': [],
    'pieces: MiB': [],
    'whole: MiB': [],
  };
  try {
    for (const megabytes of sizes) {
      const file = join(dir, 'plan.json');
      await generate(file, megabytes);
      const costs: Record<Way, Cost[]> = { pieces: [], whole: [], nothing: [] };
      for (let round = 0; round < ROUNDS; round++) for (const way of WAYS) costs[way].push(await costOf(way, file));
      const base = median(costs.nothing.map(({ peakMib }) => peakMib));
      const of = (way: Way): [number, number] => [
        median(costs[way].map(({ cpuMs }) => cpuMs)),
        Math.max(0.1, median(costs[way].map(({ peakMib }) => peakMib)) - base),
      ];
      const [pieces, whole] = [of('pieces'), of('whole')];
      process.stdout.write(
        `${((await stat(file)).size / 1e6).toFixed(0)} MB (${costs.pieces[0]?.found}): in pieces ${pieces[0].toFixed(0)} ms of CPU, ` +
          `${pieces[1].toFixed(0)} MiB; whole ${whole[0].toFixed(0)} ms, ${whole[1].toFixed(0)} MiB; ratio of CPU ${(pieces[0] / whole[0]).toFixed(2)}\n`,
      );
      for (const [name, cost] of Object.entries({ pieces, whole })) {
        series[`${name}: CPU ms`]?.push([megabytes, cost[0]]);
        series[`${name}: MiB`]?.push([megabytes, cost[1]]);
      }
    }
    if (sizes.length > 1)
      await writeChart('terraform-plan', { title: 'Reading a plan', of: 'MB of JSON', unit: 'cost', series });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const { BENCH_WAY: way, BENCH_FILE: file } = process.env;
if (way === undefined || file === undefined) {
  process.stdout.write(`Node.js ${process.version}, ${availableParallelism()} cores, medians of ${ROUNDS} rounds\n`);
  const sizes = process.argv.slice(2).map(Number);
  await compare(sizes.length === 0 ? [2, 20, 200] : sizes);
} else await measure(way as Way, file);
