import type { Json } from '../drift.ts';
import { createRedactor } from '../redact/redactor.ts';
import type { CheckConfig, RedactConfig } from './config.ts';

/** A check's definition without secrets, for people: durations in seconds, options as its checker understood them. */
export function describeCheck(check: CheckConfig, redact: RedactConfig): Json {
  const { schedule } = check;
  const redactor = createRedactor(redact);
  return {
    schedule:
      schedule.kind === 'cron'
        ? { cron: schedule.expression, timezone: schedule.timezone }
        : { intervalSeconds: schedule.intervalMs / 1000, jitter: schedule.jitter },
    timeoutSeconds: check.timeoutMs / 1000,
    confirmations: check.confirmations,
    pool: check.pool,
    weight: check.weight,
    ...(check.source !== undefined && { source: check.source }),
    options: redactor.json(JSON.parse(JSON.stringify(check.options)) as Json),
  };
}
