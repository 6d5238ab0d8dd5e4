import type { Request, Response, Router } from 'express';
import type { BoardEntry } from '../run/board.ts';
import { entryOf } from './entry-of.ts';
import { FILTERS, parseDiffQuery, type DiffQuery } from './diff-query.ts';
import type { AppDeps, HttpDeps } from './deps.ts';
import { etagOf, matchesEtag } from './etag.ts';
import { diffPage } from './page/diff-page.ts';
import { basePath, originOf } from './page/page-context.ts';
import { queryOf } from './query-of.ts';
import { audited, route } from './route.ts';
import { runRoute } from './run-route.ts';
import { pageOf, selectReports } from './select-reports.ts';
import { sendBody } from './send-body.ts';
import { sendGroups } from './send-groups.ts';
import { formatOf, freshness, sendReports } from './send-reports.ts';
import { sendCheckPage } from './send-check-page.ts';

const PAGING = ['limit', 'continue', 'format'];
const ALLOWED: readonly string[] = [...FILTERS, ...PAGING, 'group'];
const ALLOWED_OF_ONE: readonly string[] = ['type', 'address', 'action', 'cause', ...PAGING];

/** `/diff` and `/diff/:check`. */
export function diffRoutes(router: Router, deps: AppDeps): void {
  route(router, deps, '/diff', {
    GET: audited('diff', 'drift read', (request, response) =>
      answer(request, response, deps, deps.board.entries(), ALLOWED),
    ),
  });
  route(router, deps, '/diff/:check', {
    GET: audited('diff', 'drift read', (request, response) =>
      answer(request, response, deps, [entryOf(deps, request)], ALLOWED_OF_ONE),
    ),
    POST: audited('run', 'run asked for', (request, response) => runRoute(request, response, deps)),
  });
}

async function answer(
  request: Request,
  response: Response,
  deps: HttpDeps,
  entries: readonly BoardEntry[],
  allowed: readonly string[],
): Promise<void> {
  const query = parseDiffQuery(queryOf(request), allowed);
  if (query.group !== undefined) {
    await sendGroups(request, response, deps, query);
    return;
  }
  const format = formatOf(request, query.format);
  if (format === 'html') {
    await sendPage(request, response, deps, entries, query);
    return;
  }
  const now = deps.clock?.() ?? new Date();
  const reports = selectReports(entries, query, now);
  const etag = etagOf(deps.board.version, format, request.url, freshness(reports, format, now));
  if (matchesEtag(request.headers['if-none-match'], etag)) {
    response.vary('Accept').status(304).setHeader('ETag', etag).end();
    return;
  }
  const page = pageOf(reports, query);
  await sendReports(request, response, { page, format, now, pageUrl: `${originOf(request, deps)}/`, etag });
}

async function sendPage(
  request: Request,
  response: Response,
  deps: HttpDeps,
  entries: readonly BoardEntry[],
  query: DiffQuery,
): Promise<void> {
  response.vary('Accept');
  const [only] = entries;
  if (request.params['check'] !== undefined && only !== undefined) {
    await sendCheckPage(request, response, deps, { entry: only, query });
    return;
  }
  const base = basePath(deps.web.externalUrl);
  const now = deps.clock?.() ?? new Date();
  const content = diffPage({ deps, query, now, base, origin: originOf(request, deps) });
  await sendBody(request, response, { type: 'text/html; charset=utf-8', content });
}
