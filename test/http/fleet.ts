import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import type { CheckConfig, WebConfig } from '../../src/config/config.ts';
import type { Failure, ResourceDrift } from '../../src/drift.ts';
import { createApp } from '../../src/http/app.ts';
import type { HttpDeps } from '../../src/http/deps.ts';
import { listen, type Listening, type ListenLimits } from '../../src/http/listen.ts';
import { Board } from '../../src/run/board.ts';
import type { RunResult } from '../../src/run/result.ts';
import { initialState, nextState } from '../../src/run/state.ts';
import type { RunSummary } from '../../src/store/store.ts';
import { statusOf } from '../../src/drift.ts';

/** The time of every test: what is served depends on it. */
export const NOW: Date = new Date('2026-11-21T07:00:00.000Z');

function minutesAgo(minutes: number): string {
  return new Date(NOW.getTime() - minutes * 60_000).toISOString();
}

export function checkConfig(name: string, change: Partial<CheckConfig> = {}): CheckConfig {
  return {
    name,
    checker: 'terraform',
    schedule: { kind: 'interval', intervalMs: 900_000, jitter: 0 },
    timeoutMs: 600_000,
    labels: { environment: 'prod', team: 'network' },
    confirmations: 1,
    pool: 'default',
    weight: 1,
    options: { dir: '.' },
    ...change,
  };
}

export function runResult(check: CheckConfig, change: Partial<RunResult> = {}): RunResult {
  const drift = change.drift ?? [];
  const failures = change.failures ?? [];
  return {
    id: randomUUID(),
    check: check.name,
    checker: check.checker,
    status: statusOf({ drift, failures }),
    startedAt: minutesAgo(4),
    durationSeconds: 12.5,
    exitCode: drift.length > 0 ? 2 : 0,
    revision: '4f2e9a1c0ffee4f2e9a1c0ffee4f2e9a1c0ffee0',
    committedAt: minutesAgo(60 * 26),
    resources: 120,
    drift: [],
    suppressed: [],
    ruleMatches: {},
    failures: [],
    notices: [],
    notCompared: [],
    redactions: 0,
    ...change,
  };
}

/** Puts runs on the board the way the service does. */
export function record(board: Board, check: CheckConfig, results: readonly RunResult[]): void {
  let state = board.get(check.name)?.state ?? initialState(check.name);
  for (const result of results) state = nextState(state, result, check.confirmations);
  board.update(check.name, { state, nextRunAt: minutesAgo(-11) });
}

const value = (json: string | number | boolean | null): { kind: 'known'; value: string | number | boolean | null } => ({
  kind: 'known',
  value: json,
});

const DEPLOYMENT: ResourceDrift = {
  address: 'apps/Deployment/shop/web',
  type: 'Deployment',
  scope: 'shop',
  action: 'update',
  cause: 'out_of_band',
  actor: { name: 'alice@example.org (kubectl-edit)', class: 'human', at: minutesAgo(180) },
  origin: { file: 'shop/web.yaml', line: 12 },
  changes: [
    { op: 'replace', path: '/spec/replicas', live: value(3), desired: value(5) },
    {
      op: 'replace',
      path: '/spec/template/spec/containers/name=web/image',
      live: value('registry.example.org/web:hotfix'),
      desired: value('registry.example.org/web:1.8.2'),
    },
    { op: 'remove', path: '/metadata/labels/debug', live: value('true') },
  ],
};

export const CONFIG_MAP: ResourceDrift = {
  address: 'v1/ConfigMap/shop/nginx',
  type: 'ConfigMap',
  scope: 'shop',
  action: 'update',
  cause: 'unapplied',
  actor: { name: 'argocd-controller', class: 'controller' },
  changes: [
    {
      op: 'replace',
      path: '/data/nginx.conf',
      live: value('worker_processes 1;\nevents {\n  worker_connections 512;\n}\nhttp {\n  keepalive_timeout 65;\n}\n'),
      desired: value(
        'worker_processes 1;\nevents {\n  worker_connections 2048;\n}\nhttp {\n  keepalive_timeout 65;\n}\n',
      ),
    },
    { op: 'replace', path: '/data/token', live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } },
  ],
};

