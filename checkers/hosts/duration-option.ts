import { z } from 'zod';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNITS;

/** A duration such as `90s` or `2h`; milliseconds after parsing. */
export function durationOption(byDefault: string): z.ZodType<number> {
  return z
    .string()
    .regex(/^\d+(ms|s|m|h|d)$/, 'expected a duration such as 90s, 15m or 2h')
    .default(byDefault)
    .transform(milliseconds);
}

function milliseconds(text: string): number {
  const unit = text.replace(/^\d+/, '') as Unit;
  return Number.parseInt(text, 10) * UNITS[unit];
}
