/**
 * What the store costs, in SQLite and in PostgreSQL: `node --conditions=drift-source bench/store.ts [RUNS]`. Floor and
 * store take turns in one process. RUNS of history (a million unless given) tell its size.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { pino } from 'pino';
import type { StoreConfig } from '../src/config/config.ts';
import type { ResourceDrift } from '../src/drift.ts';
import type { RunResult } from '../src/run/result.ts';
import { initialState, nextState } from '../src/run/state.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Store } from '../src/store/store.ts';
import { launchPostgres } from '../test/support/postgres.ts';

const RUNS = Number(process.argv[2] ?? 1_000_000);
const CHECKS = 500;
const ROUNDS = 5;
const DAY = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00.000Z');

interface Subject {
  readonly name: string;
  readonly config: StoreConfig;
  /** One row of a table of its own with a result's JSON, as the database's driver does it at its barest. */
  readonly floor: (key: string, json: string) => unknown;
  /** How many records are under way at once. */
  readonly parallel: readonly number[];
  readonly sql: (text: string) => Promise<unknown>;
  /** `i` from 1 to RUNS, and what a text column starts with. */
  readonly numbers: string;
  readonly prefix: string;
  readonly uuid: string;
  readonly bytes: () => Promise<number>;
}

function run(check: string, number: number): RunResult {
  const changes = Array.from({ length: 6 }, (_, index) => ({
    op: 'replace' as const,
    path: `/spec/field_${index}`,
    live: { kind: 'known' as const, value: `live ${number} ${'x'.repeat(30)}` },
    desired: { kind: 'known' as const, value: `desired ${'y'.repeat(30)}` },
  }));
  const drift = Array.from({ length: 10 }, (_, index): ResourceDrift => {
    return { address: `r[${index}]`, type: 'aws_subnet', action: 'update', cause: 'unknown', changes };
  });
  const startedAt = new Date(START + number * 60_000).toISOString();
  const none = { suppressed: [], ruleMatches: {}, failures: [], notices: [], notCompared: [], redactions: 0 };
  const found = { status: 'drifted', durationSeconds: 1, resources: 10, drift } as const;
  return { id: randomUUID(), check, checker: 'command', startedAt, ...found, ...none };
}

const say = (label: string, text: string): void => void process.stdout.write(`${label.padEnd(34)}${text}\n`);
const median = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
const since = (start: number): number => (performance.now() - start) / 1000;
const open = (config: StoreConfig): Promise<Store> =>
  openStore(config, { retention: { inSyncMs: 14 * DAY, otherMs: 90 * DAY }, log: pino({ level: 'silent' }) });

/** Runs the work over all items, so many at once. Returns items a second. */
async function rate<T>(items: readonly T[], parallel: number, work: (item: T) => unknown): Promise<number> {
  const start = performance.now();
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return items.length / since(start);
}

async function records({ config, floor, parallel }: Subject): Promise<void> {
  const store = await open(config);
  for (const lanes of parallel) {
    const floors: number[] = [];
    const ours: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const results = Array.from({ length: CHECKS }, (_, index) => run(`${lanes}-${index}`, round));
      bytes = JSON.stringify(results[0]).length;
      floors.push(await rate(results, lanes, (result) => floor(result.check, JSON.stringify(result))));
      const version = round + 1;
      ours.push(
        await rate(results, lanes, (result) =>
          store.record({ ...nextState(initialState(result.check), result, 1), version }, result),
        ),
      );
    }
    const times = (median(floors) / median(ours)).toFixed(1);
    say(
      `record, ${lanes} at once`,
      `${median(ours).toFixed(0)} a second; the floor ${median(floors).toFixed(0)}, ${times} times as many (${bytes} bytes each)`,
    );
  }
  const start = performance.now();
  const states = await store.load();
  say(`load ${states.length} checks`, `${(since(start) * 1000).toFixed(0)} ms`);
  await store.close();
}

