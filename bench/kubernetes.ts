/**
 * What a Kubernetes check costs beside merely fetching and JSON-parsing the same LISTs:
 * `node --conditions=drift-source bench/kubernetes.ts [OBJECTS...]`. The server is a process of its own that replays objects of
 * a real API server; both sides take turns, each in a process that has already run once (a run in the service). Prints the
 * medians' ratio, the requests and the peak memory of the checking process.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import type { CheckContext } from '../src/checker.ts';
import { kubernetes } from '../checkers/kubernetes/index.ts';
import { checkerContext } from '../test/support/checker-context.ts';
import {
  recordedCluster,
  startReplayServer,
  type KubeItem,
  type KubeList,
} from '../test/support/kube-replay-server.ts';
import { loadCorpus } from '../test/support/kubernetes-corpus.ts';
import { kubeconfig, writeTree } from '../test/support/kubernetes-sources.ts';
import { parseManifests } from '../checkers/kubernetes/desired/parse-manifests.ts';

const ROUNDS = 5;
const PAGE = 500;
const NAMESPACES = 20;

interface Ready {
  readonly url: string;
  readonly manifests: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
}

const { BENCH_OBJECTS: toServe, BENCH_SOURCE: toCheck } = process.env;
if (toServe !== undefined) await serve(Number(toServe));
else if (toCheck !== undefined) await checkAlone(toCheck);
else await main();

/** For its peak memory: a process that does nothing but check. */
async function checkAlone(dir: string): Promise<void> {
  const context = await checkerContext({ sourceDir: dir });
  for (let round = 0; round < ROUNDS; round += 1) await check(context);
  await context.cleanup();
  process.send?.(process.resourceUsage().maxRSS / 1024);
  process.disconnect();
}

async function check(context: CheckContext): Promise<string> {
  let [resources, drift, failures] = [0, 0, 0];
  const options = kubernetes.options.parse({ kubeconfig: 'kubeconfig', manifests: 'git', qps: 1000, page_size: PAGE });
  for await (const piece of kubernetes.observe(options, context)) {
    const found = kubernetes.compare(piece, options);
    resources += found.resources;
    drift += found.drift.length;
    failures += found.failures?.length ?? 0;
  }
  return `${resources} compared, ${drift} drifted, ${failures} failures`;
}

/** Replays objects that are in sync, copied into many namespaces, and says what git declares of them. */
async function serve(count: number): Promise<void> {
  const corpus = await loadCorpus();
  const recorded = recordedCluster(corpus, 'ssa', 'before');
  const pairs = corpus.cases.flatMap((one) =>
    Object.values(one.git).flatMap((text) =>
      parseManifests({ text, name: one.id, isFile: false }).objects.flatMap(({ object }) => {
        const entry = findLive(recorded.lists, object.kind, object.metadata);
        return entry === undefined ? [] : [{ object, ...entry }];
      }),
    ),
  );
  const lists = new Map<string, { apiVersion: string; kind: string; items: KubeItem[] }>();
  const manifests = new Map<string, string[]>();
  for (let index = 0; index < count; index += 1) {
    const pair = pairs[index % pairs.length] as (typeof pairs)[number];
    const [name, namespace] = [`${pair.object.metadata.name}-${index}`, `bench-${index % NAMESPACES}`];
    const list = lists.get(pair.path) ?? { apiVersion: pair.list.apiVersion, kind: pair.list.kind, items: [] };
    lists.set(pair.path, list);
    list.items.push({ ...pair.item, metadata: { ...pair.item.metadata, name, namespace } });
    const desired = { ...pair.object, metadata: { ...pair.object.metadata, name, namespace } };
    const file = `git/${namespace}.yaml`;
    manifests.set(file, [...(manifests.get(file) ?? []), toYaml(desired)]);
  }
  const server = await startReplayServer({ cluster: { documents: recorded.documents, lists } });
  process.on('message', (question) => {
    if (question === 'requests')
      process.send?.(server.requests.splice(0).map(({ method, path }) => `${method} ${path}`));
  });
  const texts = Object.fromEntries(Array.from(manifests, ([file, documents]) => [file, documents.join('---\n')]));
  process.send?.({ url: server.url, manifests: texts, paths: [...lists.keys()] } satisfies Ready);
  await once(process, 'disconnect');
  await server.close();
}

