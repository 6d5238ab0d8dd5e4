const UNITS = [
  ['week', 7 * 24 * 3600],
  ['day', 24 * 3600],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A duration in words, its two largest units: `2 days 3 hours`. Seconds only below a minute; never negative. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex(([, size]) => whole >= size);
  const unit = UNITS[first];
  if (unit === undefined) return whole === 0 ? 'less than a second' : plural(whole, 'second');
  const rest = whole % unit[1];
  const next = UNITS[first + 1];
  const second = next === undefined ? 0 : Math.floor(rest / next[1]);
  const words = plural(Math.floor(whole / unit[1]), unit[0]);
  return next === undefined || second === 0 ? words : `${words} ${plural(second, next[0])}`;
}

/** How long `then` (ISO 8601) lies before `now`, in words. */
export function sinceWords(then: string, now: Date): string {
  return durationWords((now.getTime() - Date.parse(then)) / 1000);
}

/** `1 resource`, `2 resources`. */
export function plural(count: number, word: string, words: string = `${word}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? word : words}`;
}
