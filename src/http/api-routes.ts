import type { Router } from 'express';
import type { RunSummary } from '../store/store.ts';
import { type CheckReport, reportOf } from './check-report.ts';
import { acceptsCheck, CHECK_FILTERS, parseDiffQuery } from './diff-query.ts';
import type { AppDeps, HttpDeps } from './deps.ts';
import { entryOf } from './entry-of.ts';
import { HttpError } from './http-error.ts';
import { queryOf } from './query-of.ts';
import { allow, audited, route } from './route.ts';
import { sendJson } from './send-body.ts';

const DEFAULT_RUNS = 100;
const MOST_RUNS = 1000;

/** `/api/v1`: checks with their configuration, their history, the sources and the discoveries. */
export function apiRoutes(router: Router, deps: AppDeps): void {
  const now = (): Date => deps.clock?.() ?? new Date();
  route(router, deps, '/api/v1/checks', {
    GET: audited('diff', 'drift read', (request, response) => {
      const query = parseDiffQuery(queryOf(request), [...CHECK_FILTERS, 'label.*']);
      const entries = deps.board.entries().filter((entry) => acceptsCheck(query, entry));
      const checks = entries.map((entry) => summaryOf(reportOf(entry, now())));
      return sendJson(request, response, { generatedAt: now().toISOString(), checks });
    }),
  });
  route(router, deps, '/api/v1/checks/:check', {
    GET: audited('diff', 'drift read', (request, response) => {
      const entry = entryOf(deps, request);
      parseDiffQuery(queryOf(request), []);
      const { failures, notices, notCompared } = reportOf(entry, now());
      const summary = { ...summaryOf(reportOf(entry, now())), failures, notices, notCompared };
      return sendJson(request, response, { ...summary, configuration: deps.describe(entry.config) });
    }),
  });
  route(router, deps, '/api/v1/checks/:check/runs', {
    GET: audited('diff', 'drift read', async (request, response) => {
      const { name } = entryOf(deps, request).config;
      const query = parseDiffQuery(queryOf(request), ['limit', 'before']);
      const limit = Math.min(query.limit ?? DEFAULT_RUNS, MOST_RUNS);
      const runs = await readRuns(deps, name, { limit, ...(query.before !== undefined && { before: query.before }) });
      const last = runs.length === limit ? runs.at(-1)?.startedAt : undefined;
      await sendJson(request, response, { check: name, runs, ...(last !== undefined && { before: last }) });
    }),
  });
  route(router, deps, '/api/v1/sources', {
    GET: allow('diff', (request, response) => {
      parseDiffQuery(queryOf(request), []);
      return sendJson(request, response, { generatedAt: now().toISOString(), sources: deps.sources() });
    }),
  });
  route(router, deps, '/api/v1/workers', {
    GET: allow('diff', (request, response) => {
      parseDiffQuery(queryOf(request), []);
      const [pools, workers] = [deps.fleet?.pools() ?? [], deps.fleet?.workers() ?? []];
      return sendJson(request, response, { generatedAt: now().toISOString(), pools, workers });
    }),
  });
  route(router, deps, '/api/v1/discoveries', {
    GET: audited('diff', 'drift read', (request, response) => {
      parseDiffQuery(queryOf(request), []);
      return sendJson(request, response, { generatedAt: now().toISOString(), discoveries: deps.discoveries() });
    }),
  });
}

/** A report with counts in place of lists. */
function summaryOf(report: CheckReport): Readonly<Record<string, unknown>> {
  const { drift, suppressed, failures, notices, notCompared, unconfirmed, ...rest } = report;
  return {
    ...rest,
    drifted: drift.length,
    suppressed: suppressed.length,
    failures: failures.length,
    notices: notices.length,
    notCompared: notCompared.length,
    ...(unconfirmed && { unconfirmed: { ...unconfirmed, drift: unconfirmed.drift.length } }),
  };
}

async function readRuns(
  deps: HttpDeps,
  check: string,
  query: { readonly limit: number; readonly before?: string },
): Promise<readonly RunSummary[]> {
  try {
    return await deps.runs(check, query);
  } catch (error) {
    deps.log.warn({ check, err: error }, 'history cannot be read');
    throw new HttpError(503, 'store_unavailable', 'The history cannot be read now; the log says why.');
  }
}
