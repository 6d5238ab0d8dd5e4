import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { StoreConfig } from '../../src/config/config.ts';
import { openIn, overEveryDatabase, type TestDatabase } from './databases.ts';
import { open } from './open.ts';
import { minute } from './run-results.ts';
import { temporaryFolder } from './temporary-folder.ts';

const RECORDER = fileURLToPath(new URL('record-forever.ts', import.meta.url));
const ZERO = Date.parse(minute(0));

/** A process that records from a number on. */
function recorder(config: StoreConfig, start: number): ChildProcess & { readonly stdout: Readable } {
  const options = ['--conditions=drift-source', '--disable-warning=ExperimentalWarning'];
  return spawn(process.execPath, [...options, RECORDER, JSON.stringify(config), String(start)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Kills it some time after its first record. Returns the last number acknowledged. */
async function recordUntilKilled(config: StoreConfig, start: number, milliseconds: number): Promise<number> {
  const child = recorder(config, start);
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  await sleep(milliseconds);
  child.kill('SIGKILL');
  await closed;
  return Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1));
}

/** A server may still carry out what the killed process had asked last. */
async function settled(database: TestDatabase): Promise<void> {
  if (database.kind === 'sqlite') return;
  const sessions = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = 'drift'`;
  while ((await database.sql(sessions)).length > 0) await sleep(10);
}

overEveryDatabase('a store whose process is killed', (database) => {
  const rounds = database.kind === 'sqlite' ? 20 : 8;

  it(`has the last acknowledged record, whole, after each of ${rounds} kills at random moments`, async function () {
    this.timeout(180_000);
    let next = 0;
    for (let round = 0; round < rounds; round++) {
      const acknowledged = await recordUntilKilled(database.config(), next, Math.random() * 150);
      await settled(database);
      const store = await openIn(database);
      const states = await store.load();
      const newest = Math.max(...states.map(({ driftedSince }) => (Date.parse(driftedSince ?? '') - ZERO) / 60_000));
      // A record may be there before its acknowledgement was printed, but not the reverse.
      expect(newest).to.be.within(acknowledged, acknowledged + 1);
      for (const { last, firstSeen } of states) {
        const number = (Date.parse(last?.startedAt ?? '') - ZERO) / 60_000;
        expect(last?.drift).to.have.length(1 + (number % 40));
        expect(Object.keys(firstSeen)).to.have.length(1 + (number % 40));
        const values = new Set(last?.drift.map(({ changes }) => JSON.stringify(changes[0]?.live)));
        expect([...values]).to.deep.equal([JSON.stringify({ kind: 'known', value: `${number} 0` })]);
      }
      const [line] = await store.runs(`check-${newest % 3}`, { limit: 1 });
      expect(line?.startedAt).to.equal(minute(newest));
      await store.close();
      next = newest + 1;
    }
    const run = database.kind === 'sqlite' ? 'run' : 'drift_exporter.run';
    const [count] = await database.sql(`SELECT count(*) AS runs FROM ${run}`);
    expect(Number(count?.['runs'])).to.equal(next);
    if (database.kind === 'postgres') return;
    expect(await database.sql('PRAGMA integrity_check')).to.deep.equal([{ integrity_check: 'ok' }]);
    expect(await database.sql('PRAGMA foreign_key_check')).to.deep.equal([]);
  });
});

describe('a store in a file whose process is killed', () => {
  const at = temporaryFolder();

  it('is locked while another process has it, readable all the same, and free once that is killed', async () => {
    const child = recorder({ kind: 'sqlite', path: at('drift.db') }, 0);
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    const error: unknown = await open(at('drift.db')).catch((caught: unknown) => caught);
    expect(String(error)).to.include('another drift-exporter on host ').and.include(at('drift.db'));
    const reader = new DatabaseSync(at('drift.db'), { readOnly: true });
    expect(reader.prepare('SELECT count(*) AS checks FROM check_state').get()?.['checks']).to.be.within(1, 3);
    reader.close();
    child.kill('SIGKILL');
    await closed;
    await (await open(at('drift.db'))).close();
  });
});
