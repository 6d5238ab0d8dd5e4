import { expect } from 'chai';
import { intervalSecondsOf } from '../../src/schedule/interval-seconds.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('the longest time between two runs', () => {
  it('of an interval is the interval', () => {
    expect(intervalSecondsOf({ kind: 'interval', intervalMs: 90_000, jitter: 0.5 })).to.equal(90);
  });

  const cases: readonly (readonly [expression: string, seconds: number])[] = [
    ['*/30 * * * *', 1800],
    ['*/10 * * * * *', 10],
    ['0 * * * *', HOUR],
    ['30 3 * * *', DAY],
    ['0 6 * * 1-5', 3 * DAY],
    ['*/5 8-18 * * 1-5', 2 * DAY + (24 - 18) * HOUR - 55 * 60 + 8 * HOUR],
    ['0 0,6 * * *', 18 * HOUR],
    ['0 0 1 * *', 31 * DAY],
    ['0 12 * * 0', 7 * DAY],
    ['0 0 1 1 *', 366 * DAY],
  ];
  for (const [expression, seconds] of cases) {
    it(`of ${expression}`, () => {
      const found = intervalSecondsOf({ kind: 'cron', expression, timezone: 'Asia/Tokyo' });
      if (expression === '0 0 1 1 *') expect(found).to.be.oneOf([365 * DAY, seconds]);
      else expect(found).to.equal(seconds);
    });
  }
});
