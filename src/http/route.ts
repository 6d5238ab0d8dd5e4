import type { Request, Response, Router } from 'express';
import type { Logger } from 'pino';
import type { Access, Needed } from './access.ts';
import { audit, type Audited } from './audit.ts';
import { HttpError } from './http-error.ts';

export type Handler = (request: Request, response: Response) => Promise<void> | void;

export interface Guarded {
  readonly needed: Needed;
  readonly handler: Handler;
  readonly audited?: Audited;
}

/** What a caller needs to be answered. */
export function allow(needed: Needed, handler: Handler): Guarded {
  return { needed, handler };
}

/** The same, where the audit log has to know. */
export function audited(needed: Needed, audited: Audited, handler: Handler): Guarded {
  return { needed, handler, audited };
}

export interface RouteDeps {
  readonly access: Access;
  readonly log: Logger;
}

/**
 * Declares what a path answers to, and to whom. Any other method is a 405 that names these; OPTIONS is answered by them
 * alone.
 */
export function route(
  router: Router,
  { access, log }: RouteDeps,
  path: string,
  handlers: { readonly GET?: Guarded; readonly POST?: Guarded },
): void {
  const allowed = [
    ...(handlers.GET === undefined ? [] : ['GET', 'HEAD']),
    ...(handlers.POST === undefined ? [] : ['POST']),
  ];
  const headers = { Allow: [...allowed, 'OPTIONS'].join(', ') };
  const handle = async (request: Request, response: Response): Promise<void> => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const guarded = method === 'GET' || method === 'POST' ? handlers[method] : undefined;
    await access.admit(request, guarded?.needed ?? 'known');
    if (guarded !== undefined) {
      if (guarded.audited !== undefined) audit(log, request, response, guarded.audited);
      await guarded.handler(request, response);
    } else if (method === 'OPTIONS') {
      response.status(204).set(headers).end();
    } else {
      const message = `${request.method} is not allowed here; expected ${allowed.join(', ')}`;
      throw new HttpError(405, 'method_not_allowed', message, { allowed, headers });
    }
  };
  router.all(path, (request, response) => handle(request, response));
}

/** A parameter of the path. */
export function pathParameter(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}
