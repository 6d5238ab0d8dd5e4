import type { BoardEntry } from '../run/board.ts';
import { type CheckReport, reportOf } from './check-report.ts';
import type { Position } from './continue-token.ts';
import { acceptsCheck, acceptsDrift, type DiffQuery, filtersResources } from './diff-query.ts';

/**
 * The checks that a query is about, by name. Filters on resources leave only the drift that matches, and the checks that
 * have some - and those that cannot tell: an answer without them would read as in sync.
 */
export function selectReports(entries: readonly BoardEntry[], query: DiffQuery, now: Date): CheckReport[] {
  const byResource = filtersResources(query);
  const selected: CheckReport[] = [];
  for (const entry of entries) {
    if (!acceptsCheck(query, entry)) continue;
    const report = reportOf(entry, now);
    const narrowed = byResource
      ? { ...report, drift: report.drift.filter((drift) => acceptsDrift(query, drift)) }
      : report;
    if (!byResource || narrowed.drift.length > 0 || cannotTell(report)) selected.push(narrowed);
  }
  return selected;
}

function cannotTell({ status, stale }: CheckReport): boolean {
  return status === 'error' || status === 'unknown' || stale === true;
}

export interface ReportPage {
  readonly checks: readonly CheckReport[];
  /** Where the next page begins; absent on the last. */
  readonly next?: Position;
}

/**
 * One page of `reports` (sorted by name): at most `limit` drifted resources, a check without any counting as one. A check
 * whose drift goes over the edge is an entry of both pages.
 */
export function pageOf(
  reports: readonly CheckReport[],
  { limit, after }: Pick<DiffQuery, 'limit' | 'after'>,
): ReportPage {
  const rest = after === undefined ? reports : reports.map((report) => afterPosition(report, after)).filter(isReport);
  if (limit === undefined) return { checks: rest };
  const checks: CheckReport[] = [];
  let room = limit;
  for (const report of rest) {
    if (room === 0) return { checks, next: endOf(checks) };
    const drift = report.drift.slice(0, room);
    const last = drift.at(-1);
    checks.push({ ...report, drift });
    if (last !== undefined && drift.length < report.drift.length) {
      return { checks, next: { check: report.check, address: last.address } };
    }
    room -= Math.max(1, drift.length);
  }
  return { checks };
}

function isReport(report: CheckReport | undefined): report is CheckReport {
  return report !== undefined;
}

function afterPosition(report: CheckReport, { check, address }: Position): CheckReport | undefined {
  if (report.check > check) return report;
  if (report.check < check || address === undefined) return undefined;
  const drift = report.drift.filter((resource) => resource.address > address);
  return drift.length === 0 ? undefined : { ...report, drift };
}

function endOf(checks: readonly CheckReport[]): Position {
  return { check: checks.at(-1)?.check ?? '' };
}
