import { expect } from 'chai';
import fc from 'fast-check';
import { crc32, inflateRawSync } from 'node:zlib';
import { ACTIONS, ACTOR_CLASSES, CAUSES, type ResourceDrift } from '../../src/drift.ts';
import { createMetrics, type Format, type Metrics } from '../../src/metrics/exposition.ts';
import type { MetricsView } from '../../src/metrics/table.ts';
import { Board } from '../../src/run/board.ts';
import type { RunResult } from '../../src/run/result.ts';
import { promClientRegistry, promClientText } from './prom-client.ts';

/** Without a colon: prom-client takes `a:1,b:2` of one label for two labels, and would lose a series. */
const hostile = fc.string({
  unit: fc.constantFrom(
    '\n',
    '"',
    '\\',
    '\\n',
    ' ',
    ',',
    '=',
    '{',
    '}',
    '#',
    'é',
    '😀',
    '\ud800',
    '\0',
    '\r',
    'x',
    '1',
  ),
  maxLength: 8,
});
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 1e21, 1e-7, 2 ** 53, 1_767_225_600.123, 0.1 + 0.2),
);
const count = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 53, 1e21, 0.5));
const time = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.123Z', '1969-12-31T23:59:59Z', 'never');

const drift = fc.record<ResourceDrift>(
  {
    address: hostile,
    type: hostile,
    scope: hostile,
    action: fc.constantFrom(...ACTIONS),
    cause: fc.constantFrom(...CAUSES),
    actor: fc.record({ name: hostile, class: fc.constantFrom(...ACTOR_CLASSES) }),
    changes: fc.array(fc.constant({ op: 'replace', path: '/a' } as const), { maxLength: 3 }),
  },
  { requiredKeys: ['address', 'type', 'action', 'cause', 'changes'] },
);

const run = fc.record({
  status: fc.constantFrom('in_sync', 'drifted', 'error' as const),
  exitCode: number,
  resources: number,
  durationSeconds: number,
  startedAt: time,
  committedAt: time,
  drift: fc.array(drift, { maxLength: 5 }),
  failures: fc.array(fc.record({ phase: fc.constant('observe' as const), reason: hostile, message: hostile }), {
    maxLength: 2,
  }),
  ruleMatches: fc.dictionary(fc.constantFrom('a', 'b'), count),
});

/** What becomes of one check. */
const change = fc.record({
  check: fc.nat(7),
  run,
  confirmed: fc.boolean(),
  statusChanges: count,
  drifted: count,
  nextRunAt: time,
  activity: fc.constantFrom('idle', 'queued', 'running' as const),
});

const service = fc.record({
  resourceSeriesPerCheck: fc.constantFrom(500, 500, 2),
  sources: fc.array(
    fc.record({
      name: hostile,
      kind: fc.constant('git' as const),
      location: hostile,
      fetchedAt: time,
      committedAt: time,
    }),
    { maxLength: 3 },
  ),
  discoveries: fc.array(
    fc.record({
      name: hostile,
      discoverer: hostile,
      up: fc.boolean(),
      succeededAt: time,
      items: count,
      dropped: count,
      checks: count,
      failures: fc.constant([{ phase: 'observe', reason: 'forbidden', message: 'x' }] as const),
    }),
    { maxLength: 2 },
  ),
  rules: fc.array(fc.record({ name: fc.constantFrom('a', 'b', '"\n\\'), expiresAt: time }), { maxLength: 3 }),
  pools: fc.array(fc.record({ name: hostile, workers: count, queued: count, running: count }), { maxLength: 3 }),
  queueLength: number,
  workersBusy: number,
  redactions: fc.dictionary(fc.constantFrom('terraform', 'x"\n\\', ''), count),
  version: hostile,
  externalUrl: hostile,
  config: fc.record({ lastReloadSuccessful: fc.boolean(), loadedAt: time }),
  // prom-client prints a metric without labels as 0 where nothing is known: ours is absent then, so all are known here.
  web: fc.record({
    file: fc.record({ lastReloadSuccessful: fc.boolean(), loadedAt: time }),
    expiry: fc.record({ server: time, client_ca: time }),
  }),
  store: fc.record({ up: fc.boolean(), errors: count }),
});

