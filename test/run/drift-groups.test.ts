import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { ResourceDrift } from '../../src/drift.ts';
import { Board } from '../../src/run/board.ts';
import { driftGroupsOf, groupDrift } from '../../src/run/drift-groups.ts';
import { checkConfig, record, runResult } from '../http/fleet.ts';

const drift = (address: string, replicas = 5): ResourceDrift => ({
  address,
  type: 'Deployment',
  action: 'update',
  cause: 'out_of_band',
  changes: [
    {
      op: 'replace',
      path: '/spec/replicas',
      live: { kind: 'known', value: replicas },
      desired: { kind: 'known', value: 3 },
    },
  ],
});

function fleet(driftOf: Readonly<Record<string, readonly ResourceDrift[]>>): Board {
  const board = new Board();
  const checks = Object.keys(driftOf).map((name) => checkConfig(name));
  board.configure(checks);
  for (const check of checks) record(board, check, [runResult(check, { drift: driftOf[check.name] ?? [] })]);
  return board;
}

const clusters = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `cluster-${String(index).padStart(4, '0')}`);

describe('drift by fingerprint', () => {
  it('is one group on 37 clusters, and the largest comes first', () => {
    const of = Object.fromEntries(clusters(37).map((name) => [name, [drift('web')]]));
    const board = fleet({ ...of, other: [drift('api'), drift('web', 9)], quiet: [] });
    const groups = driftGroupsOf(board.entries());
    expect([groups.distinct, groups.shared]).to.deep.equal([3, 1]);
    const [first, ...others] = groups.largest(10);
    expect(first).to.deep.include({ type: 'Deployment', action: 'update', causes: ['out_of_band'], resources: 37 });
    expect(first?.checks).to.deep.equal(clusters(37));
    expect(first?.since).to.equal('2026-11-21T06:56:00.000Z');
    expect(others.map(({ checks }) => checks)).to.deep.equal([['other'], ['other']]);
  });

  it('leaves out what the check says, and keeps resources of one check apart from checks', () => {
    const board = new Board();
    const checks = [checkConfig('hosts', { fingerprintIgnores: ['address'] }), checkConfig('strict')];
    board.configure(checks);
    for (const check of checks) record(board, check, [runResult(check, { drift: [drift('a'), drift('b')] })]);
    const found = driftGroupsOf(board.entries()).largest(10);
    expect(found.map(({ checks: names, resources }) => [names, resources])).to.deep.include([['hosts'], 2]);
    expect(found).to.have.length(3);
  });

  it('counts no drift that is not published yet, and forgets what is gone', () => {
    const board = new Board();
    const check = checkConfig('flapping', { confirmations: 2 });
    board.configure([check]);
    const seen: number[] = [];
    for (const found of [[drift('a')], [drift('a')], []]) {
      record(board, check, [runResult(check, { drift: found })]);
      seen.push(driftGroupsOf(board.entries()).distinct);
    }
    expect(seen).to.deep.equal([0, 1, 0]);
  });

  it('follows a check whose ignores change with a reload', () => {
    const board = fleet({ a: [drift('x'), drift('y')] });
    expect(driftGroupsOf(board.entries()).distinct).to.equal(2);
    board.configure([checkConfig('a', { fingerprintIgnores: ['address'] })]);
    expect(driftGroupsOf(board.entries()).distinct).to.equal(1);
  });

  it('lets other work in at least every 200 resources, for 1,000 checks of 100 drifts', async function () {
    this.timeout(120_000);
    const many = Array.from({ length: 100 }, (_, index) => drift(`apps/Deployment/shop/web-${index}`));
    const board = fleet(Object.fromEntries(clusters(1000).map((name) => [name, many])));
    let pauses = 0;
    const groups = await groupDrift(board.entries(), {
      pause: () => {
        pauses += 1;
        return pauses % 100 === 0 ? setImmediate() : undefined;
      },
    });
    expect(pauses).to.be.at.least(500);
    expect([groups.distinct, groups.shared]).to.deep.equal([100, 100]);
    expect(groups.largest(1)[0]).to.deep.include({ resources: 1000 });
    expect(groups.largest(1)[0]?.members).to.have.length(100);
  });
});
