import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMetrics, RUN_DURATION, type Format, type Metrics } from '../../src/metrics/exposition.ts';
import { METRICS, type MetricsView } from '../../src/metrics/table.ts';
import { Board } from '../../src/run/board.ts';
import type { RunResult } from '../../src/run/result.ts';
import { nextState } from '../../src/run/state.ts';
import { needs } from '../support/skips.ts';

const config = (name: string, labels: Record<string, string> = {}) => ({
  name,
  checker: 'terraform',
  labels,
  confirmations: 1,
  pool: 'default',
  weight: 1,
  options: {},
  timeoutMs: 60_000,
  schedule: { kind: 'interval', intervalMs: 900_000, jitter: 0 } as const,
});

const result = (check: string, minute: number, found: Partial<RunResult>): RunResult => ({
  id: randomUUID(),
  check,
  checker: 'terraform',
  status: 'in_sync',
  startedAt: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
  durationSeconds: 1.5,
  resources: 3,
  drift: [],
  suppressed: [],
  ruleMatches: {},
  failures: [],
  notices: [],
  notCompared: [],
  redactions: 0,
  ...found,
});

const subnet = {
  address: 'module.net.aws_subnet.a["x\\y"]',
  type: 'aws_subnet',
  scope: 'module.net',
  action: 'update',
  cause: 'out_of_band',
  actor: { name: 'alice', class: 'human' },
  changes: [
    { op: 'replace', path: '/cidr_block' },
    { op: 'add', path: '/tags/a' },
  ],
} as const;
const file = {
  address: 'web-01/motd\nsecond line',
  type: 'File',
  action: 'replace',
  cause: 'unknown',
  changes: [],
} as const;

const view = (board: Board, change: Partial<MetricsView> = {}): MetricsView => ({
  entries: board.entries(),
  resourceSeriesPerCheck: 500,
  sources: [
    {
      name: 'infra',
      kind: 'git',
      location: 'git.example.org',
      fetchedAt: '2026-01-01T00:00:00.000Z',
      committedAt: '2025-12-31T00:00:00.000Z',
    },
    { name: 'gone', kind: 'git', location: 'git.example.org', error: 'unreachable' },
  ],
  discoveries: [
    {
      name: 'clusters',
      discoverer: 'cluster_api',
      up: true,
      lookedAt: '2026-01-01T00:00:00.000Z',
      succeededAt: '2026-01-01T00:00:00.000Z',
      items: 3,
      dropped: 0,
      checks: 3,
      failures: [],
    },
    {
      name: 'roots',
      discoverer: 'terraform',
      up: false,
      items: 500,
      dropped: 12,
      checks: 499,
      failures: [
        { phase: 'observe', reason: 'too_large', message: '512 found' },
        { phase: 'source', reason: 'invalid', message: 'one', address: 'a' },
        { phase: 'source', reason: 'invalid', message: 'two', address: 'b' },
      ],
    },
    { name: 'young', discoverer: 'terraform', items: 0, dropped: 0, checks: 0, failures: [] },
  ],
  rules: [{ name: 'hpa', expiresAt: '2027-01-31T23:59:59.999Z' }, { name: 'forever' }],
  pools: [{ name: 'default', workers: 2, queued: 1, running: 3 }],
  queueLength: 2,
  workersBusy: 1,
  redactions: { terraform: 7 },
  version: '1.2.3',
  externalUrl: 'https://drift.example.org/',
  config: { lastReloadSuccessful: true, loadedAt: '2026-01-01T00:00:00.000Z' },
  web: {
    file: { lastReloadSuccessful: false, loadedAt: '2026-01-01T00:00:00.000Z' },
    expiry: { server: '2026-03-01T00:00:00.000Z', client_ca: '2027-01-01T00:00:00.000Z' },
  },
  store: { up: true, errors: 0 },
  ...change,
});

/** One check of each kind: in sync, drifted, failing with drift known before, partly failing, unconfirmed, never run. */
function filledBoard(): Board {
  const board = new Board();
  const runs: Readonly<Record<string, readonly RunResult[]>> = {
    'a-in-sync': [result('a-in-sync', 1, { exitCode: 0, committedAt: '2025-12-31T00:00:00.000Z' })],
    'b-drifted': [
      result('b-drifted', 1, { status: 'drifted', exitCode: 2, drift: [subnet] }),
      result('b-drifted', 2, {
        status: 'drifted',
        exitCode: 2,
        drift: [subnet, file],
        suppressed: [{ address: 'x', type: 'y', rule: 'hpa' }],
        ruleMatches: { hpa: 1 },
      }),
    ],
    'c-blind': [
      result('c-blind', 1, { status: 'drifted', exitCode: 2, drift: [subnet] }),
      result('c-blind', 2, {
        status: 'error',
        exitCode: 1,
        resources: 0,
        failures: [
          { phase: 'observe', reason: 'locked', message: 'm' },
          { phase: 'observe', reason: 'locked', message: 'n' },
        ],
      }),
    ],
    'd-partly': [
      result('d-partly', 1, {
        status: 'error',
        drift: [file],
        failures: [{ phase: 'observe', reason: 'unreachable', message: 'm', address: 'web-02' }],
        notices: [{ kind: 'warning', message: 'm' }],
        notCompared: [{ address: 'x', type: 'y', why: 'shell' }],
      }),
    ],
    'e-unconfirmed': [
      result('e-unconfirmed', 1, {}),
      result('e-unconfirmed', 2, { status: 'drifted', drift: [subnet] }),
    ],
    'f-never-run': [],
  };
  board.configure(
    Object.keys(runs).map((name) => ({
      ...config(name, name === 'b-drifted' ? { team: 'network', cluster: 'prod' } : {}),
      confirmations: name === 'e-unconfirmed' ? 2 : 1,
      pool: 'default',
      weight: 1,
    })),
  );
  for (const [name, results] of Object.entries(runs)) {
    for (const item of results) {
      const entry = board.get(name)!;
      board.update(name, { state: nextState(entry.state, item, entry.config.confirmations) });
    }
  }
  board.update('b-drifted', { activity: 'running', nextRunAt: '2026-01-01T00:30:00.000Z' });
  return board;
}