export const SUBNET: ResourceDrift = {
  address: 'module.net.aws_subnet.a[0]',
  type: 'aws_subnet',
  scope: 'module.net',
  action: 'replace',
  cause: 'unknown',
  changes: [
    {
      op: 'replace',
      path: '/cidr_block',
      live: value('10.0.1.0/24'),
      desired: value('10.0.2.0/24'),
      forcesReplacement: true,
    },
    { op: 'add', path: '/tags', desired: { kind: 'known', value: { owner: 'net', tier: 'private' } } },
    { op: 'replace', path: '/arn', live: value('arn:aws:ec2:subnet-1'), desired: { kind: 'unknown' } },
  ],
};

const UNREACHABLE: Failure = {
  phase: 'observe',
  reason: 'unreachable',
  message: 'ssh: connect to host web-02 port 22: No route to host',
  address: 'web-02',
};

/** A board with every state that a check can be in. */
export function smallFleet(): Board {
  const checks = {
    shop: checkConfig('prod-shop', {
      checker: 'kubernetes',
      labels: { environment: 'prod', team: 'shop', cluster: 'eu-1' },
    }),
    network: checkConfig('prod-network'),
    hosts: checkConfig('prod-hosts', { checker: 'ansible', labels: { environment: 'prod', team: 'hosts' } }),
    blind: checkConfig('prod-dns', { labels: { environment: 'prod', team: 'network' } }),
    sync: checkConfig('staging-network', { labels: { environment: 'staging', team: 'network' } }),
    stale: checkConfig('staging-shop', { checker: 'kubernetes', labels: { environment: 'staging', team: 'shop' } }),
    flapping: checkConfig('staging-hosts', { checker: 'ansible', confirmations: 3 }),
    fresh: checkConfig('new-cluster', { checker: 'kubernetes' }),
  };
  const board = new Board();
  board.configure(Object.values(checks));
  record(board, checks.shop, [
    runResult(checks.shop, { startedAt: minutesAgo(60 * 51), drift: [DEPLOYMENT] }),
    runResult(checks.shop, {
      drift: [DEPLOYMENT, CONFIG_MAP],
      suppressed: [{ address: 'apps/Deployment/shop/api', type: 'Deployment', rule: 'hpa-owns-replicas' }],
      notices: [
        { kind: 'warning', message: 'policy/v1beta1 is deprecated' },
        { kind: 'output', address: 'conftest', message: 'FAIL - web.yaml - ``` in a text\n\t2 tests, 1 failure\n' },
      ],
    }),
  ]);
  record(board, checks.network, [
    runResult(checks.network, { startedAt: minutesAgo(34), drift: [SUBNET] }),
    runResult(checks.network, { drift: [SUBNET] }),
  ]);
  record(board, checks.hosts, [
    runResult(checks.hosts, {
      drift: [
        {
          address: 'web-01/motd : copy',
          type: 'ansible.builtin.copy',
          scope: 'web-01',
          action: 'create',
          cause: 'unknown',
          changes: [],
        },
      ],
      failures: [UNREACHABLE],
      notCompared: [
        { address: 'web-01/reboot : command', type: 'ansible.builtin.command', why: 'check mode skips commands' },
      ],
    }),
  ]);
  const blindRun = {
    startedAt: minutesAgo(3),
    resources: 0,
    exitCode: 1,
    failures: [
      { ...UNREACHABLE, address: 'dns', message: 'backend s3: no credentials', reason: 'unauthenticated' as const },
    ],
  };
  record(board, checks.blind, [
    runResult(checks.blind, {
      startedAt: minutesAgo(18),
      drift: [
        {
          ...SUBNET,
          address: 'aws_route53_record.www',
          type: 'aws_route53_record',
          action: 'delete',
          cause: 'out_of_band',
        },
      ],
    }),
    runResult(checks.blind, blindRun),
  ]);
  record(board, checks.sync, [runResult(checks.sync)]);
  record(board, checks.stale, [runResult(checks.stale, { startedAt: minutesAgo(60 * 30) })]);
  record(board, checks.flapping, [
    runResult(checks.flapping, { startedAt: minutesAgo(19) }),
    runResult(checks.flapping, { drift: [CONFIG_MAP] }),
  ]);
  board.update('new-cluster', { activity: 'running' });
  return board;
}

