import { expect } from 'chai';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckConfig, Schedule } from '../../src/config/config.ts';
import { scheduleTurns } from '../../src/fleet/schedule-turns.ts';
import { nextTurn, turnId } from '../../src/fleet/turns.ts';

const interval = fc.record({
  kind: fc.constant('interval' as const),
  intervalMs: fc.integer({ min: 1000, max: 86_400_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });

describe('the turns of an interval', () => {
  it('come one after the other, each within half a jitter of its place', () => {
    fc.assert(
      fc.property(interval, fc.string(), instant, (schedule, check, now) => {
        const { intervalMs, jitter } = schedule;
        let turn = now;
        for (let count = 0; count < 20; count++) {
          const next = nextTurn(schedule, check, turn);
          expect(next).to.be.above(turn);
          if (count > 0) expect(Math.abs(next - turn - intervalMs)).to.be.at.most(jitter * intervalMs + 1);
          turn = next;
        }
      }),
    );
  });

  it('are the same for whoever asks, at whatever moment between two of them', () => {
    fc.assert(
      fc.property(
        interval,
        fc.string(),
        instant,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (schedule, check, now, part) => {
          const first = nextTurn(schedule, check, now);
          const between = Math.floor(now + (first - now - 1) * part);
          expect(nextTurn(schedule, check, between)).to.equal(first);
        },
      ),
    );
  });

  it('of many checks spread over the interval', () => {
    const schedule = { kind: 'interval', intervalMs: 60_000, jitter: 0 } as const;
    const seconds = Array.from({ length: 600 }, (_, at) => nextTurn(schedule, `check-${at}`, 0) / 1000);
    const perTenSeconds = [0, 1, 2, 3, 4, 5].map(
      (at) => seconds.filter((s) => s >= at * 10 && s < at * 10 + 10).length,
    );
    for (const count of perTenSeconds) expect(count).to.be.within(50, 150);
  });
});

describe('the id of a turn', () => {
  it('is a UUID, the same for the same turn of the same check and for no other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (check, turn, other) => {
        expect(turnId(check, turn)).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(turnId(check, turn)).to.equal(turnId(check, turn));
        if (turn !== other) expect(turnId(check, turn)).not.to.equal(turnId(check, other));
      }),
    );
  });
});

describe('the schedule of a fleet', () => {
  const check = (schedule: Schedule): CheckConfig => ({
    name: 'web',
    checker: 'command',
    schedule,
    timeoutMs: 1000,
    labels: {},
    confirmations: 1,
    pool: 'default',
    weight: 1,
    options: {},
  });
  const hourly: Schedule = { kind: 'interval', intervalMs: 3_600_000, jitter: 0.1 };
  const nightly: Schedule = { kind: 'cron', expression: '0 3 * * *', timezone: 'UTC' };
  const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

  for (const [what, schedule, lastStartedAt, dueAtOnce] of [
    ['never ran', hourly, undefined, true],
    ['ran a moment ago', hourly, ago(1000), false],
    ['ran longer ago than its interval', hourly, ago(3_700_000), true],
    ['never ran, by cron', nightly, undefined, true],
    ['ran within a day, by cron', nightly, ago(3_600_000), false],
    ['missed a night', nightly, ago(90_000_000), true],
  ] as const) {
    it(`${dueAtOnce ? 'begins' : 'does not begin'} at once with a check that ${what}`, () => {
      const turns: string[] = [];
      const scheduled = scheduleTurns(check(schedule), lastStartedAt, (turn) => turns.push(turn));
      scheduled.stop();
      expect(turns).to.deep.equal(dueAtOnce ? [`after ${lastStartedAt ?? 'nothing'}`] : []);
      expect(scheduled.nextRunAt()?.getTime() ?? Number.POSITIVE_INFINITY).to.be.above(Date.now() - 1000);
    });
  }

  for (const schedule of [
    { kind: 'interval', intervalMs: 1000, jitter: 0.2 },
    { kind: 'cron', expression: '* * * * * *', timezone: 'Europe/Berlin' },
  ] as const satisfies readonly Schedule[]) {
    it(`names the turns of a ${schedule.kind} alike on every server`, async () => {
      const [one, other]: [string[], string[]] = [[], []];
      const first = scheduleTurns(check(schedule), ago(0), (turn) => one.push(turn));
      await sleep(300);
      const second = scheduleTurns(check(schedule), ago(0), (turn) => other.push(turn));
      while (other.length < 3) await sleep(50);
      first.stop();
      second.stop();
      expect(one.join(' ')).to.include(other.slice(0, 2).join(' '));
      expect(new Set(one).size).to.equal(one.length);
    });
  }
});
