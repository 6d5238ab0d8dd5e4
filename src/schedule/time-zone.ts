/** A time zone. Local times are milliseconds too: what `Date.UTC` makes of what a clock there shows. */
export interface TimeZone {
  /** Local time minus UTC at an instant, in milliseconds. */
  offsetAt(instant: number): number;
  /** The instant, to the second, at which the offset is another one than at `from` for the first time; `to` has another. */
  changeBetween(from: number, to: number): number;
  /** Whether a clock there has shown the same time before, and has been set back since. */
  isRepeated(instant: number): boolean;
}

/** `name`: an IANA time zone. Throws a RangeError for another. */
export function timeZone(name: string): TimeZone {
  const zone = zones.get(name) ?? createZone(name);
  zones.set(name, zone);
  return zone;
}

const zones = new Map<string, TimeZone>();

/** No clock is set back by more at once. */
const LONGEST_SHIFT_MS = 3 * 3_600_000;

function createZone(name: string): TimeZone {
  const offsetAt = offsetsOf(name);
  return {
    offsetAt,
    changeBetween: (from, to) => {
      const before = offsetAt(from);
      let [low, high] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (offsetAt(middle * 1000) === before) low = middle;
        else high = middle;
      }
      return high * 1000;
    },
    isRepeated: (instant) => {
      const before = offsetAt(instant - LONGEST_SHIFT_MS);
      const now = offsetAt(instant);
      return before > now && offsetAt(instant + now - before) === before;
    },
  };
}

function offsetsOf(name: string): TimeZone['offsetAt'] {
  if (name === 'UTC') return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const second = Math.floor(instant / 1000) * 1000;
    const parts = new Map(format.formatToParts(second).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const [year, month, day] = [part('year'), part('month') - 1, part('day')];
    return Date.UTC(year, month, day, part('hour'), part('minute'), part('second')) - second;
  };
}
