import { expect } from 'chai';
import { CHECK_ALERTS } from '../../scripts/alerts/check-alerts.ts';
import { STALE } from '../../scripts/dashboards/queries.ts';
import { reportOf } from '../../src/http/check-report.ts';
import { Board } from '../../src/run/board.ts';
import { longestGapMs } from '../../src/schedule/longest-gap.ts';
import { checkConfig, NOW, record, runResult } from '../http/fleet.ts';

const MINUTE = 60_000;

/** What the expression says for an interval and a time limit in seconds. */
function seconds(expr: string, interval: number, timeout: number): number {
  const [, intervals, timeouts] =
    /> \(?\s*(\d+) \* [^+]*drift_check_interval_seconds[^+]*\+ (\d+) \* [^+]*drift_check_timeout_seconds/.exec(expr) ??
    [];
  return Number(intervals) * interval + Number(timeouts) * timeout;
}

function isStale(minutes: number): boolean {
  const check = checkConfig('net', {
    schedule: { kind: 'interval', intervalMs: 15 * MINUTE, jitter: 0 },
    timeoutMs: 10 * MINUTE,
  });
  const board = new Board();
  board.configure([check], new Map());
  record(board, check, [runResult(check, { startedAt: new Date(NOW.getTime() - minutes * MINUTE).toISOString() })]);
  return board.entries().map((entry) => reportOf(entry, NOW).stale === true)[0] === true;
}

describe('the longest gap between two runs', () => {
  it('is the same for the page, the alert and the dashboards', () => {
    const alert = CHECK_ALERTS.find((rule) => rule.alert === 'DriftCheckStale')?.expr ?? '';
    expect(longestGapMs(checkConfig('net')) / 1000).to.equal(3000);
    expect(seconds(alert, 900, 600)).to.equal(3000);
    expect(seconds(STALE, 900, 600)).to.equal(3000);
    expect([49, 50, 51].map(isStale)).to.deep.equal([false, false, true]);
  });

  it('does not exist for a check without turns', () => {
    expect(longestGapMs({ schedule: { kind: 'interval', intervalMs: 0, jitter: 0 }, timeoutMs: 1 })).to.equal(0);
  });
});
