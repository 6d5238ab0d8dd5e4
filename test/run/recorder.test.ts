import { expect } from 'chai';
import { pino } from 'pino';
import { createRecorder } from '../../src/run/recorder.ts';
import type { RunResult } from '../../src/run/result.ts';
import { initialState, nextState } from '../../src/run/state.ts';
import { memoryStore } from '../../src/store/open-store.ts';

const log = pino({ level: 'silent' });
const result = (minute: number): RunResult => ({
  check: 'a',
  checker: 'command',
  status: 'in_sync',
  startedAt: `2026-01-01T00:0${minute}:00.000Z`,
  durationSeconds: 1,
  resources: 1,
  drift: [],
  suppressed: [],
  ruleMatches: {},
  failures: [],
  notices: [],
  notCompared: [],
  redactions: 0,
});

describe('the recorder', () => {
  it('keeps what a full disk did not take, and writes all of it, in order, when there is room', async () => {
    const store = await memoryStore({ retention: { inSyncMs: 1e12, otherMs: 1e12 }, log });
    let full = false;
    const written: string[] = [];
    const recorder = createRecorder(
      {
        ...store,
        record: async (state, run) => {
          if (full) throw new Error('database or disk is full');
          written.push(run.startedAt);
          await store.record(state, run);
        },
      },
      log,
    );
    let state = initialState('a');
    for (const minute of [1, 2, 3]) {
      full = minute > 1;
      state = nextState(state, result(minute), 1);
      await recorder.record(state, result(minute));
    }
    expect([recorder.up, recorder.errors > 0, written.length]).to.deep.equal([false, true, 1]);
    full = false;
    await recorder.close();
    expect(written).to.deep.equal([1, 2, 3].map((minute) => result(minute).startedAt));
    expect((await store.load())[0]).to.deep.equal(state);
    expect(await store.runs('a', { limit: 10 })).to.have.length(3);
    await store.close();
  });
});