/** Thousands of drifted resources over many checks. */
export function largeFleet(count: number, driftEach: number): Board {
  const board = new Board();
  const checks = Array.from({ length: count }, (_, index) =>
    checkConfig(`check-${String(index).padStart(4, '0')}`, { labels: { cluster: `c${index % 30}` } }),
  );
  board.configure(checks);
  for (const check of checks) {
    const drift = Array.from({ length: driftEach }, (_, index) => ({
      ...DEPLOYMENT,
      address: `apps/Deployment/ns/app-${String(index).padStart(3, '0')}`,
    }));
    record(board, check, [runResult(check, { drift })]);
  }
  return board;
}

export function summaries(check: string, count: number): RunSummary[] {
  return Array.from({ length: count }, (_, index): RunSummary => {
    const error = index % 11 === 5;
    const drifted = index < 20 ? 2 + (index % 3) : 0;
    return {
      check,
      status: error ? 'error' : drifted > 0 ? 'drifted' : 'in_sync',
      startedAt: minutesAgo(4 + index * 15),
      durationSeconds: 11 + (index % 4),
      exitCode: error ? 1 : drifted > 0 ? 2 : 0,
      revision: '4f2e9a1c0ffee4f2e9a1c0ffee4f2e9a1c0ffee0',
      resources: error ? 0 : 120,
      drifted: error ? 0 : drifted,
      suppressed: 0,
      failed: error ? 1 : 0,
      failures: error ? [{ phase: 'observe', reason: 'timeout', message: 'the time was up' }] : [],
    };
  });
}

/** On a free port of the loopback, with everything switched on. */
export function webConfig(change: Partial<WebConfig> = {}): WebConfig {
  return {
    listen: { host: '127.0.0.1', port: 0 },
    enableLifecycle: true,
    allowedHosts: [],
    trustedProxies: [],
    maxBodyBytes: 10 * 1024 * 1024,
    rateLimit: { requestsPerMinute: 0, failedLoginsPerMinute: 0 },
    ...change,
  };
}

export interface Served extends Listening {
  readonly deps: HttpDeps;
}

/** The real server on a free port of the loopback. */
export async function serve(board: Board, change: Partial<HttpDeps> = {}, limits?: ListenLimits): Promise<Served> {
  const log = pino({ level: 'silent' });
  const deps: HttpDeps = {
    board,
    actions: {
      run: async (check) => {
        const config = board.get(check)?.config ?? checkConfig(check);
        const result = runResult(config, { startedAt: NOW.toISOString() });
        record(board, config, [result]);
        return result;
      },
      reload: async () => ({ ok: true }),
    },
    runs: async (check, { limit }) => summaries(check, Math.min(limit, 60)),
    metrics: {
      render: async (format, encoding) => {
        const text = Buffer.from(`# ${format}\n`);
        return [encoding === 'gzip' ? gzipSync(text) : text];
      },
      contentType: (format) =>
        format === 'text'
          ? 'text/plain; version=0.0.4; charset=utf-8'
          : 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    },
    discoveries: () => [],
    sources: () => [
      {
        name: 'infra',
        kind: 'git',
        location: 'https://git.example.org/infra.git',
        revision: '4f2e9a1c0ffee',
        committedAt: minutesAgo(1500),
        fetchedAt: minutesAgo(1),
      },
      {
        name: 'hosts',
        kind: 'git',
        location: 'https://git.example.org/hosts.git',
        fetchedAt: minutesAgo(400),
        error: 'could not resolve host git.example.org',
      },
    ],
    describe: ({ options }) => ({ options }),
    ready: () => ({ ready: true }),
    web: webConfig(),
    log,
    version: '0.1.0',
    notes: () => [],
    serves: true,
    clock: () => NOW,
    ...change,
  };
  const options = { ...(limits && { limits }), ...(deps.webConfig && { webConfig: deps.webConfig }) };
  const listening = await listen(createApp(deps), deps.web, deps.log, options);
  return { ...listening, deps };
}
