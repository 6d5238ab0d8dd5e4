/**
 * What a scrape costs, beside prom-client rendering the same registry for each scrape: `node --conditions=drift-source
 * bench/scrape.ts [checks] [drifted resources a check] [pairs]`. Each side is a process of its own; they take turns over HTTP
 * on the loopback.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Agent, get } from 'node:http';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

const [checks = 1000, drifted = 50, pairs = 7] = process.argv.slice(2).map(Number);
/** Of one side in one pair. */
const SCRAPES = { ours: 40, 'prom-client': 2 } as const;
type Side = keyof typeof SCRAPES;

interface Cost {
  readonly cpuMs: number;
  readonly blockedMs: number;
  readonly rssMiB: number;
  readonly bareRssMiB: number;
}

interface Server {
  readonly side: Side;
  readonly child: ChildProcess;
  readonly port: number;
  ask(question: { readonly ask: 'run' | 'runs' | 'cost'; readonly count?: number }): Promise<Cost>;
}

interface Measured {
  readonly cpuMs: number;
  readonly wallMs: readonly number[];
  readonly blockedMs: number;
}

const agent = new Agent({ keepAlive: true });

async function start(side: Side): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'scrape-server.ts'), [side, String(checks), String(drifted)], {
    execArgv: ['--conditions=drift-source', '--expose-gc'],
  });
  const answer = async <T>(): Promise<T> => ((await once(child, 'message')) as [T])[0];
  const { port } = await answer<{ port: number }>();
  return {
    side,
    child,
    port,
    ask: (question) => {
      child.send(question);
      return answer();
    },
  };
}

/** Milliseconds until the last byte. */
function scrape({ port }: Server, encoding: string): Promise<{ readonly ms: number; readonly bytes: number }> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/metrics', agent, headers: { 'Accept-Encoding': encoding } }, (response) => {
      let bytes = 0;
      response.on('data', (piece: Buffer) => (bytes += piece.length));
      response.on('end', () => resolve({ ms: performance.now() - started, bytes }));
    }).on('error', reject);
  });
}

/** CPU of the process that serves, a scrape; with `changing`, what the run before it and asking for it cost is in it. */
async function measure(server: Server, encoding: string, changing: boolean): Promise<Measured> {
  const wallMs: number[] = [];
  const before = await server.ask({ ask: 'cost' });
  for (let at = 0; at < SCRAPES[server.side]; at++) {
    if (changing) await server.ask({ ask: 'run' });
    wallMs.push((await scrape(server, encoding)).ms);
  }
  const after = await server.ask({ ask: 'cost' });
  return { cpuMs: (after.cpuMs - before.cpuMs) / wallMs.length, wallMs, blockedMs: after.blockedMs };
}

function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;
}

async function compare(ours: Server, theirs: Server, encoding: string, changing: boolean): Promise<string> {
  const [a, b, ratios]: [Measured[], Measured[], number[]] = [[], [], []];
  for (let pair = 0; pair < pairs; pair++) {
    const [one, other] = [await measure(ours, encoding, changing), await measure(theirs, encoding, changing)];
    a.push(one);
    b.push(other);
    ratios.push(other.cpuMs / one.cpuMs);
  }
  const shown = (list: readonly Measured[]): string => {
    const wall = list.flatMap(({ wallMs }) => wallMs);
    const cpu = quantile(
      list.map(({ cpuMs }) => cpuMs),
      0.5,
    );
    const blocked = quantile(
      list.map(({ blockedMs }) => blockedMs),
      0.5,
    );
    return `${cpu.toFixed(2)} | ${quantile(wall, 0.5).toFixed(1)} | ${quantile(wall, 0.99).toFixed(1)} | ${blocked.toFixed(0)}`;
  };
  const what = `${encoding}, ${changing ? 'one check changed' : 'nothing changed'}`;
  return `${what} | ${shown(a)} | ${shown(b)} | ${quantile(ratios, 0.5).toFixed(0)}x`;
}

/** Scrapes with gzip one after the other while checks end their runs. */
async function whileRunsGoOn(ours: Server, runsPerSecond: number): Promise<string> {
  await ours.ask({ ask: 'runs', count: runsPerSecond });
  const times: number[] = [];
  let blockedMs = 0;
  for (let at = 0; at < 300; at++) {
    times.push((await scrape(ours, 'gzip')).ms);
    await new Promise((resolve) => setTimeout(resolve, 20));
    blockedMs = Math.max(blockedMs, (await ours.ask({ ask: 'cost' })).blockedMs);
  }
  await ours.ask({ ask: 'runs' });
  return `${runsPerSecond} runs a second, gzip: p50 ${quantile(times, 0.5).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, event loop blocked at most ${blockedMs.toFixed(0)} ms`;
}

const { version } = createRequire(import.meta.url)('prom-client/package.json') as { version: string };
const ours = await start('ours');
const theirs = await start('prom-client');
console.log(
  `${cpus()[0]?.model} x ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node.js ${process.version}, prom-client ${version}`,
);
await ours.ask({ ask: 'cost' });
const first = await scrape(ours, 'gzip');
const built = await ours.ask({ ask: 'cost' });
const text = await scrape(ours, 'identity');
await scrape(theirs, 'identity');
console.log(
  `${checks} checks, ${checks * drifted * 2} resource series, ${text.bytes} bytes, ${first.bytes} with gzip; ${pairs} pairs`,
);
console.log(`first scrape ${first.ms.toFixed(0)} ms, event loop blocked at most ${built.blockedMs.toFixed(0)} ms\n`);
console.log(
  'scrape | ours: CPU ms | median ms | p99 ms | blocked ms | prom-client: CPU ms | median ms | p99 ms | blocked ms | ratio (CPU)',
);
for (const encoding of ['identity', 'gzip'])
  for (const changing of [false, true]) console.log(await compare(ours, theirs, encoding, changing));
console.log(`\n${await whileRunsGoOn(ours, 20)}`);
for (const server of [ours, theirs]) {
  const { rssMiB, bareRssMiB } = await server.ask({ ask: 'cost' });
  console.log(`${server.side}: RSS ${rssMiB.toFixed(0)} MiB, ${bareRssMiB.toFixed(0)} before the first scrape`);
  server.child.disconnect();
}
agent.destroy();
