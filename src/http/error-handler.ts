import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { bestAccepted } from './accept.ts';
import type { Access } from './access.ts';
import type { HttpDeps } from './deps.ts';
import { errorBody, HttpError } from './http-error.ts';
import { errorPage } from './page/error-page.ts';
import { basePath } from './page/page-context.ts';
import { JSON_TYPE, sendBody } from './send-body.ts';

/** Nothing is there; which is for those to know who are logged in. */
export function notFound(access: Access): RequestHandler {
  return async (request) => {
    await access.admit(request, 'known');
    throw new HttpError(404, 'not_found', 'There is nothing at this path.');
  };
}

/** Every error as JSON, or as a page for a browser. What went wrong inside is logged, never sent. */
export function errorHandler(deps: HttpDeps): ErrorRequestHandler {
  return async (thrown: unknown, request, response, next) => {
    const error = toHttpError(thrown, deps.web.maxBodyBytes);
    if (error.status >= 500) deps.log.error({ err: thrown, status: error.status }, 'request failed');
    if (response.headersSent) {
      next(thrown);
      return;
    }
    response.set(error.details.headers ?? {});
    response.removeHeader('ETag');
    const html = wantsHtml(request);
    const content = html ? page(deps, error) : `${JSON.stringify(errorBody(error))}\n`;
    const type = html ? 'text/html; charset=utf-8' : JSON_TYPE;
    await sendBody(request, response, { type, content, status: error.status });
  };
}

function wantsHtml({ headers }: Request): boolean {
  return bestAccepted(headers.accept, ['application/json', 'text/html']) === 'text/html';
}

function page(deps: HttpDeps, error: HttpError): string {
  const { web, version } = deps;
  const now = deps.clock?.() ?? new Date();
  const frame = {
    title: `Error ${error.status}`,
    base: basePath(web.externalUrl),
    version,
    now,
    notes: deps.notes(),
    fleet: deps.fleet !== undefined,
  };
  return errorPage(frame, error);
}

const BY_STATUS: Readonly<Record<number, readonly [string, string]>> = {
  400: ['bad_request', 'The request cannot be read.'],
  415: ['unsupported_media_type', 'The body is of a type, charset or encoding that is not read here.'],
};

/** Express and its body reader mark what the client did wrong with a status; anything else is our defect. */
function toHttpError(thrown: unknown, maxBodyBytes: number): HttpError {
  if (thrown instanceof HttpError) return thrown;
  const status = typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : undefined;
  if (status === 413) {
    return new HttpError(413, 'too_large', `The body is larger than ${maxBodyBytes} bytes (web.max_body_size).`);
  }
  const known = typeof status === 'number' ? BY_STATUS[status] : undefined;
  if (known !== undefined) return new HttpError(status as number, known[0], known[1]);
  return new HttpError(500, 'internal', 'Something went wrong inside; the log says what.');
}
