import express, { Router, type Express } from 'express';
import { apiRoutes } from './api-routes.ts';
import type { HttpDeps } from './deps.ts';
import { diffRoutes } from './diff-routes.ts';
import { errorHandler, notFound } from './error-handler.ts';
import { operationsRoutes } from './operations-routes.ts';
import { pageRoutes } from './page-routes.ts';
import { basePath } from './page/page-context.ts';
import { requestLog } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';

/** Everything that is served: `/metrics`, `/diff`, `/api/v1`, health and the page. Below the external URL's path, too. */
export function createApp(deps: HttpDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.use(requestLog(deps.log), securityHeaders);
  const router = Router();
  operationsRoutes(router, deps);
  if (deps.serves) {
    diffRoutes(router, deps);
    apiRoutes(router, deps);
    pageRoutes(router, deps);
  }
  const base = basePath(deps.web.externalUrl);
  if (base !== '') app.use(base, router);
  app.use(router, notFound, errorHandler(deps));
  return app;
}
