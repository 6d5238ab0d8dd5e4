import type { Clock } from '../../src/schedule/clock.ts';

/** A clock that stands still until it is told what happens. */
export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 5_000;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  constructor(wall: string) {
    this.#wall = Date.parse(wall);
  }

  wall(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#monotonic + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Time passes while the machine is awake. */
  pass(seconds: number): void {
    const end = this.#monotonic + seconds * 1000;
    for (;;) {
      const timer = [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      this.#advance((timer?.at ?? end) - this.#monotonic);
      if (timer === undefined) return;
      this.#timers.delete(timer);
      timer.callback();
    }
  }

  /** The wall clock is set; or the machine sleeps, which looks the same from inside. */
  jump(seconds: number): void {
    this.#wall += seconds * 1000;
  }

  #advance(milliseconds: number): void {
    this.#monotonic += milliseconds;
    this.#wall += milliseconds;
  }
}