function findLive(
  lists: ReadonlyMap<string, KubeList>,
  kind: string,
  { name, namespace }: { readonly name: string; readonly namespace?: string },
): { path: string; list: KubeList; item: KubeItem } | undefined {
  for (const [path, list] of lists) {
    if (namespace === undefined || list.kind !== `${kind}List` || kind === 'Widget') continue;
    if (kind === 'HorizontalPodAutoscaler' && !path.includes('/v2/')) continue;
    const item = list.items.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    if (item !== undefined) return { path, list, item };
  }
  return undefined;
}

/** Block style, as people write it. */
function toYaml(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return `${JSON.stringify(value)}\n`;
  const entries = Object.entries(value);
  if (entries.length === 0) return Array.isArray(value) ? '[]\n' : '{}\n';
  const lines = entries.map(([key, item]) => {
    const isDeep = typeof item === 'object' && item !== null && Object.keys(item as object).length > 0;
    const text = toYaml(item, `${indent}  `);
    return `${indent}${Array.isArray(value) ? '-' : `${JSON.stringify(key)}:`}${isDeep ? `\n${text}` : ` ${text}`}`;
  });
  return lines.join('');
}

async function main(): Promise<void> {
  const counts = process.argv.slice(2).map(Number);
  for (const count of counts.length > 0 ? counts : [1000, 10_000]) await measure(count);
}

async function measure(count: number): Promise<void> {
  const child = fork(new URL(import.meta.url), { env: { ...process.env, BENCH_OBJECTS: String(count) } });
  const [ready] = (await once(child, 'message')) as [Ready];
  const source = await writeTree(ready.manifests);
  await writeFile(join(source.dir, 'kubeconfig'), kubeconfig(ready.url));
  const context = await checkerContext({ sourceDir: source.dir });
  const said = await check(context);
  await bareLists(ready);
  await requestsOf(child);
  const times: { bare: number[]; ours: number[] } = { bare: [], ours: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.bare.push(await timed(() => bareLists(ready)));
    await requestsOf(child);
    times.ours.push(await timed(() => check(context)));
  }
  const requests = await requestsOf(child);
  const [bare, ours] = [median(times.bare), median(times.ours)];
  const alone = fork(new URL(import.meta.url), { env: { ...process.env, BENCH_SOURCE: source.dir } });
  const [peak] = (await once(alone, 'message')) as [number];
  console.log(
    `${count} objects (${said}): ${ours.toFixed(0)} ms; the LISTs alone ${bare.toFixed(0)} ms; ratio ${(ours / bare).toFixed(2)}; ` +
      `${requests.length} requests (${requests.filter((one) => !one.includes('/openapi/')).length} pages); peak ${peak.toFixed(0)} MiB`,
  );
  child.disconnect();
  await context.cleanup();
  await source.remove();
}

async function requestsOf(child: ChildProcess): Promise<string[]> {
  child.send('requests');
  const [requests] = (await once(child, 'message')) as [string[]];
  return requests;
}

/** The floor: every page fetched and parsed, four at a time, nothing else. */
async function bareLists({ url, paths }: Ready): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const waiting = paths.values();
  const worker = async (): Promise<void> => {
    for (const path of waiting) {
      let token = '';
      do {
        const text = await fetchText(`${url}${path}?limit=${PAGE}${token && `&continue=${token}`}`, agent);
        const { metadata } = JSON.parse(text) as { metadata: { continue?: string } };
        token = metadata.continue ?? '';
      } while (token !== '');
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  agent.destroy();
}

function fetchText(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve(Buffer.concat(chunks).toString('utf8'));
      });
    }).on('error', reject);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
