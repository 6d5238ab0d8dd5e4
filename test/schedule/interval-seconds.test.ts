import { expect } from 'chai';
import fc from 'fast-check';
import { cronTimes } from '../../src/schedule/cron-times.ts';
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

  it('is at most an hour less than any there is, which a clock being set may add', () => {
    const field = (most: number, least = 0): fc.Arbitrary<string> =>
      fc.oneof(
        fc.constant('*'),
        fc
          .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 3 })
          .map((list) => list.join()),
      );
    const expressions = fc
      .tuple(field(59), field(23), field(28, 1), fc.constant('*'), field(6))
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(expressions, fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'), (expression, timezone) => {
        const longest = intervalSecondsOf({ kind: 'cron', expression, timezone }) * 1000;
        const times = cronTimes(expression, timezone);
        let at = times.after(Date.now() + 2 * DAY * 1000);
        for (let turn = 0; turn < 20 && at !== undefined; turn++) {
          const next: number | undefined = times.after(at);
          // Months differ in length, and what falls on two days at once is rare: two years are looked at.
          if (next !== undefined && next < Date.now() + 700 * DAY * 1000)
            expect((next - at) / HOUR / 1000, expression).to.be.at.most(longest / HOUR / 1000 + 1);
          at = next;
        }
      }),
      { seed: 1, numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });
});
