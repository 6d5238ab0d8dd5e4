/**
 * What a Kubernetes check costs as a cluster grows, against a real API server:
 * `KUBEBUILDER_ASSETS=DIR node --conditions=drift-source bench/kubernetes-growth.ts [OBJECTS...] [--pairs=5]`. A quarter each
 * Deployments and Roles, the rest ConfigMaps, in twenty namespaces. Three take turns, in a process that ran before: the LISTs
 * merely fetched and parsed as JSON, a check that never ran, and one that ran before and finds that nothing changed. Prints
 * medians of wall time, of our CPU time and of the API server's, which counts its own, and its requests; then the peak memory
 * of processes that do one of the three only. Writes docs/charts/kubernetes.svg.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import type { CheckContext } from '../src/checker.ts';
import { readDesired } from '../checkers/kubernetes/desired/read-desired.ts';
import type { KubernetesOptions } from '../checkers/kubernetes/options.ts';
import { kubernetes } from '../checkers/kubernetes/index.ts';
import { checkerContext, sumOfNextRun } from '../test/support/checker-context.ts';
import { startKubeApiServer, type KubeApiServer } from '../test/support/kube-apiserver.ts';
import { writeTree } from '../test/support/kubernetes-sources.ts';
import { writeChart } from './chart.ts';

const NAMESPACES = 20;
const PAGE = 500;
const AT_ONCE = 24;
const OPTIONS = { kubeconfig: 'kubeconfig', manifests: 'git', qps: 1000, page_size: PAGE };
const PATHS = [
  '/apis/apps/v1/deployments',
  '/api/v1/configmaps',
  '/apis/rbac.authorization.k8s.io/v1/roles',
  '/apis/autoscaling/v2/horizontalpodautoscalers',
];
const ENTRANTS = ['LISTs alone', 'first run', 'nothing changed'] as const;
type Entrant = (typeof ENTRANTS)[number];
/** For its memory only: what git declares is held while a check runs. */
const GIT = 'manifests alone';

interface Cost {
  readonly wallMs: number;
  readonly ownMs: number;
  readonly serverMs: number;
  readonly requests: number;
}

const { BENCH_ALONE: alone, BENCH_SOURCE: dir = '' } = process.env;
if (alone === undefined) await main();
else await doAlone(alone as Entrant | typeof GIT);

/** For its peak memory: a process that does nothing else, three times. */
async function doAlone(entrant: Entrant | typeof GIT): Promise<void> {
  const context = await checkerContext({ sourceDir: dir });
  const kept = kubernetes.options.parse(OPTIONS);
  for (let time = 0; time < 3; time += 1) await entrants(context, kept)[entrant]();
  await context.cleanup();
  process.send?.(process.resourceUsage().maxRSS / 1024);
  process.disconnect();
}

function entrants(
  context: CheckContext,
  kept: KubernetesOptions,
): Readonly<Record<Entrant | typeof GIT, () => Promise<unknown>>> {
  return {
    [GIT]: () => readDesired(kept, context),
    'LISTs alone': () => bareLists(context.source.dir),
    'first run': () => sumOfNextRun(kubernetes, kubernetes.options.parse(OPTIONS), context),
    'nothing changed': () => sumOfNextRun(kubernetes, kept, context),
  };
}

