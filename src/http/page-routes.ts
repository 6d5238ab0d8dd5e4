import type { Router } from 'express';
import { FILTERS, parseDiffQuery, RESOURCE_FILTERS } from './diff-query.ts';
import type { AppDeps } from './deps.ts';
import { entryOf } from './entry-of.ts';
import { ASSETS } from './page/layout.ts';
import { overviewPage } from './page/overview.ts';
import { sourcesPage } from './page/sources-page.ts';
import { workersPage } from './page/workers-page.ts';
import { queryOf } from './query-of.ts';
import { allow, audited, route } from './route.ts';
import { sendBody } from './send-body.ts';
import { groupsOf } from './send-groups.ts';
import { contextOf, sendCheckPage, sendHtml } from './send-check-page.ts';

/** The page: `/`, `/checks/:check`, `/sources`, `/workers` and their assets. */
export function pageRoutes(router: Router, deps: AppDeps): void {
  route(router, deps, '/', {
    GET: audited('diff', 'drift read', async (request, response) => {
      const query = parseDiffQuery(queryOf(request), [...FILTERS, 'sort', 'page']);
      const groups = await groupsOf(deps.board, query);
      return sendHtml(request, response, overviewPage({ ...contextOf(request, deps, query), groups }));
    }),
  });
  route(router, deps, '/checks/:check', {
    GET: audited('diff', 'drift read', (request, response) => {
      const entry = entryOf(deps, request);
      const query = parseDiffQuery(queryOf(request), [...RESOURCE_FILTERS, 'page', 'watch']);
      return sendCheckPage(request, response, deps, { entry, query });
    }),
  });
  route(router, deps, '/sources', {
    GET: allow('diff', (request, response) => {
      const query = parseDiffQuery(queryOf(request), []);
      return sendHtml(request, response, sourcesPage(contextOf(request, deps, query)));
    }),
  });
  route(router, deps, '/workers', {
    GET: allow('diff', (request, response) => {
      const query = parseDiffQuery(queryOf(request), []);
      return sendHtml(request, response, workersPage(contextOf(request, deps, query)));
    }),
  });
  for (const { path, type, content } of ASSETS) {
    route(router, deps, path, {
      GET: allow('open', (request, response) => {
        response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
        return sendBody(request, response, { type, content });
      }),
    });
  }
}
