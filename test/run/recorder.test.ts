import { expect } from 'chai';
import { pino } from 'pino';
import { createRecorder, type Advance, type Recorder } from '../../src/run/recorder.ts';
import type { RunResult } from '../../src/run/result.ts';
import { initialState, nextState, type CheckState } from '../../src/run/state.ts';
import { memoryStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { drifted, minute, resource, result, stateAfter } from '../store/run-results.ts';

const log = pino({ level: 'silent' });
const advance: Advance = (before, run) => nextState(before, run, 1);

/** A store whose disk can be full, in front of another. */
function fillable(
  store: Store,
): Pick<Store, 'load' | 'record' | 'runs' | 'close'> & { full: boolean; readonly written: string[] } {
  const written: string[] = [];
  const filled = {
    load: () => store.load(),
    runs: (check: string, query: { readonly limit: number }) => store.runs(check, query),
    close: () => store.close(),
    full: false,
    written,
    record: async (state: CheckState, run: RunResult) => {
      if (filled.full) throw new Error('database or disk is full');
      const answer = await store.record(state, run);
      if (answer.outcome === 'recorded') written.push(run.startedAt);
      return answer;
    },
  };
  return filled;
}

describe('the recorder', () => {
  let store: ReturnType<typeof fillable>;
  let recorder: Recorder;
  beforeEach(async () => {
    store = fillable(await memoryStore({ retention: { inSyncMs: 1e12, otherMs: 1e12 }, log }));
    recorder = createRecorder(store, log);
  });
  afterEach(async () => {
    await recorder.close();
    await store.close();
  });

  /** What a process does with each result: it computes the state from what it knows, and knows what was answered. */
  async function ran(runs: readonly RunResult[], known: CheckState = initialState('web')): Promise<CheckState> {
    let state = known;
    for (const run of runs) state = await recorder.record(advance(state, run), run, advance);
    return state;
  }

  const runs = Array.from({ length: 6 }, (_, index) => result({ startedAt: minute(index) }));

  it('keeps what a full disk did not take, and writes all of it, in order, when there is room', async () => {
    const first = await ran(runs.slice(0, 1));
    store.full = true;
    const state = await ran(runs.slice(1, 3), first);
    expect([recorder.up, recorder.errors > 0, store.written.length]).to.deep.equal([false, true, 1]);
    store.full = false;
    await recorder.close();
    expect(store.written).to.deep.equal(runs.slice(0, 3).map(({ startedAt }) => startedAt));
    expect(await store.load()).to.deep.equal([state]);
    expect(state).to.deep.equal(stateAfter(runs.slice(0, 3)));
    expect(await store.runs('web', { limit: 10 })).to.have.length(3);
  });

  it('tries again whenever it is asked to, also after there was nothing to write', async () => {
    await recorder.flush();
    store.full = true;
    await ran(runs.slice(0, 2));
    await recorder.flush();
    expect(store.written).to.deep.equal([]);
    store.full = false;
    await recorder.flush();
    expect([recorder.up, store.written.length]).to.deep.equal([true, 2]);
  });

  it('keeps what a provisional store holds, and writes it once more onto what the lasting one knows', async () => {
    const lasting = await memoryStore({ retention: { inSyncMs: 1e12, otherMs: 1e12 }, log });
    const before = drifted([resource('a')], { startedAt: minute(0) });
    await lasting.record(advance(initialState('web'), before), before);
    let provisional = true;
    const moving = createRecorder(
      {
        get provisional() {
          return provisional;
        },
        record: (state, run) => (provisional ? store : lasting).record(state, run),
      },
      log,
    );
    const run = drifted([resource('a')], { startedAt: minute(1) });
    await moving.record(advance(initialState('web'), run), run, advance);
    await moving.flush();
    expect([moving.up, store.written.length, (await lasting.runs('web', { limit: 9 })).length]).to.deep.equal([
      false,
      1,
      1,
    ]);
    provisional = false;
    await moving.flush();
    expect(moving.up).to.equal(true);
    expect(await lasting.load()).to.deep.equal([advance(advance(initialState('web'), before), run)]);
    await moving.close();
    await lasting.close();
  });

  it('writes the newest hundred of what was kept, and the state that all of them led to', async () => {
    store.full = true;
    const many = Array.from({ length: 130 }, (_, index) => result({ startedAt: minute(index) }));
    const state = await ran(many);
    store.full = false;
    await recorder.close();
    expect(store.written).to.deep.equal(many.slice(30).map(({ startedAt }) => startedAt));
    expect(await store.load()).to.deep.equal([{ ...state, version: 100 }]);
  });

  it('goes on from the state that another process recorded in between, and says which stands', async () => {
    const known = await ran(runs.slice(0, 1));
    const other = drifted([resource('a')], { startedAt: minute(1) });
    await store.record(advance(known, other), other);
    const mine = drifted([resource('a'), resource('b')], { startedAt: minute(2) });
    const stands = await ran([mine], known);
    expect(stands).to.deep.equal(advance(advance(known, other), mine));
    expect(stands.driftedSince).to.equal(minute(1));
    expect(await store.load()).to.deep.equal([stands]);
  });

  it('only counts a result that began before the one another process recorded in between', async () => {
    const known = await ran(runs.slice(0, 1));
    const newer = drifted([resource('a')], { startedAt: minute(5) });
    await store.record(advance(known, newer), newer);
    const stands = await ran([result({ startedAt: minute(4) })], known);
    expect(stands).to.deep.equal({ ...advance(known, newer), runs: { in_sync: 2, drifted: 1 }, version: 3 });
    expect(await store.load()).to.deep.equal([stands]);
    expect(await store.runs('web', { limit: 10 })).to.have.length(3);
  });

  it('records a run once, however often it is told, and says which state stands', async () => {
    const run = drifted([resource('a')]);
    const first = await ran([run]);
    expect(await ran([run])).to.deep.equal(first);
    expect(await store.load()).to.deep.equal([first]);
    expect(await store.runs('web', { limit: 10 })).to.have.length(1);
  });

  it('puts what it kept onto what another process recorded meanwhile', async () => {
    const known = await ran(runs.slice(0, 1));
    store.full = true;
    await ran([drifted([resource('a')], { startedAt: minute(1) }), runs[3] ?? result()], known);
    store.full = false;
    const other = drifted([resource('b')], { startedAt: minute(2) });
    await store.record(advance(known, other), other);
    await recorder.close();
    const [stored] = await store.load();
    expect(stored).to.deep.include({ status: 'in_sync', version: 4, runs: { in_sync: 2, drifted: 2 }, last: runs[3] });
    expect(await store.runs('web', { limit: 10 })).to.have.length(4);
  });
});
