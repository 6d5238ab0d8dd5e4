import type { RunStatus } from '../drift.ts';
import type { RunResult } from '../run/result.ts';
import { decodeText, encodeText } from './plain-text.ts';
import type { RunSummary } from './store.ts';
import type { RunRow } from './tables.ts';

/** History says what kind of thing went wrong, not all of it: the last result has every failure in full. */
const FAILURES_KEPT = 10;
const MESSAGE_CHARACTERS_KEPT = 500;

/** One line of history from a result. */
export function encodeRun(result: RunResult): RunRow {
  return {
    check_name: encodeText(result.check),
    started_at: sortableTime(result.startedAt),
    status: result.status,
    duration_seconds: result.durationSeconds,
    exit_code: result.exitCode ?? null,
    revision: result.revision === undefined ? null : encodeText(result.revision),
    resources: result.resources,
    drifted: result.drift.length,
    suppressed: result.suppressed.length,
    failed: result.failures.length,
    failures: JSON.stringify(result.failures.slice(0, FAILURES_KEPT).map(shortFailure)),
    run_id: result.id,
  };
}

/** The inverse of encodeRun, as far as history keeps it. Throws a SyntaxError where the row is not JSON. */
export function decodeRun(row: RunRow): RunSummary {
  return {
    ...(row.run_id !== null && { id: row.run_id }),
    check: decodeText(row.check_name),
    status: row.status as RunStatus,
    startedAt: row.started_at,
    durationSeconds: row.duration_seconds,
    ...(row.exit_code !== null && { exitCode: row.exit_code }),
    ...(row.revision !== null && { revision: decodeText(row.revision) }),
    resources: row.resources,
    drifted: row.drifted,
    suppressed: row.suppressed,
    failed: row.failed,
    failures: JSON.parse(row.failures) as RunSummary['failures'],
  };
}

/** One form for every instant, so that text order is time order. */
export function sortableTime(time: string): string {
  return new Date(time).toISOString();
}

function shortFailure({ phase, reason, message }: RunResult['failures'][number]): RunSummary['failures'][number] {
  const short =
    message.length > MESSAGE_CHARACTERS_KEPT ? `${message.slice(0, MESSAGE_CHARACTERS_KEPT - 1)}…` : message;
  return { phase, reason, message: short };
}
