import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Schedule } from '../../src/config/config.ts';
import { scheduleCheck } from '../../src/schedule/schedule-check.ts';
import { eventually } from '../support/service.ts';
import { FakeClock } from './fake-clock.ts';

const MINUTE = 60;
const HOUR = 3600;

/** The turns of a schedule, as times of day, while a clock does what it is told. */
function turnsOf(schedule: Schedule, from: string, random = 0.5) {
  const clock = new FakeClock(from);
  const turns: string[] = [];
  const show = (): string => new Date(clock.wall()).toISOString().slice(11, 19);
  const scheduled = scheduleCheck(schedule, () => turns.push(show()), { clock, random: () => random });
  return { clock, scheduled, taken: (): string[] => turns.splice(0) };
}

const every = (seconds: number, jitter = 0): Schedule => ({ kind: 'interval', intervalMs: seconds * 1000, jitter });
const cron = (expression: string, timezone = 'UTC'): Schedule => ({ kind: 'cron', expression, timezone });

describe('a schedule', () => {
  it('of an interval is due at once, then at its pace, until stopped', () => {
    const { clock, scheduled, taken } = turnsOf(every(90), '2026-11-21T10:00:00Z');
    expect(taken()).to.deep.equal(['10:00:00']);
    expect(scheduled.nextRunAt()?.toISOString()).to.equal('2026-11-21T10:01:30.000Z');
    clock.pass(4 * MINUTE);
    expect(taken()).to.deep.equal(['10:01:30', '10:03:00']);
    scheduled.stop();
    clock.pass(HOUR);
    expect(taken()).to.deep.equal([]);
    expect(clock.timers).to.equal(0);
  });

  it('of real time fires at its pace', async () => {
    const started = performance.now();
    let times = 0;
    const scheduled = scheduleCheck(every(0.1), () => times++);
    await eventually(() => times === 11);
    scheduled.stop();
    expect(performance.now() - started).to.be.within(995, 20_000);
    await sleep(250);
    expect(times).to.equal(11);
  });

  it('moves each turn by up to half the jitter in either direction, around one pace', () => {
    for (const [random, offset] of [
      [0, -10],
      [0.5, 0],
      [0.999999, 10],
    ] as const) {
      const { clock, scheduled } = turnsOf(every(100, 0.2), '2026-11-21T10:00:00Z', random);
      for (const turn of [1, 2, 3]) {
        const at = (scheduled.nextRunAt()?.getTime() ?? 0) - Date.parse('2026-11-21T10:00:00Z');
        expect(at / 1000).to.be.closeTo(turn * 100 + offset, 0.1);
        clock.pass(at / 1000 - (clock.wall() - Date.parse('2026-11-21T10:00:00Z')) / 1000 + 0.01);
      }
    }
  });

  it('of cron is due at once and knows its next turn in its time zone', () => {
    const { clock, scheduled, taken } = turnsOf(cron('30 3 * * *', 'Asia/Tokyo'), '2026-11-21T10:00:00Z');
    expect(taken()).to.deep.equal(['10:00:00']);
    expect(scheduled.nextRunAt()?.toISOString()).to.equal('2026-11-21T18:30:00.000Z');
    clock.pass(3 * 24 * HOUR);
    expect(taken()).to.deep.equal(['18:30:00', '18:30:00', '18:30:00']);
    scheduled.stop();
    expect(clock.timers).to.equal(0);
  });

  it('of cron whose turn comes late, as other work held it up, is due all the same', () => {
    const { clock, taken } = turnsOf(cron('0 3 * * *'), '2026-11-21T02:59:59Z');
    taken();
    clock.jump(30); // what a stopped event loop looks like
    clock.pass(1);
    expect(taken()).to.deep.equal(['03:00:30']);
    clock.pass(24 * HOUR);
    expect(taken()).to.deep.equal(['03:00:00']);
  });
});

describe('a schedule whose clock', () => {
  const FROM = '2026-11-21T10:00:30Z';

  it('is set back an hour goes on at its pace', () => {
    for (const [schedule, expected] of [
      [every(15 * MINUTE), ['09:15:30', '09:30:30', '09:45:30', '10:00:30', '10:15:30']],
      [cron('*/15 * * * *'), ['09:15:00', '09:30:00', '09:45:00', '10:00:00', '10:15:00']],
      [cron('0 * * * *'), ['10:00:00']],
    ] as const) {
      const { clock, taken } = turnsOf(schedule, FROM);
      clock.pass(5 * MINUTE);
      clock.jump(-HOUR);
      taken();
      clock.pass(70 * MINUTE);
      expect(taken()).to.deep.equal(expected);
    }
  });

  it('is set back an hour right after its turn of the day does not take that twice', () => {
    for (const schedule of [cron('0 10 * * *'), cron('0 10,14 * * *'), cron('0 10 21 * *')]) {
      const { clock, taken } = turnsOf(schedule, '2026-11-21T09:00:00Z');
      clock.pass(HOUR + MINUTE);
      expect(taken()).to.deep.equal(['09:00:00', '10:00:00']);
      clock.jump(-HOUR);
      clock.pass(100 * MINUTE);
      expect(taken()).to.deep.equal([]);
    }
  });

  it('is set back some seconds over and over neither stops nor takes a turn twice', () => {
    for (const schedule of [every(MINUTE), cron('* * * * *')]) {
      const { clock, taken } = turnsOf(schedule, '2026-11-21T10:00:00Z');
      for (let at = 0; at < 600; at++) {
        clock.pass(6.02);
        clock.jump(-0.02);
        if (at % 50 === 49) clock.jump(-5);
      }
      expect(taken().length).to.be.within(58, 62);
    }
  });

  it('is set forth an hour, or stands in a sleep of eight, makes up one turn, and goes on', () => {
    for (const hours of [1, 8]) {
      for (const schedule of [every(15 * MINUTE), cron('*/15 * * * *')]) {
        const { clock, taken } = turnsOf(schedule, FROM);
        clock.pass(2 * MINUTE);
        taken();
        clock.jump(hours * HOUR);
        clock.pass(MINUTE);
        expect(taken()).to.have.length(1);
        clock.pass(HOUR);
        expect(taken()).to.have.length(4);
      }
    }
  });

  it('sleeps every night runs once a day at the latest when it wakes', () => {
    for (const schedule of [every(24 * HOUR), cron('30 3 * * *')]) {
      const { clock, taken } = turnsOf(schedule, '2026-11-21T12:00:00Z');
      taken();
      for (let day = 0; day < 10; day++) {
        clock.pass(10 * HOUR);
        clock.jump(9 * HOUR);
        clock.pass(5 * HOUR);
      }
      expect(taken().length).to.be.within(9, 10);
    }
  });

  it('was wrong by years for a moment goes on as if it had not been', () => {
    for (const years of [30, -30]) {
      for (const schedule of [every(15 * MINUTE), cron('*/15 * * * *'), cron('0 8,9 * * *')]) {
        const { clock, scheduled, taken } = turnsOf(schedule, FROM);
        clock.pass(2 * MINUTE);
        clock.jump(years * 365 * 24 * HOUR);
        clock.pass(2 * MINUTE);
        clock.jump(-years * 365 * 24 * HOUR);
        clock.pass(MINUTE);
        taken();
        clock.pass(48 * HOUR);
        expect(taken()).to.have.length(schedule.kind === 'cron' && schedule.expression.startsWith('0') ? 4 : 192);
        expect(scheduled.nextRunAt()?.toISOString()).to.match(/^2026-11-2/);
      }
    }
  });
});
