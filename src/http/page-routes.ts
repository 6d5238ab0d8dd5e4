import type { Router } from 'express';
import { FILTERS, parseDiffQuery, RESOURCE_FILTERS } from './diff-query.ts';
import type { HttpDeps } from './deps.ts';
import { entryOf } from './entry-of.ts';
import { ASSETS } from './page/layout.ts';
import { overviewPage } from './page/overview.ts';
import { sourcesPage } from './page/sources-page.ts';
import { queryOf, route } from './route.ts';
import { sendBody } from './send-body.ts';
import { contextOf, sendCheckPage, sendHtml } from './send-check-page.ts';

/** The page: `/`, `/checks/:check`, `/sources` and their assets. */
export function pageRoutes(router: Router, deps: HttpDeps): void {
  route(router, '/', {
    GET: (request, response) => {
      const query = parseDiffQuery(queryOf(request), [...FILTERS, 'sort', 'page']);
      return sendHtml(request, response, overviewPage(contextOf(request, deps, query)));
    },
  });
  route(router, '/checks/:check', {
    GET: (request, response) => {
      const entry = entryOf(deps, request);
      const query = parseDiffQuery(queryOf(request), [...RESOURCE_FILTERS, 'page', 'watch']);
      return sendCheckPage(request, response, deps, { entry, query });
    },
  });
  route(router, '/sources', {
    GET: (request, response) => {
      const query = parseDiffQuery(queryOf(request), []);
      return sendHtml(request, response, sourcesPage(contextOf(request, deps, query)));
    },
  });
  for (const { path, type, content } of ASSETS) {
    route(router, path, {
      GET: (request, response) => {
        response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
        return sendBody(request, response, { type, content });
      },
    });
  }
}
