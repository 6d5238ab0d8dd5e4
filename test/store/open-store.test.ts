import { expect } from 'chai';
import { statSync, symlinkSync } from 'node:fs';
import { memoryStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { LOG, open, refusal, RETENTION } from './open.ts';
import { drifted, resource, result, stateAfter } from './run-results.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('the store in a file', () => {
  const at = temporaryFolder();
  let store: Store;
  beforeEach(async () => {
    store = await open(at('drift.db'));
  });
  afterEach(() => store.close());

  it('creates its folder, and files that only their owner can read', async () => {
    const nested = await open(at('new', 'folder', 'drift.db'));
    await nested.record(stateAfter([result()]), result());
    for (const suffix of ['', '-wal', '-shm', '.lock'])
      expect(statSync(at('new', 'folder', `drift.db${suffix}`)).mode & 0o777, suffix).to.equal(0o600);
    await nested.close();
  });

  it('refuses a second user of the same file by any name, and is free once the first has closed', async () => {
    symlinkSync(at('drift.db'), at('alias.db'));
    await refusal(open(at('drift.db')), 'locked', [at('drift.db'), 'only user', 'another drift-exporter']);
    await refusal(open(at('alias.db')), 'locked', [at('alias.db')]);
    await store.record(stateAfter([result()]), result());
    await store.close();
    store = await open(at('drift.db'));
    expect(await store.load()).to.have.length(1);
  });

  it('is the same in memory', async () => {
    const memory = await memoryStore({ retention: RETENTION, log: LOG });
    const state = stateAfter([drifted([resource('b'), resource('a')])]);
    const run = state.last ?? result();
    await memory.record(state, run);
    expect(await memory.load()).to.deep.equal([state]);
    expect(await memory.runs('web', { limit: 5 })).to.have.length(1);
    await memory.close();
  });
});
