import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { open } from './open.ts';
import { minute } from './run-results.ts';
import { temporaryFolder } from './temporary-folder.ts';

const RECORDER = fileURLToPath(new URL('record-forever.ts', import.meta.url));

/** Records from a number on in a process of its own, killed after some time. Returns the last number acknowledged. */
async function recordUntilKilled(path: string, start: number, milliseconds: number): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--conditions=drift-source', '--disable-warning=ExperimentalWarning', RECORDER, path, String(start)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  await setTimeout(milliseconds);
  child.kill('SIGKILL');
  await closed;
  return Number(printed.slice(0, printed.lastIndexOf('\n')).split('\n').at(-1));
}

describe('a store whose process is killed', () => {
  const at = temporaryFolder();

  it('has the last acknowledged record, whole, after each of 20 kills at random moments', async () => {
    let next = 0;
    for (let round = 0; round < 20; round++) {
      const acknowledged = await recordUntilKilled(at('drift.db'), next, Math.random() * 150);
      const store = await open(at('drift.db'));
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
    const database = new DatabaseSync(at('drift.db'));
    expect(database.prepare('PRAGMA integrity_check').all()).to.deep.equal([{ integrity_check: 'ok' }]);
    expect(database.prepare('PRAGMA foreign_key_check').all()).to.deep.equal([]);
    expect(database.prepare('SELECT count(*) AS runs FROM run').get()).to.deep.equal({ runs: next });
    database.close();
  });

  it('is locked while another process has it, readable all the same, and free once that is killed', async () => {
    const child = spawn(process.execPath, ['--conditions=drift-source', RECORDER, at('drift.db')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
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

const ZERO = Date.parse(minute(0));
