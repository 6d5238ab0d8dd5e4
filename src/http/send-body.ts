import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { acceptsGzip } from './accept.ts';

const compress = promisify(gzip);
/** Smaller bodies fit a packet or two: compressing them saves nothing. */
const SMALLEST_COMPRESSED = 1400;

export interface Body {
  readonly type: string;
  readonly content: string | Buffer;
  readonly etag?: string;
  readonly status?: number;
}

/** Sends a body, as one gzip member where the client takes it; nothing but the headers for HEAD. */
export async function sendBody(request: Request, response: Response, body: Body): Promise<void> {
  const content = typeof body.content === 'string' ? Buffer.from(body.content) : body.content;
  const zipped = content.length >= SMALLEST_COMPRESSED && acceptsGzip(request.headers['accept-encoding']);
  const bytes = zipped ? await compress(content, { level: constants.Z_BEST_SPEED }) : content;
  response.status(body.status ?? 200);
  response.vary('Accept-Encoding');
  response.setHeader('Content-Type', body.type);
  response.setHeader('Content-Length', bytes.length);
  if (zipped) response.setHeader('Content-Encoding', 'gzip');
  if (body.etag !== undefined) response.setHeader('ETag', body.etag);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Sends a value as JSON. */
export async function sendJson(request: Request, response: Response, value: unknown, status = 200): Promise<void> {
  await sendBody(request, response, { type: JSON_TYPE, content: `${JSON.stringify(value)}\n`, status });
}

export const JSON_TYPE = 'application/json; charset=utf-8';
