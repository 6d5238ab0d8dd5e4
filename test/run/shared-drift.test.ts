import { expect } from 'chai';
import fc from 'fast-check';
import type { ResourceDrift } from '../../src/drift.ts';
import { Board } from '../../src/run/board.ts';
import { driftGroupsOf } from '../../src/run/drift-groups.ts';
import { createSharedDriftIndex, sharedDriftOf } from '../../src/run/shared-drift.ts';
import { checkConfig, record, runResult } from '../http/fleet.ts';

const NAMES = ['one', 'two', 'three', 'four'];

const drift = (address: string): ResourceDrift => ({
  address,
  type: 'Deployment',
  action: 'update',
  cause: 'out_of_band',
  changes: [{ op: 'replace', path: '/spec/replicas' }],
});

/** A run of one check with such drift, or another configuration. */
const step = fc.oneof(
  fc.record({
    check: fc.constantFrom(...NAMES),
    addresses: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }),
  }),
  fc.record({ checks: fc.subarray(NAMES), ignores: fc.constantFrom<readonly 'address'[]>([], ['address']) }),
);

describe('drift that checks share, kept from scrape to scrape', () => {
  it('is what counting anew gives, whatever runs and reloads came between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const board = new Board();
        board.configure(NAMES.map((name) => checkConfig(name)));
        const index = createSharedDriftIndex();
        for (const one of steps) {
          if ('check' in one) {
            const config = board.get(one.check)?.config;
            if (config !== undefined) record(board, config, [runResult(config, { drift: one.addresses.map(drift) })]);
          } else {
            board.configure(one.checks.map((name) => checkConfig(name, { fingerprintIgnores: one.ignores })));
          }
          const entries = board.entries();
          await index.update(entries, () => undefined);
          const kept = sharedDriftOf(entries);
          expect({ distinct: kept.distinct, largest: inOrder(kept.largest(100)) }).to.deep.equal(anew(board));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('tells the drift on most checks first, then that of most resources', async () => {
    const board = new Board();
    const checks = NAMES.map((name) => checkConfig(name, { fingerprintIgnores: name === 'four' ? ['address'] : [] }));
    board.configure(checks);
    const of = [['everywhere', 'twice'], ['everywhere', 'twice'], ['everywhere', 'alone'], ['other']];
    for (const [at, check] of checks.entries())
      record(board, check, [runResult(check, { drift: (of[at] ?? []).map(drift) })]);
    const entries = board.entries();
    await createSharedDriftIndex().update(entries, () => undefined);
    expect(sharedDriftOf(entries).distinct).to.equal(4);
    expect(
      sharedDriftOf(entries)
        .largest(10)
        .map((group) => group.checks),
    ).to.deep.equal([3, 2]);
    expect(sharedDriftOf(entries).largest(1)).to.have.length(1);
  });
});

function anew(board: Board): unknown {
  const groups = driftGroupsOf(board.entries());
  const shared = groups
    .largest(100)
    .filter(({ checks }) => checks.length > 1)
    .map(({ fingerprint, type, checks }) => ({ fingerprint, type, checks: checks.length }));
  return { distinct: groups.distinct, largest: inOrder(shared) };
}

function inOrder(
  groups: readonly { readonly fingerprint: string; readonly type: string; readonly checks: number }[],
): unknown {
  return groups
    .map(({ fingerprint, type, checks }) => ({ fingerprint, type, checks }))
    .toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
}
