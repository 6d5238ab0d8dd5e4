import express, { Router, type Express } from 'express';
import { NOTHING_TO_KEEP } from '../web-config/keep-web-config.ts';
import { createAccess } from './access.ts';
import { apiRoutes } from './api-routes.ts';
import { trustedProxies } from './client-address.ts';
import type { HttpDeps } from './deps.ts';
import { diffRoutes } from './diff-routes.ts';
import { errorHandler, notFound } from './error-handler.ts';
import { hostGuard } from './host-guard.ts';
import { operationsRoutes } from './operations-routes.ts';
import { pageRoutes } from './page-routes.ts';
import { basePath } from './page/page-context.ts';
import { requestLog } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';

/**
 * Everything that is served: `/metrics`, `/diff`, `/api/v1`, health and the page. Below the external URL's path, too. Who
 * may ask for what is up to the web configuration.
 */
export function createApp(given: HttpDeps): Express {
  const { web, log, webConfig: keeper = NOTHING_TO_KEEP } = given;
  if (web.configFile !== undefined && given.webConfig === undefined) throw new Error('web.config_file was not read');
  const access = createAccess({ keeper, web, log });
  const deps = { ...given, access };
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.set('trust proxy', trustedProxies(web.trustedProxies));
  app.use(requestLog(log), securityHeaders(keeper), hostGuard(web));
  const router = Router();
  operationsRoutes(router, deps);
  if (deps.serves) {
    diffRoutes(router, deps);
    apiRoutes(router, deps);
    pageRoutes(router, deps);
  }
  const base = basePath(web.externalUrl);
  if (base !== '') app.use(base, router);
  app.use(router, notFound(access), errorHandler(deps));
  return app;
}
