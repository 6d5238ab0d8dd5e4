import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

/** Logs every request at debug when it ends, without its query: a filter is nobody else's business. */
export function requestLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    if (log.isLevelEnabled('debug')) {
      const startedAt = performance.now();
      response.once('close', () => {
        const durationMs = Math.round(performance.now() - startedAt);
        const { method } = request;
        const path = (request.originalUrl.split('?')[0] ?? '').slice(0, 200);
        log.debug({ method, path, status: response.statusCode, durationMs }, 'request');
      });
    }
    next();
  };
}
