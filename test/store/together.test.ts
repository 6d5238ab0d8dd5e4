import { expect } from 'chai';
import { createRecorder, type Advance } from '../../src/run/recorder.ts';
import { initialState, nextState, type CheckState } from '../../src/run/state.ts';
import type { Store } from '../../src/store/store.ts';
import { openIn, overEveryDatabase } from './databases.ts';
import { LOG } from './open.ts';
import { drifted, minute, resource, result, stateAfter } from './run-results.ts';

const advance: Advance = (before, run) => nextState(before, run, 1);

overEveryDatabase('records of one check by several', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await openIn(database);
  });
  afterEach(() => store?.close());

  const first = drifted([resource('a')]);
  const mine = drifted([resource('a'), resource('b')], { startedAt: minute(1) });
  const other = result({ startedAt: minute(2) });

  it('are written once each: a run that comes again changes nothing', async () => {
    await store.record(stateAfter([first]), first);
    await store.record(stateAfter([first, mine]), mine);
    const again = await store.record(stateAfter([first, mine, mine]), mine);
    expect(again).to.deep.equal({ outcome: 'repeated', current: stateAfter([first, mine]) });
    expect(await store.record(stateAfter([first]), first)).to.deep.equal(again);
    expect(await store.runs('web', { limit: 9 })).to.have.length(2);
  });

  it('never overwrite what another recorded in between', async () => {
    await store.record(stateAfter([first]), first);
    await store.record(stateAfter([first, other]), other);
    const refused = await store.record(stateAfter([first, mine]), mine);
    expect(refused).to.deep.equal({ outcome: 'conflict', current: stateAfter([first, other]) });
    expect(await store.load()).to.deep.equal([stateAfter([first, other])]);
    expect((await store.runs('web', { limit: 9 })).map(({ id }) => id)).to.deep.equal([other.id, first.id]);
  });

  it('are taken whatever their version where nothing is stored, as after a check was forgotten', async () => {
    expect(await store.record(stateAfter([first, mine, other]), other)).to.deep.equal({ outcome: 'recorded' });
    expect(await store.versions()).to.deep.equal(new Map([['web', 3]]));
  });

  it('keep runs of the same instant apart', async () => {
    const twin = { ...other, startedAt: first.startedAt };
    await store.record(stateAfter([first]), first);
    await store.record(stateAfter([first, twin]), twin);
    const lines = await store.runs('web', { limit: 9 });
    expect(lines.map(({ id }) => id)).to.deep.equal([twin.id, first.id]);
  });

  it('all count when four recorders, each with a store of its own where it can be, write to three checks at once', async () => {
    const others = database.kind === 'sqlite' ? [] : await Promise.all([1, 2, 3].map(() => openIn(database)));
    const recorders = [0, 1, 2, 3].map((number) => createRecorder(others[number] ?? store, LOG));
    await Promise.all(
      recorders.map(async (recorder, number) => {
        for (let round = 0; round < 5; round++)
          for (const check of ['a', 'b', 'c']) {
            const startedAt = minute(round * 10 + number);
            const run = drifted([resource(`r${round}`), resource(`s${number}`)], { check, startedAt });
            await recorder.record(advance(initialState(check), run), run, advance);
          }
      }),
    );
    for (const recorder of recorders) await recorder.close();
    for (const other of others) await other.close();
    for (const state of await store.load()) {
      expect(state.version).to.equal(20);
      expect(state.runs).to.deep.equal({ drifted: 20 });
      expect(await store.runs(state.check, { limit: 99 })).to.have.length(20);
    }
  });

  it('can be read of some checks, and by version', async () => {
    const states: CheckState[] = ['c', 'a', 'b'].map((check) =>
      stateAfter([drifted([resource(check)], { check }), drifted([resource('x')], { check, startedAt: minute(1) })]),
    );
    for (const state of states) await store.record(state, state.last ?? result());
    expect((await store.load(['c', 'missing', 'a'])).map(({ check }) => check)).to.deep.equal(['a', 'c']);
    expect(await store.load(['b'])).to.deep.equal(states.slice(2));
    expect(await store.load([])).to.deep.equal([]);
    const names = Array.from({ length: 1200 }, (_, index) => `missing-${index}`);
    expect(await store.load([...names, 'a'])).to.have.length(1);
    expect(await store.versions()).to.deep.equal(new Map(states.map(({ check }) => [check, 2])));
  });
});