const step = fc.record({
  changes: fc.array(change, { maxLength: 4 }),
  service,
  /** Which checks are configured from now on, and with which labels; absent: as before. */
  configured: fc.option(
    fc.uniqueArray(fc.tuple(fc.nat(7), fc.dictionary(fc.constantFrom('team', 'cluster', 'env'), hostile)), {
      selector: ([check]) => check,
    }),
  ),
});

describe('/metrics, beside prom-client', () => {
  for (const format of ['text', 'openmetrics'] as const) {
    it(`prints the same bytes as ${format}, whatever changed since the last scrape and whatever labels hold`, async () => {
      const names = fc.uniqueArray(hostile, { minLength: 8, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(names, fc.array(step, { minLength: 1, maxLength: 5 }), (checks, steps) =>
          comparesEqual(format, checks, steps),
        ),
        { numRuns: 150 },
      );
    });
  }
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function comparesEqual(format: Format, names: readonly string[], steps: readonly Step[]): Promise<void> {
  const board = new Board();
  configure(
    board,
    names,
    [0, 1, 2, 3, 4, 5, 6].map((check) => [check, {}] as const),
  );
  let version = 0;
  let view: MetricsView | undefined;
  const metrics = createMetrics(() => ({ version: String(version), view: view ?? expect.fail('no view yet') }));
  try {
    for (const { changes, service, configured } of steps) {
      if (configured !== null) configure(board, names, configured);
      for (const item of changes) apply(board, names[item.check] ?? '', item);
      version++;
      view = { ...service, entries: board.entries() };
      const expected = Buffer.from(await promClientText(promClientRegistry(view), format)).toString();
      expect((await ours(metrics, format)).split('\n')).to.deep.equal(expected.split('\n'));
    }
  } finally {
    metrics.close();
  }
}

/** Up to what prom-client itself renders for us and measures anew each time; gzip must say the same. */
async function ours(metrics: Metrics, format: Format): Promise<string> {
  const text = Buffer.concat(await metrics.render(format)).toString();
  const zipped = gunzipOne(Buffer.concat(await metrics.render(format, 'gzip')));
  const [own, zippedOwn] = [text, zipped].map((body) => {
    const [before, after] = body.split(format === 'text' ? '\n# HELP process_cpu_user' : '# HELP process_cpu_user', 2);
    expect(after).to.match(format === 'text' ? /[^\n]\n$/ : /\n# EOF\n$/);
    return `${before ?? ''}${format === 'text' ? '' : '# EOF\n'}`;
  });
  expect(zippedOwn).to.equal(own);
  return own ?? '';
}

/** Fails unless it is exactly one member, with a right checksum and length. */
function gunzipOne(body: Buffer): string {
  const { buffer, engine } = inflateRawSync(body.subarray(10), { info: true }) as unknown as {
    readonly buffer: Buffer;
    readonly engine: { readonly bytesWritten: number };
  };
  expect(engine.bytesWritten).to.equal(body.length - 18);
  expect(body.readUInt32LE(body.length - 8)).to.equal(crc32(buffer));
  expect(body.readUInt32LE(body.length - 4)).to.equal(buffer.length);
  return buffer.toString();
}

function configure(
  board: Board,
  names: readonly string[],
  checks: readonly (readonly [number, Readonly<Record<string, string>>])[],
): void {
  board.configure(
    checks.map(([check, labels]) => ({
      name: names[check] ?? '',
      checker: 'terraform',
      labels,
      confirmations: 1,
      pool: 'default',
      weight: 1,
      options: {},
      timeoutMs: 60_001,
      schedule: { kind: 'interval', intervalMs: 900_000, jitter: 0 },
    })),
  );
}

function apply(board: Board, check: string, found: Step['changes'][number]): void {
  const entry = board.get(check);
  if (entry === undefined) return;
  const last = {
    ...found.run,
    check,
    checker: 'terraform',
    suppressed: [],
    notices: [],
    notCompared: [],
    redactions: 0,
  } as unknown as RunResult;
  const { confirmed, statusChanges, drifted, nextRunAt, activity } = found;
  const firstSeen = Object.fromEntries(last.drift.map(({ address }) => [address, last.startedAt]));
  const known = { ...entry.state, status: last.status, last, confirmed, statusChanges, firstSeen };
  board.update(check, { state: { ...known, runs: { drifted } }, nextRunAt, activity });
}
