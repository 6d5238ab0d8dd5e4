import { expect } from 'chai';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { CheckState } from '../../src/run/state.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import type { RunSummary } from '../../src/store/store.ts';
import { open } from './open.ts';
import { drifted, failed, minute, resource, result, stateAfter } from './run-results.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * One store a step, as that step left it, with what the code of then gave back. `UPDATE_GOLDEN=1 npm test` makes the
 * one of the newest step; those of released steps never change.
 */
function golden(step: string, extension: 'db' | 'json'): string {
  return fileURLToPath(new URL(`fixtures/${step}.${extension}`, import.meta.url));
}

const RUNS = [
  drifted([resource('b'), resource('a')], { exitCode: 2, revision: 'abc' }),
  failed({ startedAt: minute(1) }),
  result({ check: 'dns', startedAt: minute(2) }),
];

async function makeGolden(step: string): Promise<void> {
  mkdirSync(fileURLToPath(new URL('fixtures', import.meta.url)), { recursive: true });
  const store = await open(golden(step, 'db'));
  for (const [index, run] of RUNS.entries())
    await store.record(stateAfter(RUNS.slice(0, index + 1).filter(({ check }) => check === run.check)), run);
  const known = { states: await store.load(), web: await store.runs('web', { limit: 9 }) };
  await store.close();
  writeFileSync(golden(step, 'json'), `${JSON.stringify(known, null, 2)}\n`);
}

interface Known {
  readonly states: readonly CheckState[];
  readonly web: readonly RunSummary[];
}

/** What is made of what earlier steps did not know. */
function upgraded(step: string, known: Known): Known {
  if (step !== '0001_first') return known;
  const id = '00000000-0000-0000-0000-000000000000';
  const states = known.states.map(({ last, seen, ...state }) => ({
    ...state,
    ...(last && { last: { ...last, id } }),
    ...(seen && { seen: { ...seen, id } }),
    runs: {},
    version: 0,
  }));
  return { ...known, states };
}

/** Tables and indexes with their columns, as SQLite wrote them down. */
function schema(path: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const found = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
  database.close();
  return found;
}

describe('migrations', () => {
  const at = temporaryFolder();
  const steps = Object.keys(MIGRATIONS);

  before(async () => {
    const newest = steps.at(-1) ?? '';
    if (process.env['UPDATE_GOLDEN'] === '1' && !existsSync(golden(newest, 'db'))) await makeGolden(newest);
  });

  for (const step of steps)
    it(`bring a store of step ${step} up to date with all that it knew`, async () => {
      copyFileSync(golden(step, 'db'), at('drift.db'));
      const store = await open(at('drift.db'));
      const known = { states: await store.load(), web: await store.runs('web', { limit: 9 }) };
      await store.close();
      expect(known).to.deep.equal(upgraded(step, JSON.parse(readFileSync(golden(step, 'json'), 'utf8')) as Known));
      await (await open(at('new.db'))).close();
      expect(schema(at('drift.db'))).to.deep.equal(schema(at('new.db')));
    });

  it('are named so that their order is that of their names', () => {
    expect(steps.toSorted()).to.deep.equal(steps);
  });
});
