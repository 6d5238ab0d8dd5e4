import { CheckError, type Failure } from '../../src/checker.ts';
import { requireFresh } from '../hosts/require-fresh.ts';
import type { PuppetObservation } from './observation.ts';
import type { PuppetReport } from './report.ts';

/** A report that was already there. Throws CheckError `stale` when it is too old, `bad_output` when it has no time or one to come. */
export function reportObservation(
  report: PuppetReport,
  { maxAgeMs, now }: { readonly maxAgeMs: number; readonly now: number },
): PuppetObservation {
  const at = Date.parse(report.time);
  if (Number.isNaN(at)) {
    throw new CheckError(
      'bad_output',
      `${report.host}: expected the time of the report, got ${JSON.stringify(report.time)}`,
    );
  }
  const what = `${report.host}: the newest report is of ${report.time},`;
  requireFresh(what, { ageMs: now - at, maxAgeMs, address: report.host });
  return { piece: 'report', found: { host: report.host, report, sourcePrefixes: [], knowsLastRun: true } };
}

/** Hosts that must have a report and have none. */
export function missingHosts(expected: readonly string[], seen: ReadonlySet<string>): Failure[] {
  return expected
    .filter((host) => !seen.has(host))
    .map((host) => ({ phase: 'observe', reason: 'not_found', message: `${host}: has no report`, address: host }));
}
