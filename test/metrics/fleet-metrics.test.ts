import { expect } from 'chai';
import type { ResourceDrift } from '../../src/drift.ts';
import { METRICS } from '../../src/metrics/table.ts';
import { Board } from '../../src/run/board.ts';
import { checkConfig, record, runResult } from '../http/fleet.ts';

const drift = (address: string): ResourceDrift => ({
  address,
  type: 'Deployment',
  action: 'update',
  cause: 'unknown',
  changes: [],
});

function samplesOf(board: Board, name: string): unknown {
  const metric = METRICS.find((one) => one.name === name);
  if (metric === undefined) throw new Error(`no metric ${name}`);
  const view = { entries: board.entries(), resourceSeriesPerCheck: 500 } as Parameters<typeof metric.samples>[0];
  return [...metric.samples(view as never)].map(({ labels, value }) => ({ ...labels, value }));
}

describe('metrics of parity and fingerprints', () => {
  it('tell the share of objects that are the same, of comparisons that could read all', () => {
    const board = new Board();
    const checks = ['same', 'quarter', 'failed', 'other', 'new'].map((name) =>
      checkConfig(name, { checker: name === 'other' ? 'kubernetes' : 'compare' }),
    );
    board.configure(checks);
    const failures = [{ phase: 'observe', reason: 'unreachable', message: 'x' }] as const;
    for (const check of checks) {
      if (check.name === 'new') continue;
      const found = check.name === 'quarter' ? [drift('a')] : [];
      record(board, check, [
        runResult(check, { resources: 4, drift: found, ...(check.name === 'failed' && { failures }) }),
      ]);
    }
    expect(samplesOf(board, 'drift_check_parity_ratio')).to.deep.equal([
      { check: 'quarter', value: 0.75 },
      { check: 'same', value: 1 },
    ]);
  });

  it('count fingerprints, and name the 20 on most checks', () => {
    const board = new Board();
    const checks = Array.from({ length: 30 }, (_, index) => checkConfig(`check-${String(index).padStart(2, '0')}`));
    board.configure(checks);
    for (const [index, check] of checks.entries()) {
      const shared = Array.from({ length: index + 1 }, (_, at) => drift(`shared-${at}`)); // shared-0 is on 30 checks, shared-29 on one
      record(board, check, [runResult(check, { drift: shared })]);
    }
    expect(samplesOf(board, 'drift_fingerprints')).to.deep.equal([{ value: 30 }]);
    const named = samplesOf(board, 'drift_fingerprint_checks') as {
      value: number;
      type: string;
      fingerprint: string;
    }[];
    expect(named.map(({ value }) => value)).to.deep.equal(Array.from({ length: 20 }, (_, at) => 30 - at));
    expect(
      named.every(({ type, fingerprint }) => type === 'Deployment' && /^[0-9a-f]{16}$/.test(fingerprint)),
    ).to.equal(true);
  });
});