/** A minute between two runs of a check, one in twenty drifted, ids and commits as they are. */
async function history({ config, sql, numbers, prefix, uuid, bytes }: Subject): Promise<void> {
  await (await open(config)).close();
  await sql(`DELETE FROM ${prefix}run`);
  await sql(prefix === '' ? 'VACUUM' : `VACUUM FULL ${prefix}run`);
  const before = await bytes();
  const at = (n: string): string =>
    prefix === ''
      ? `strftime('%Y-%m-%dT%H:%M:%S.000Z', ${START / 1000} + ${n}, 'unixepoch')`
      : `to_char(to_timestamp(${START / 1000} + ${n}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"')`;
  await sql(
    `INSERT INTO ${prefix}run (check_name, started_at, status, duration_seconds, exit_code, revision, resources, drifted, suppressed, failed, failures, run_id)
     SELECT 'prod-network-' || (i % ${CHECKS}), ${at(`(i / ${CHECKS}) * 60`)}, CASE WHEN i % 20 = 0 THEN 'drifted' ELSE 'in_sync' END,
       12.5, 0, '4f2e9a1c0ffee4f2e9a1c0ffee4f2e9a1c0ffee0', 120, 0, 0, 0, '[]', ${uuid} FROM ${numbers} AS n`,
  );
  await sql('ANALYZE');
  const grown = (await bytes()) - before;
  say(`${RUNS} runs of history`, `${(grown / 2 ** 20).toFixed(0)} MiB, ${(grown / RUNS).toFixed(0)} bytes a run`);
  const store = await open(config);
  const pages: number[] = [];
  for (let index = 0; index < 200; index++) {
    const start = performance.now();
    await store.runs(`prod-network-${index}`, { limit: 60 });
    pages.push(since(start) * 1000);
  }
  say('a page of 60 runs', `${median(pages).toFixed(1)} ms`);
  const start = performance.now();
  const removed = await store.prune(new Date(START + 400 * DAY));
  say(`prune all ${removed}`, `${(removed / since(start)).toFixed(0)} a second, in batches of 500`);
  await store.close();
}

function sqlite(folder: string): Subject {
  const path = join(folder, 'drift.db');
  const raw = new DatabaseSync(join(folder, 'raw.db'));
  raw.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT)');
  const insert = raw.prepare('INSERT OR REPLACE INTO t VALUES (?, ?)');
  return {
    name: 'SQLite',
    config: { kind: 'sqlite', path },
    floor: (key, json) => insert.run(key, json),
    parallel: [1],
    sql: async (text) => {
      const database = new DatabaseSync(path);
      database.exec(text);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
    },
    numbers: `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${RUNS}) SELECT i FROM n)`,
    prefix: '',
    uuid: `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(6)))`,
    bytes: async () => statSync(path).size,
  };
}

function postgres(url: string): Subject {
  const pool = new pg.Pool({ connectionString: url, allowExitOnIdle: true });
  pool.on('error', () => undefined);
  const created = pool.query('CREATE TABLE public.t (k text PRIMARY KEY, v text)');
  return {
    name: 'PostgreSQL',
    config: { kind: 'postgres', url },
    floor: async (key, json) => {
      await created;
      return pool.query('INSERT INTO public.t VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v', [
        key,
        json,
      ]);
    },
    parallel: [1, 10],
    sql: (text) => pool.query(text),
    numbers: `(SELECT generate_series(1, ${RUNS}) AS i)`,
    prefix: 'drift_exporter.',
    uuid: 'gen_random_uuid()::text',
    bytes: async () => {
      const { rows } = await pool.query<{ bytes: string }>(
        `SELECT pg_total_relation_size('drift_exporter.run') AS bytes`,
      );
      return Number(rows[0]?.bytes);
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'drift-bench-'));
const server = await launchPostgres({ fsync: true, settings: { shared_buffers: '256MB', max_wal_size: '4GB' } });
for (const subject of [sqlite(folder), postgres(server.url)]) {
  process.stdout.write(`${subject.name}\n`);
  await records(subject);
  await history(subject);
}
await server.close();
rmSync(folder, { recursive: true });
