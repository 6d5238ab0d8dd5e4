import type { Request, Response, Router } from 'express';
import { HttpError } from './http-error.ts';

export type Handler = (request: Request, response: Response) => Promise<void> | void;

/** Declares what a path answers to. Any other method is a 405 that names these; OPTIONS is answered by them alone. */
export function route(
  router: Router,
  path: string,
  handlers: { readonly GET?: Handler; readonly POST?: Handler },
): void {
  const allowed = [
    ...(handlers.GET === undefined ? [] : ['GET', 'HEAD']),
    ...(handlers.POST === undefined ? [] : ['POST']),
  ];
  const headers = { Allow: [...allowed, 'OPTIONS'].join(', ') };
  const handle = (request: Request, response: Response): Promise<void> | void => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const handler = method === 'GET' || method === 'POST' ? handlers[method] : undefined;
    if (handler !== undefined) return handler(request, response);
    if (method === 'OPTIONS') response.status(204).set(headers).end();
    else {
      throw new HttpError(
        405,
        'method_not_allowed',
        `${request.method} is not allowed here; expected ${allowed.join(', ')}`,
        {
          allowed,
          headers,
        },
      );
    }
  };
  router.all(path, handle);
}

/** A parameter of the path. */
export function pathParameter(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}

/** The query as it came: repeated names keep all their values. */
export function queryOf(request: Request): URLSearchParams {
  const at = request.url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1));
}
