import { expect } from 'chai';
import type { Store } from '../../src/store/store.ts';
import { openIn, overEveryDatabase } from './databases.ts';
import { refusal } from './open.ts';
import { drifted, failed, minute, MINUTE, resource, result, stateAfter } from './run-results.ts';

const STATES: Readonly<Record<string, ReturnType<typeof stateAfter>>> = {
  'in sync': stateAfter([result()]),
  drifted: stateAfter([drifted([resource('b'), resource('a'), resource('a[10]'), resource('a[2]')])]),
  'drifted, unconfirmed': stateAfter([drifted([resource('a')])], 3),
  'an error that is blind': stateAfter([drifted([resource('z'), resource('a')]), failed({ startedAt: minute(1) })]),
  'an error before anything else': stateAfter([failed()]),
  'a partial error that does not see all that was drifted': stateAfter([
    drifted([resource('a'), resource('b')]),
    failed({ startedAt: minute(1), resources: 4, drift: [resource('b')] }),
  ]),
  'one address twice': stateAfter([drifted([resource('a', 'x'), resource('b'), resource('a', 'y')])]),
  'names of object members': stateAfter([drifted([resource('__proto__'), resource('constructor')])]),
  'everything a result can hold': stateAfter([
    failed({
      exitCode: 1,
      revision: 'abc',
      committedAt: minute(0),
      resources: 3,
      drift: [
        { ...resource('ü/“quoted”\u0000\n'), changes: [{ op: 'add', path: '', desired: { kind: 'sensitive' } }] },
      ],
      suppressed: [{ address: 's', type: 't', rule: 'r' }],
      ruleMatches: { r: 1 },
      notices: [{ kind: 'moved', message: 'moved' }],
      notCompared: [{ address: 'n', type: 't', why: 'shell' }],
      redactions: 2,
    }),
  ]),
};

overEveryDatabase('the store', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await openIn(database);
  });
  afterEach(() => store?.close());

  /** Closes it and opens the same database again. */
  async function reopen(): Promise<Store> {
    await store.close();
    store = await openIn(database);
    return store;
  }

  for (const [name, state] of Object.entries(STATES))
    it(`gives back a state after a restart: ${name}`, async () => {
      if (state.last) await store.record(state, state.last);
      expect(await (await reopen()).load()).to.deep.equal([state]);
    });

  it('gives back the newest state of each check, sorted by name', async () => {
    const first = stateAfter([drifted([resource('a'), resource('b'), resource('c')], { check: 'b' })]);
    const runs = [
      ...(first.last ? [first.last] : []),
      drifted([resource('c', 'new')], { check: 'b', startedAt: minute(5) }),
    ];
    const second = stateAfter(runs);
    const other = stateAfter([result({ check: 'a' })]);
    for (const state of [first, second, other]) if (state.last) await store.record(state, state.last);
    expect(await (await reopen()).load()).to.deep.equal([other, second]);
  });

  it('has no drift left after a run in sync', async () => {
    const runs = [drifted([resource('a')]), result({ startedAt: minute(1) })];
    for (const count of [1, 2]) await store.record(stateAfter(runs.slice(0, count)), runs[count - 1] ?? result());
    expect(await store.load()).to.deep.equal([stateAfter(runs)]);
  });

  it('keeps 10,000 drifted resources and the few that changed', async () => {
    const list = Array.from({ length: 10_000 }, (_, index) => resource(`module.net.aws_subnet.a[${index}]`));
    const changed = [resource('first'), ...list.slice(0, 9000), resource('module.net.aws_subnet.a[7]', 'again')];
    const runs = [drifted(list), drifted(changed, { startedAt: minute(1) })];
    for (const count of [1, 2]) await store.record(stateAfter(runs.slice(0, count)), runs[count - 1] ?? result());
    expect(await (await reopen()).load()).to.deep.equal([stateAfter(runs)]);
  });

  it('keeps records in the order they were asked for, however long each takes', async () => {
    const large = Array.from({ length: 2000 }, (_, index) => resource(`r${index}`));
    const runs = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? drifted(large, { startedAt: minute(index) }) : result({ startedAt: minute(index) }),
    );
    const others = Array.from({ length: 50 }, (_, index) => stateAfter([result({ check: `other-${index}` })]));
    await Promise.all([
      ...runs.map((run, index) => store.record(stateAfter(runs.slice(0, index + 1)), run)),
      ...others.map((state) => store.record(state, state.last ?? result())),
    ]);
    const loaded = await store.load();
    expect(loaded).to.have.length(51);
    expect(loaded.find(({ check }) => check === 'web')).to.deep.equal(stateAfter(runs));
    expect(await store.runs('web', { limit: 100 })).to.have.length(20);
  });

  it('finishes what was asked before it closes, and refuses what comes after', async () => {
    const state = stateAfter([result()]);
    const recorded = store.record(state, result());
    const closed = store.close();
    await refusal(store.load(), 'closed', [database.where(), 'closed']);
    await Promise.all([recorded, closed, store.close()]);
    expect(await (await reopen()).load()).to.deep.equal([state]);
  });
});

