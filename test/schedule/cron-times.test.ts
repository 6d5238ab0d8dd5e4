import { expect } from 'chai';
import fc from 'fast-check';
import { createTask } from 'node-cron';
import { cronTimes } from '../../src/schedule/cron-times.ts';

/** The turns between two instants, as local times with their offset from UTC in hours. */
function turns(expression: string, timezone: string, [from, to]: readonly [string, string]): string[] {
  const times = cronTimes(expression, timezone);
  const found: string[] = [];
  for (let at = times.after(Date.parse(from)); at !== undefined && at < Date.parse(to); at = times.after(at)) {
    found.push(new Date(at).toISOString().replace(/^\d{4}-|:00\.000Z$/g, ''));
  }
  return found;
}

describe('a cron schedule', () => {
  const forth = ['2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z'] as const;
  const back = ['2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z'] as const;
  const cases: readonly (readonly [string, string, readonly [string, string], readonly string[]])[] = [
    ['30 2 * * * as the clock leaves out 2:30', 'Europe/Berlin', forth, ['03-29T01:00', '03-30T00:30']],
    ['10,40 2 * * * as it leaves out both', 'Europe/Berlin', forth, ['03-29T01:00', '03-30T00:10', '03-30T00:40']],
    ['0 2,3 * * * as it leaves out 2:00', 'Europe/Berlin', forth, ['03-29T01:00', '03-30T00:00', '03-30T01:00']],
    ['30 2 * * * as the clock shows 2:30 twice', 'Europe/Berlin', back, ['10-25T00:30', '10-26T01:30']],
    ['0 3 * * * right after', 'Europe/Berlin', back, ['10-25T02:00', '10-26T02:00']],
    [
      '45 1 * * * where half an hour is shown twice',
      'Australia/Lord_Howe',
      ['2026-04-04T00:00:00Z', '2026-04-06T00:00:00Z'],
      ['04-04T14:45', '04-05T15:15'],
    ],
  ];
  for (const [title, timezone, between, expected] of cases) {
    it(`is due once a day: ${title}`, () => {
      const expression = /^\S+ \S+ \S+ \S+ \S+/.exec(title)?.[0] ?? '';
      expect(turns(expression, timezone, between)).to.deep.equal(expected);
    });
  }

  it('of every hour knows no hour of silence, forth or back', () => {
    for (const range of [forth, back]) {
      const found = turns('*/30 * * * *', 'Europe/Berlin', range);
      expect(found).to.have.length(95);
      expect(new Set(found).size).to.equal(95);
    }
    expect(turns('0 * * * *', 'America/New_York', ['2026-11-01T04:30:00Z', '2026-11-01T08:30:00Z'])).to.deep.equal([
      '11-01T05:00',
      '11-01T06:00',
      '11-01T07:00',
      '11-01T08:00',
    ]);
  });

  it('of a day that is rare is found, and one that never comes is none', () => {
    const range = ['2026-01-01T00:00:00Z', '2040-01-01T00:00:00Z'] as const;
    expect(turns('0 0 29 2 *', 'UTC', range)).to.deep.equal(['02-29T00:00', '02-29T00:00', '02-29T00:00']);
    expect(turns('0 0 L 2 *', 'UTC', ['2027-01-01T00:00:00Z', '2029-01-01T00:00:00Z'])).to.deep.equal([
      '02-28T00:00',
      '02-29T00:00',
    ]);
    expect(cronTimes('0 0 29 2 *', 'UTC').after(Date.parse('2096-03-01T00:00:00Z'))).to.equal(
      Date.parse('2104-02-29T00:00:00Z'),
    );
  });

  it('is due exactly when node-cron says that the clock matches, save where the clock is set', () => {
    const field = (most: number, least = 0): fc.Arbitrary<string> =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: 1, max: most }).map((step) => `*/${step}`),
        fc
          .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 4 })
          .map((list) => list.join(',')),
      );
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kolkata', 'Pacific/Chatham');
    const instants = fc.integer({ min: Date.parse('2024-01-01') / 1000, max: Date.parse('2030-01-01') / 1000 });
    fc.assert(
      fc.property(
        fc.tuple(field(59), field(23), field(6)),
        zones,
        instants,
        ([minute, hour, weekday], zone, second) => {
          const expression = `${minute} ${hour} * * ${weekday}`;
          const task = createTask(expression, () => undefined, { timezone: zone });
          void task.destroy();
          const start = second * 1000;
          const due = cronTimes(expression, zone).after(start) ?? Infinity;
          const span = Array.from({ length: 36 * 60 }, (_, at) => Math.floor(start / 60_000 + at + 1) * 60_000);
          const offset = (at: number): string =>
            new Date(at).toLocaleString('en', { timeZone: zone, timeZoneName: 'longOffset' }).replace(/.*GMT/, '');
          if (offset(span[0] ?? 0) !== offset(span.at(-1) ?? 0)) return;
          expect(span.find((at) => task.match(new Date(at))) ?? Infinity).to.equal(
            due > (span.at(-1) ?? 0) ? Infinity : due,
          );
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 60) },
    );
  });

  it('never goes back or stands still, over years of clocks being set', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('*/7 * * * *', '17 */5 * * *', '30 2 * * *', '0 0 1 * *', '59 59 23 * * 0', '0,30 1,2,3 * * *'),
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Tehran'),
        fc.integer({ min: Date.parse('2020-01-01') / 1000, max: Date.parse('2030-01-01') / 1000 }),
        (expression, zone, second) => {
          const times = cronTimes(expression, zone);
          let at = second * 1000;
          for (let turn = 0; turn < 10; turn++) {
            const next = times.after(at) ?? 0;
            expect(next).to.be.greaterThan(at);
            // From just before a turn one finds the same turn.
            expect(times.after(next - 1)).to.equal(next);
            at = next;
          }
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 200) },
    );
  });
});