async function main(): Promise<void> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets === undefined) throw new Error('KUBEBUILDER_ASSETS is not set: the directory of etcd and kube-apiserver');
  const given = process.argv.slice(2);
  const pairs = Number(given.find((one) => one.startsWith('--pairs='))?.slice(8) ?? 5);
  const sizes = given.filter((one) => !one.startsWith('--')).map(Number);
  const counts = sizes.length > 0 ? sizes : [1000, 10_000, 50_000];
  const load = loadavg()[0]?.toFixed(0);
  console.log(`${cpus()[0]?.model} x ${cpus().length}, load ${load}, Linux ${release()}, Node.js ${process.version}`);
  const server = await startKubeApiServer(assets);
  const lines = new Map<string, [number, number][]>();
  try {
    const post = await poster(server);
    for (let at = 0; at < NAMESPACES; at += 1) {
      await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `bench-${at}` } });
    }
    let created = 0;
    for (const count of counts) {
      const more = Array.from({ length: count - created }, (_, at) => objectAt(created + at));
      created = count;
      await inParallel(more, ({ path, object }) => post(`${path}?fieldManager=bench`, object));
      const costs = await measure(server, count, pairs);
      for (const [entrant, cost] of costs) {
        lines.set(entrant, [...(lines.get(entrant) ?? []), [count, cost.ownMs]]);
      }
    }
  } finally {
    await server.close();
  }
  await writeChart('kubernetes', {
    title: 'A Kubernetes check on a real API server',
    of: 'objects',
    unit: 'ms of CPU',
    series: Object.fromEntries(lines),
  });
}

async function measure(server: KubeApiServer, count: number, pairs: number): Promise<Map<Entrant, Cost>> {
  const objects = Array.from({ length: count }, (_, at) => objectAt(at).object);
  const files = Map.groupBy(objects, ({ metadata }) => `git/${metadata.namespace}.yaml`);
  const tree = Array.from(
    files,
    ([file, all]) => [file, all.map((one) => JSON.stringify(one)).join('\n---\n')] as const,
  );
  const source = await writeTree(Object.fromEntries(tree));
  await cp(server.kubeconfig, join(source.dir, 'kubeconfig'));
  const context = await checkerContext({ sourceDir: source.dir });
  const run = entrants(context, kubernetes.options.parse(OPTIONS));
  for (const entrant of [...ENTRANTS, ...ENTRANTS]) await run[entrant]();
  const costs = new Map(ENTRANTS.map((entrant) => [entrant, [] as Cost[]]));
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const entrant of ENTRANTS) costs.get(entrant)?.push(await costOf(server, run[entrant]));
  }
  const medians = new Map(Array.from(costs, ([entrant, all]) => [entrant, medianOf(all)]));
  const found = await sumOfNextRun(kubernetes, kubernetes.options.parse(OPTIONS), context);
  console.log(
    `\n${count} objects: ${found.resources} compared, ${found.drift.length} drifted, ${found.failures.length} failures`,
  );
  console.log(
    '| | wall | to the LISTs | CPU, ours | to the LISTs | CPU, API server | to the LISTs | requests | peak memory |',
  );
  for (const [entrant, cost] of medians) {
    const to = (key: keyof Cost): string =>
      medianOfRatios(costs.get(entrant) ?? [], costs.get('LISTs alone') ?? [], key).toFixed(2);
    const peak = await peakOf(entrant, source.dir);
    console.log(
      `| ${entrant} | ${cost.wallMs.toFixed(0)} ms | ${to('wallMs')} | ${cost.ownMs.toFixed(0)} ms | ${to('ownMs')} | ` +
        `${cost.serverMs.toFixed(0)} ms | ${to('serverMs')} | ${cost.requests} | ${peak.toFixed(0)} MiB |`,
    );
  }
  console.log(
    `peak memory of a process that reads the manifests only: ${(await peakOf(GIT, source.dir)).toFixed(0)} MiB`,
  );
  await context.cleanup();
  await source.remove();
  return medians;
}

async function peakOf(entrant: Entrant | typeof GIT, source: string): Promise<number> {
  const env = { ...process.env, BENCH_ALONE: entrant, BENCH_SOURCE: source };
  const [peak] = (await once(fork(new URL(import.meta.url), { env }), 'message')) as [number];
  return peak;
}

async function costOf(server: KubeApiServer, work: () => Promise<unknown>): Promise<Cost> {
  const before = await serverCounts(server);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const [wallMs, { user, system }] = [performance.now() - start, process.cpuUsage(cpu)];
  const after = await serverCounts(server);
  return {
    wallMs,
    ownMs: (user + system) / 1000,
    serverMs: (after.cpuSeconds - before.cpuSeconds) * 1000,
    requests: after.requests - before.requests,
  };
}