overEveryDatabase('the history of a check', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await openIn(database);
  });
  afterEach(() => store?.close());

  /** Records a run without regard for the state it leads to. */
  async function ran(run: ReturnType<typeof result>): Promise<void> {
    const version = ((await store.versions()).get(run.check) ?? 0) + 1;
    expect(await store.record({ ...stateAfter([run]), version }, run)).to.deep.equal({ outcome: 'recorded' });
  }

  it('tells each run in a line', async () => {
    const suppressed = [{ address: 's', type: 't', rule: 'r' }];
    const run = drifted([resource('a')], { exitCode: 2, revision: 'abc', suppressed });
    await ran(run);
    expect(await store.runs('web', { limit: 1 })).to.deep.equal([
      {
        id: run.id,
        check: 'web',
        status: 'drifted',
        startedAt: minute(0),
        durationSeconds: 1.5,
        exitCode: 2,
        revision: 'abc',
        resources: 1,
        drifted: 1,
        suppressed: 1,
        failed: 0,
        failures: [],
      },
    ]);
  });

  it('counts all failures of a run and keeps the first ten, cut', async () => {
    const failures = Array.from({ length: 410 }, (_, index) => ({
      phase: 'observe' as const,
      reason: 'unsupported' as const,
      message: `${index} ${'x'.repeat(5000)}`,
      address: `crd-${index}`,
    }));
    await ran(failed({ failures }));
    const [line] = await store.runs('web', { limit: 1 });
    expect(line?.failed).to.equal(410);
    expect(line?.failures).to.have.length(10);
    expect(line?.failures[0]?.message)
      .to.have.length(500)
      .and.match(/^0 x+…$/);
    expect((await store.load())[0]?.last?.failures).to.deep.equal(failures);
  });

  it('is paged from the newest to the oldest, without gap or repetition', async () => {
    for (const index of [3, 1, 4, 0, 2, 6, 5]) await ran(result({ startedAt: minute(index) }));
    await ran(result({ check: 'other', startedAt: minute(2) }));
    const pages: string[][] = [];
    for (let before: string | undefined; pages.length < 9; before = pages.at(-1)?.at(-1)) {
      const page = await store.runs('web', { limit: 3, ...(before !== undefined && { before }) });
      if (page.length === 0) break;
      pages.push(page.map(({ startedAt }) => startedAt));
    }
    expect(pages).to.deep.equal([[6, 5, 4].map(minute), [3, 2, 1].map(minute), [0].map(minute)]);
  });

  it('understands an instant in any form of ISO 8601', async () => {
    await ran(result({ startedAt: '2026-11-01T12:00:00.500Z' }));
    const before = (time: string): Promise<unknown[]> => store.runs('web', { limit: 9, before: time });
    expect(await before('2026-11-01T12:00:00Z')).to.have.length(0);
    expect(await before('2026-11-01T13:00:00.500+01:00')).to.have.length(0);
    expect(await before('2026-11-01T13:00:01+01:00')).to.have.length(1);
  });

  it('loses runs in sync first, and failures and drift when they are old too, in batches', async () => {
    const day = (24 * 60 * MINUTE) / MINUTE;
    for (let index = 0; index < 1203; index++) await ran(result({ startedAt: minute(index / 100) }));
    await ran(drifted([resource('a')], { startedAt: minute(13) }));
    await ran(failed({ startedAt: minute(14) }));
    await ran(result({ startedAt: minute(20 * day) }));
    const left = async (): Promise<string[]> => (await store.runs('web', { limit: 5000 })).map(({ status }) => status);

    expect(await store.prune(new Date(minute(6 * day)))).to.equal(0);
    expect(await store.prune(new Date(minute(21 * day)))).to.equal(1203);
    expect(await left()).to.deep.equal(['in_sync', 'error', 'drifted']);
    expect(await store.prune(new Date(minute(91 * day)))).to.equal(3);
    expect(await store.load()).to.have.length(1);
  });

  it('goes with a check that is no longer configured, once that is old', async () => {
    const day = 24 * 60;
    await ran(drifted([resource('a')], { check: 'gone' }));
    await ran(result({ check: 'kept' }));
    await ran(result({ check: 'recent', startedAt: minute(80 * day) }));
    await store.forget(['kept'], new Date(minute(89 * day)));
    expect(await store.load()).to.have.length(3);
    await store.forget(['kept'], new Date(minute(91 * day)));
    expect((await store.load()).map(({ check }) => check)).to.deep.equal(['kept', 'recent']);
    expect(await store.runs('gone', { limit: 5 })).to.deep.equal([]);
  });
});
