import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { scheduleCheck } from '../../src/schedule/schedule-check.ts';

describe('a schedule', () => {
  it('of an interval is due at once, then at its pace, until stopped', async () => {
    let times = 0;
    const scheduled = scheduleCheck({ kind: 'interval', intervalMs: 100, jitter: 0 }, () => times++);
    expect(times).to.equal(1);
    expect(scheduled.nextRunAt()?.getTime()).to.be.closeTo(Date.now() + 100, 50);
    await sleep(350);
    expect(times).to.be.within(3, 4);
    scheduled.stop();
    const stopped = times;
    await sleep(250);
    expect(times).to.equal(stopped);
  });

  it('moves each turn by up to half the jitter in either direction', () => {
    for (const [random, expected] of [
      [0, 90_000],
      [0.5, 100_000],
      [0.999999, 110_000],
    ] as const) {
      const scheduled = scheduleCheck(
        { kind: 'interval', intervalMs: 100_000, jitter: 0.2 },
        () => {},
        () => random,
      );
      expect(scheduled.nextRunAt()?.getTime()).to.be.closeTo(Date.now() + expected, 100);
      scheduled.stop();
    }
  });

  it('of cron is due at once and knows its next turn in its time zone', () => {
    let times = 0;
    const scheduled = scheduleCheck({ kind: 'cron', expression: '30 3 * * *', timezone: 'Asia/Tokyo' }, () => times++);
    expect(times).to.equal(1);
    expect(scheduled.nextRunAt()?.toISOString()).to.match(/T18:30:00\.000Z$/);
    scheduled.stop();
  });

  it('of cron with seconds keeps firing', async () => {
    let times = 0;
    const scheduled = scheduleCheck({ kind: 'cron', expression: '* * * * * *', timezone: 'UTC' }, () => times++);
    await sleep(2_300);
    scheduled.stop();
    expect(times).to.be.within(3, 4);
  });
});