const rendered = async (metrics: Metrics, format: Format): Promise<string> =>
  Buffer.concat(await metrics.render(format)).toString();

/** Without what differs from process to process. */
const ownLines = (text: string): string =>
  text
    .split('\n')
    .filter((line) => /^(# (HELP|TYPE) )?drift_/.test(line) && !line.includes('process_'))
    .join('\n') + '\n';

describe('/metrics', () => {
  const golden = join(import.meta.dirname, 'metrics.golden.txt');

  it('says exactly what test/metrics/metrics.golden.txt says (UPDATE_GOLDEN=1 writes it)', async () => {
    const board = filledBoard();
    const metrics = createMetrics(() => ({ version: '1', view: view(board) }));
    metrics.observeRun('terraform', 3);
    const text = ownLines(await rendered(metrics, 'text'));
    metrics.close();
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    expect(text).to.equal(readFileSync(golden, 'utf8'));
  });

  for (const format of ['text', 'openmetrics'] as const) {
    it(`has one family a metric, each with help and type, and ends as ${format} does`, async () => {
      const board = filledBoard();
      const metrics = createMetrics(() => ({ version: '1', view: view(board) }));
      const text = await rendered(metrics, format);
      metrics.close();
      const types = text
        .split('\n')
        .filter((line) => line.startsWith('# TYPE '))
        .map((line) => line.split(' ')[2] ?? '');
      expect(new Set(types).size).to.equal(types.length);
      expect(text.match(/# EOF\n/g)?.length ?? 0).to.equal(format === 'text' ? 0 : 1);
      expect(text.endsWith(format === 'text' ? '\n' : '# EOF\n')).to.equal(true);
      for (const { name, type } of METRICS) {
        expect(types, name).to.include(
          format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name,
        );
      }
    });
  }

  it('passes promtool check metrics', async function () {
    needs(this, { promtool: 'apt-get install prometheus' });
    const board = filledBoard();
    const metrics = createMetrics(() => ({ version: '1', view: view(board) }));
    metrics.observeRun('terraform', 3);
    const input = await rendered(metrics, 'text');
    metrics.close();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('nodejs_'))).to.deep.equal([]);
    expect([status, stdout]).to.deep.equal([stderr === '' ? 0 : 3, '']);
  });

  it('caps the series of a check and counts what it left out', async () => {
    const board = new Board();
    board.configure([config('a')]);
    const drift = Array.from({ length: 20 }, (_, at) => ({ ...file, address: `r${at}` }));
    board.update('a', { state: nextState(board.get('a')!.state, result('a', 1, { status: 'drifted', drift }), 1) });
    const metrics = createMetrics(() => ({ version: '1', view: view(board, { resourceSeriesPerCheck: 5 }) }));
    const text = await rendered(metrics, 'text');
    metrics.close();
    expect(text.match(/^drift_resource_changed_fields\{/gm)).to.have.length(5);
    expect(text.match(/^drift_resource_drifted_since_timestamp_seconds\{/gm)).to.have.length(5);
    expect(text).to.include('drift_resource_series_truncated{check="a"} 15\n');
    expect(text).to.include('drift_check_drifted_resources{check="a",action="replace",cause="unknown"} 20\n');
  });

  it('drops the series of a check that was removed', async () => {
    const board = filledBoard();
    let version = 1;
    const metrics = createMetrics(() => ({ version: String(version), view: view(board) }));
    expect(await rendered(metrics, 'text')).to.include('check="b-drifted"');
    board.configure([config('a-in-sync')]);
    version++;
    const text = await rendered(metrics, 'text');
    metrics.close();
    expect(text).to.include('check="a-in-sync"').and.not.include('check="b-drifted"');
  });

  it('carries no user name, commit, value, error text or path in a label', async () => {
    for (const { labels } of METRICS) {
      expect(labels.filter((label) => /actor$|revision|value|message|error|path|file/.test(label))).to.deep.equal([]);
    }
    expect([...RUN_DURATION.labels]).to.deep.equal(['checker']);
  });
});
