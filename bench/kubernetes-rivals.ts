/**
 * Our run beside `kubectl diff` and `kubectl diff --server-side` over the same objects, all in sync, on a real API server:
 * `KUBEBUILDER_ASSETS=DIR node --conditions=drift-source bench/kubernetes-rivals.ts [OBJECTS] [ROUNDS]`. They take turns; ours is a process
 * of its own like theirs, and is also measured within one that has run before, as the service does. Prints the medians, how
 * often ours fits into theirs, and the requests that the API server itself counted.
 */
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CheckContext } from '../src/checker.ts';
import { kubernetes } from '../checkers/kubernetes/index.ts';
import { checkerContext, sumOfRun } from '../test/support/checker-context.ts';
import { startKubeApiServer, type KubeApiServer } from '../test/support/kube-apiserver.ts';
import { writeTree } from '../test/support/kubernetes-sources.ts';

const NAMESPACES = 4;
const OPTIONS = { kubeconfig: 'kubeconfig', manifests: 'git' };
const MAIN = join(import.meta.dirname, '../src/main.ts');

const KINDS: readonly ((metadata: string, app: string) => string)[] = [
  (metadata, app) => `apiVersion: apps/v1
kind: Deployment
metadata: ${metadata}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${app}}}
  template:
    metadata: {labels: {app: ${app}}}
    spec:
      containers:
      - name: web
        image: web:1
        env: [{name: LEVEL, value: info}]
        ports: [{containerPort: 8080}]
        resources: {requests: {cpu: 100m, memory: 128Mi}}
`,
  (metadata, app) => `apiVersion: v1
kind: Service
metadata: ${metadata}
spec: {selector: {app: ${app}}, ports: [{port: 80, targetPort: 8080}]}
`,
  (metadata) => `apiVersion: v1
kind: ConfigMap
metadata: ${metadata}
data: {level: info, limits: "a: 1"}
`,
  (metadata) => `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: ${metadata}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get, list]}]
`,
];

/** Asking for the count is a request itself, counted when it is answered: by the next one. */
const COUNTING = 1;

const { KUBEBUILDER_ASSETS: assets } = process.env;
if (assets === undefined)
  throw new Error('KUBEBUILDER_ASSETS is not set: the directory of etcd, kube-apiserver, kubectl');
const [objects = 100, rounds = 3] = process.argv.slice(2).map(Number);

const source = await writeTree({ 'git/all.yaml': manifests(objects) });
const server = await startKubeApiServer(assets);
try {
  await cp(server.kubeconfig, join(source.dir, 'kubeconfig'));
  await apply(server);
  const context = await checkerContext({ sourceDir: source.dir });
  await race(server, context);
  await context.cleanup();
} finally {
  await server.close();
  await source.remove();
}

/** Deployments, Services, ConfigMaps and Roles in equal parts. */
function manifests(count: number): string {
  const documents = Array.from({ length: count }, (_, index) => {
    const metadata = `{name: web-${index}, namespace: bench-${index % NAMESPACES}, labels: {app: web-${index}}}`;
    return KINDS[Math.floor(index / NAMESPACES) % KINDS.length]?.(metadata, `web-${index}`) ?? '';
  });
  const namespaces = Array.from(
    { length: NAMESPACES },
    (_, index) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: bench-${index}}\n`,
  );
  return [...namespaces, ...documents].join('---\n');
}

/** Server-side, by the manager that `kubectl diff --server-side` speaks for: none of the three finds anything. */
async function apply({ kubectl }: KubeApiServer): Promise<void> {
  await kubectl(['apply', '--server-side', '-f', join(source.dir, 'git')]);
}

async function race({ kubectl }: KubeApiServer, context: CheckContext): Promise<void> {
  const env = { HOME: source.dir, KUBECONFIG: server.kubeconfig };
  const ours = async (): Promise<void> => {
    const { failures, drift, resources } = await sumOfRun(kubernetes, OPTIONS, context);
    if (failures.length + drift.length > 0 || resources !== objects + NAMESPACES)
      throw new Error(
        `expected ${objects + NAMESPACES} objects in sync: ${JSON.stringify({ failures, drift, resources })}`,
      );
  };
  const entrants: Readonly<Record<string, () => Promise<unknown>>> = {
    'drift-exporter, a run of the service': ours,
    'drift-exporter check, a process': () =>
      promisify(execFile)(process.execPath, [MAIN, 'check', '--kubernetes', join(source.dir, 'git')], {
        env: { PATH: process.env['PATH'], ...env },
      }),
    'kubectl diff': () => kubectl(['diff', '-f', join(source.dir, 'git')]),
    'kubectl diff --server-side': () => kubectl(['diff', '--server-side', '-f', join(source.dir, 'git')]),
  };
  await ours();
  const results = new Map(Object.keys(entrants).map((name) => [name, { ms: [] as number[], requests: 0 }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(entrants)) {
      const before = await requestsServed(kubectl);
      const start = performance.now();
      await run();
      results.get(name)?.ms.push(performance.now() - start);
      const counted = (await requestsServed(kubectl)) - before - COUNTING;
      const result = results.get(name);
      if (result !== undefined) result.requests = counted;
    }
  }
  report(results);
}

/** The API server's own count of what kubectl and we asked, without what it and its peers ask each other. */
async function requestsServed(kubectl: KubeApiServer['kubectl']): Promise<number> {
  const metrics = await kubectl(['get', '--raw', '/metrics']);
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_request_total{') && !/resource="leases"/.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

function report(results: ReadonlyMap<string, { readonly ms: readonly number[]; readonly requests: number }>): void {
  const ours = median([...results.values()][0]?.ms ?? []);
  for (const [name, { ms, requests }] of results) {
    const times = (median(ms) / ours).toFixed(1);
    console.log(`${objects} objects, ${name}: ${median(ms).toFixed(0)} ms (${times}x), ${requests} requests`);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
