import type { Router } from 'express';
import { acceptsGzip, bestAccepted } from './accept.ts';
import type { AppDeps } from './deps.ts';
import { guardLifecycle } from './lifecycle-guard.ts';
import { allow, audited, route } from './route.ts';
import { sendBody, sendJson } from './send-body.ts';
import { sendPieces } from './send-pieces.ts';

const PLAIN = 'text/plain; charset=utf-8';

/** `/metrics` and what Prometheus serves below `/-/`. */
export function operationsRoutes(router: Router, deps: AppDeps): void {
  route(router, deps, '/metrics', {
    GET: allow('metrics', async (request, response) => {
      const best = bestAccepted(request.headers.accept, ['text/plain', 'application/openmetrics-text']);
      const format = best === 'application/openmetrics-text' ? 'openmetrics' : 'text';
      const encoding = acceptsGzip(request.headers['accept-encoding']) ? 'gzip' : undefined;
      const pieces = await deps.metrics.render(format, encoding);
      response.vary('Accept');
      sendPieces(request, response, { type: deps.metrics.contentType(format), pieces, encoding });
    }),
  });
  route(router, deps, '/-/healthy', {
    GET: allow('open', (request, response) =>
      sendBody(request, response, { type: PLAIN, content: 'drift-exporter is healthy.\n' }),
    ),
  });
  route(router, deps, '/-/ready', {
    GET: allow('open', (request, response) => {
      const { ready, reason = 'it is starting' } = deps.ready();
      const content = ready ? 'drift-exporter is ready.\n' : `drift-exporter is not ready: ${reason}\n`;
      return sendBody(request, response, { type: PLAIN, content, status: ready ? 200 : 503 });
    }),
  });
  route(router, deps, '/-/reload', {
    POST: audited('admin', 'reload asked for', async (request, response) => {
      guardLifecycle(request, deps.web);
      const outcome = await deps.actions.reload();
      if (outcome.ok) {
        await sendJson(request, response, { reloaded: true });
        return;
      }
      const message = 'The configuration was not reloaded; the one in force stays.';
      const error = { status: 500, code: 'reload_failed', message, errors: outcome.errors };
      await sendJson(request, response, { error }, 500);
    }),
  });
}
