/** What the store costs: `node --conditions=drift-source bench/store.ts`. Floor and store take turns in one run. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import type { ResourceDrift } from '../src/drift.ts';
import type { RunResult } from '../src/run/result.ts';
import { initialState, nextState } from '../src/run/state.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Store } from '../src/store/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'drift-bench-'));
const retention = { inSyncMs: 7 * 86_400_000, otherMs: 90 * 86_400_000 };
const path = join(folder, 'drift.db');
const open = (): Promise<Store> => openStore({ kind: 'sqlite', path }, { retention, log: pino({ level: 'silent' }) });

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
  const startedAt = new Date(number * 60_000).toISOString();
  const none = { suppressed: [], ruleMatches: {}, failures: [], notices: [], notCompared: [], redactions: 0 };
  return {
    id: randomUUID(),
    check,
    checker: 'command',
    status: 'drifted',
    startedAt,
    durationSeconds: 1,
    resources: 10,
    drift,
    ...none,
  };
}

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

const raw = new DatabaseSync(join(folder, 'raw.db'));
raw.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT)');
const insert = raw.prepare('INSERT OR REPLACE INTO t VALUES (?, ?)');
let store = await open();
const floors: number[] = [];
const ours: number[] = [];
let bytes = 0;
for (let round = 0; round < 5; round++) {
  const results = Array.from({ length: 1000 }, (_, index) => run(`check-${index}`, round));
  bytes = JSON.stringify(results[0]).length;
  let start = performance.now();
  for (const result of results) insert.run(result.check, JSON.stringify(result));
  floors.push(results.length / ((performance.now() - start) / 1000));
  start = performance.now();
  for (const result of results) await store.record(nextState(initialState(result.check), result, 1), result);
  ours.push(results.length / ((performance.now() - start) / 1000));
}
raw.close();
await store.close();
const start = performance.now();
store = await open();
const opened = performance.now();
const states = await store.load();
const loaded = performance.now();
await store.close();
process.stdout.write(
  `a result of ${bytes} bytes, all ten resources changed each time, one transaction each
raw node:sqlite, one row  ${median(floors).toFixed(0)} a second
record()                  ${median(ours).toFixed(0)} a second, ratio ${(median(ours) / median(floors)).toFixed(2)}
open                      ${(opened - start).toFixed(0)} ms
load ${states.length} checks           ${(loaded - opened).toFixed(0)} ms (${(statSync(path).size / 2 ** 20).toFixed(0)} MiB)
`,
);
rmSync(folder, { recursive: true });