/** As the API server itself counts; LISTs of the kinds that are compared, whoever asks, as nobody else does. */
async function serverCounts({ kubectl }: KubeApiServer): Promise<{ cpuSeconds: number; requests: number }> {
  const lines = (await kubectl(['get', '--raw', '/metrics'])).split('\n');
  const sum = (matches: RegExp): number =>
    lines
      .filter((line) => matches.test(line))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  const kinds =
    /^apiserver_request_total\{.*resource="(?:deployments|configmaps|roles|horizontalpodautoscalers)".*verb="LIST"/;
  return { cpuSeconds: sum(/^process_cpu_seconds_total /), requests: sum(kinds) };
}

interface BenchObject {
  readonly path: string;
  readonly object: { readonly metadata: { readonly name: string; readonly namespace: string } };
}

function objectAt(at: number): BenchObject {
  const [name, namespace] = [`web-${at}`, `bench-${at % NAMESPACES}`];
  const labels = { app: name };
  const metadata = { name, namespace, labels };
  const place = (root: string, resource: string): string => `${root}/namespaces/${namespace}/${resource}`;
  switch (Math.floor(at / NAMESPACES) % 4) {
    case 0: {
      const resources = { requests: { cpu: '100m', memory: '128Mi' } };
      const container = { name: 'web', image: 'web:1', env: [{ name: 'LEVEL', value: 'info' }], resources };
      const template = { metadata: { labels }, spec: { containers: [container] } };
      const spec = { replicas: 2, selector: { matchLabels: labels }, template };
      return {
        path: place('/apis/apps/v1', 'deployments'),
        object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec } as BenchObject['object'],
      };
    }
    case 1: {
      const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }];
      return {
        path: place('/apis/rbac.authorization.k8s.io/v1', 'roles'),
        object: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules } as BenchObject['object'],
      };
    }
    default: {
      const data = { level: 'info', limits: 'a: 1' };
      return {
        path: place('/api/v1', 'configmaps'),
        object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as BenchObject['object'],
      };
    }
  }
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** One exchange as the administrator of a kubeconfig. */
async function exchanger(
  file: string,
  agent: Agent,
): Promise<(method: string, path: string, body?: unknown) => Promise<Answer>> {
  const { clusters, users } = JSON.parse(await readFile(file, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    users: [{ user: { token: string } }];
  };
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
  const headers = { authorization: `Bearer ${users[0].user.token}`, 'content-type': 'application/json' };
  const tls = { agent, headers, ca: Buffer.from(ca, 'base64') };
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = request(new URL(path, server), { method, ...tls }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) });
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

async function poster(server: KubeApiServer): Promise<(path: string, object: unknown) => Promise<void>> {
  const exchange = await exchanger(server.kubeconfig, new Agent({ keepAlive: true, maxSockets: AT_ONCE }));
  return async (path, object) => {
    const { status, body } = await exchange('POST', path, object);
    if (status > 299) throw new Error(`POST ${path}: ${status} ${body.toString('utf8')}`);
  };
}

/** The floor: every page fetched and parsed, four at a time, nothing else. */
async function bareLists(source: string): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const exchange = await exchanger(join(source, 'kubeconfig'), agent);
  await inParallel(PATHS, async (path) => {
    let token = '';
    do {
      const query = `limit=${PAGE}${token && `&continue=${encodeURIComponent(token)}`}`;
      const { body } = await exchange('GET', `${path}?${query}`);
      token = (JSON.parse(body.toString('utf8')) as { metadata: { continue?: string } }).metadata.continue ?? '';
    } while (token !== '');
  });
  agent.destroy();
}

function medianOf(costs: readonly Cost[]): Cost {
  const of = (key: keyof Cost): number => median(costs.map((cost) => cost[key]));
  return { wallMs: of('wallMs'), ownMs: of('ownMs'), serverMs: of('serverMs'), requests: of('requests') };
}

function medianOfRatios(costs: readonly Cost[], to: readonly Cost[], key: keyof Cost): number {
  return median(costs.map((cost, at) => cost[key] / (to[at]?.[key] ?? NaN)));
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? NaN;
}
