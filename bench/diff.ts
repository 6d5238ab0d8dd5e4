/**
 * Comparing values: `node --conditions=drift-source bench/diff.ts [ROUNDS]`. Deployments of 161 values each, all equal or
 * one value in twenty changed, by our comparison, by deep-diff alone, by microdiff and by fast-json-patch, in turns. CPU
 * time, as values a second.
 */
import { availableParallelism } from 'node:os';
import deepDiff from 'deep-diff';
import fastJsonPatch from 'fast-json-patch';
import microdiff from 'microdiff';
import { diffValues } from '../src/diff/diff-values.ts';
import type { Json } from '../src/drift.ts';
import { writeChart } from './chart.ts';

const ROUNDS = Number(process.argv[2] ?? 7);
const OBJECTS = [10, 100, 1000];
const ENTRANTS: Readonly<Record<string, (live: Json, desired: Json) => unknown>> = {
  ours: diffValues,
  'deep-diff': (live, desired) => deepDiff.diff(live, desired),
  microdiff: (live, desired) =>
    microdiff(live as object as Record<string, unknown>, desired as object as Record<string, unknown>),
  'fast-json-patch': (live, desired) => fastJsonPatch.compare(live as object, desired as object),
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

/** A Deployment with three containers. */
function deployment(at: number): Json {
  const text = (kind: string, count: number): Record<string, Json> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, key) => [`example.org/${kind}-${key}`, `${kind} ${key} of ${at}`]),
    );
  const container = (name: string): Json => ({
    name,
    image: `registry.example.org/${name}:1.${at}`,
    imagePullPolicy: 'IfNotPresent',
    args: ['--port=8080', '--verbose', `--shard=${at}`],
    env: Array.from({ length: 8 }, (_, key) => ({ name: `VARIABLE_${key}`, value: `value ${key} of ${at}` })),
    ports: [
      { name: 'http', containerPort: 8080, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
    ],
    resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    livenessProbe: {
      httpGet: { path: '/healthy', port: 'http', scheme: 'HTTP' },
      periodSeconds: 10,
      timeoutSeconds: 1,
    },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `app-${at}`, namespace: 'shop', labels: text('label', 14), annotations: text('annotation', 11) },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: `app-${at}` } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        metadata: { labels: { app: `app-${at}` } },
        spec: { containers: ['app', 'proxy', 'logs'].map(container) },
      },
    },
  };
}

const leavesOf = (value: Json): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce((sum: number, inner) => sum + leavesOf(inner), 0)
    : 1;

/** Every twentieth value is another one. */
function drifted(value: Json, count = { at: 0 }): Json {
  if (Array.isArray(value)) return (value as Json[]).map((item) => drifted(item, count));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, drifted(inner, count)]));
  return count.at++ % 20 === 10 ? 'another' : value;
}

const copyOf = (values: readonly Json[]): Json[] => JSON.parse(JSON.stringify(values)) as Json[];

/** Microseconds of CPU that an entrant takes for all pairs, again and again for at least 30 ms. */
function costOf(entrant: (live: Json, desired: Json) => unknown, pairs: readonly (readonly [Json, Json])[]): number {
  const start = process.cpuUsage();
  for (let times = 1; ; times++) {
    for (const [live, desired] of pairs) entrant(live, desired);
    const { user, system } = process.cpuUsage(start);
    if (user + system > 30_000) return (user + system) / times;
  }
}

process.stdout.write(`Node.js ${process.version}, ${availableParallelism()} cores, medians of ${ROUNDS} rounds\n`);
const series: Record<string, [number, number][]> = {};
for (const title of ['equal', '5 % drifted'] as const) {
  for (const objects of OBJECTS) {
    const live = Array.from({ length: objects }, (_, at) => deployment(at));
    const desired = title === 'equal' ? copyOf(live) : copyOf(live).map((one) => drifted(one));
    const pairs = live.map((one, at) => [one, desired[at] ?? null] as const);
    const values = leavesOf(live);
    const costs = new Map(Object.keys(ENTRANTS).map((name) => [name, [] as number[]]));
    for (let round = -1; round < ROUNDS; round++) {
      for (const [name, entrant] of Object.entries(ENTRANTS)) {
        const cost = costOf(entrant, pairs);
        if (round >= 0) costs.get(name)?.push(cost); // the first round warms up
      }
    }
    const ours = median(costs.get('ours') ?? []);
    const said = [...costs].map(([name, times]) => {
      if (name === 'ours' || name === 'deep-diff')
        (series[`${name}, ${title}`] ??= []).push([objects, median(times) / 1000]);
      return `${name} ${(values / median(times)).toFixed(1)} million a second (${(median(times) / ours).toFixed(1)}x)`;
    });
    process.stdout.write(`${title}, ${objects} objects of ${values / objects} values: ${said.join(', ')}\n`);
  }
}
await writeChart('diff', { title: 'Comparing objects of 161 values', of: 'objects', unit: 'ms of CPU', series });
