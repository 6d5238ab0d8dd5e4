/** Whether two durations are equally long (`8760h` and `8760h0m0s`). Text that is none equals only itself. */
export function sameDuration(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const left = nanoseconds(a);
  return left !== undefined && left === nanoseconds(b);
}

/** Milliseconds of a duration as Go writes it; undefined for text that is none. */
export function durationMs(value: unknown): number | undefined {
  const length = nanoseconds(value);
  return length === undefined ? undefined : length / 1e6;
}

const WHOLE = /^[+-]?(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h|d|w))+$/;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d|w)/g;
const HOUR_NS = 3.6e12;
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: HOUR_NS,
  d: 24 * HOUR_NS,
  w: 168 * HOUR_NS,
};

function nanoseconds(value: unknown): number | undefined {
  if (value === '0' || value === 0) return 0;
  if (typeof value !== 'string' || !WHOLE.test(value)) return undefined;
  let sum = 0;
  for (const [, amount = '', unit = ''] of value.matchAll(PART)) sum += Number(amount) * (UNITS[unit] ?? 0);
  return value.startsWith('-') ? -sum : sum;
}
