import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { CheckError, type FailureReason } from '../../src/checker.ts';

export interface HttpAccess {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Of one request, its redirects and answer included. */
  readonly timeoutMs: number;
  /** Of one answer, unpacked. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly contentType: string;
  readonly body: Buffer;
}

const MOST_REDIRECTS = 5;

/** GETs a report. Redirects are followed within the origin only: credentials stay there. Rejects with CheckError. */
export async function fetchReport(url: URL, access: HttpAccess): Promise<Answer> {
  const limit = AbortSignal.timeout(access.timeoutMs);
  const signal = AbortSignal.any([access.signal, limit]);
  try {
    return await follow(url, { ...access, signal });
  } catch (error) {
    access.signal.throwIfAborted();
    if (limit.aborted) {
      throw new CheckError('timeout', `${nameOf(url)}: no whole answer within ${access.timeoutMs / 1000} s`);
    }
    throw asCheckError(url, error);
  }
}

async function follow(start: URL, access: HttpAccess): Promise<Answer> {
  let url = start;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    const response = await send(url, access);
    const status = response.statusCode ?? 0;
    if (status === 200) {
      return { contentType: response.headers['content-type'] ?? '', body: await readBody(url, response, access) };
    }
    response.destroy();
    url = redirectOf(url, response);
  }
  throw new CheckError('bad_output', `${nameOf(start)}: more than ${MOST_REDIRECTS} redirects`);
}

function send(url: URL, { headers, tls, signal }: HttpAccess): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const accept = { accept: 'application/json, application/yaml, */*;q=0.1', 'accept-encoding': 'gzip, br, deflate' };
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...tls, headers: { ...accept, ...headers }, signal, agent: false });
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.end();
  });
}

const STATUS_REASONS: Readonly<Record<number, FailureReason>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  410: 'not_found',
};

/** Where the answer sends us. Throws CheckError when it is no redirect, or leads to another origin. */
function redirectOf(url: URL, { statusCode = 0, headers: { location } }: IncomingMessage): URL {
  const isRedirect = [301, 302, 303, 307, 308].includes(statusCode);
  if (!isRedirect || location === undefined || !URL.canParse(location, url.href)) {
    const reason = STATUS_REASONS[statusCode] ?? (statusCode >= 500 ? 'unreachable' : 'bad_output');
    throw new CheckError(reason, `${nameOf(url)}: expected HTTP 200, got ${statusCode}`);
  }
  const next = new URL(location, url);
  if (next.origin === url.origin) return next;
  throw new CheckError('bad_output', `${nameOf(url)}: redirects to ${next.origin}, which is not followed`);
}

async function readBody(url: URL, response: IncomingMessage, { maxBytes }: HttpAccess): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const plain = unpacked(url, response);
  response.once('error', (error) => plain.destroy(error));
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      response.destroy();
      throw new CheckError('too_large', `${nameOf(url)}: an answer of more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unpacked(url: URL, response: IncomingMessage): NodeJS.ReadableStream & { destroy(error?: Error): unknown } {
  switch (response.headers['content-encoding']) {
    case undefined:
    case '':
    case 'identity':
      return response;
    case 'gzip':
    case 'x-gzip':
      return response.pipe(createGunzip());
    case 'br':
      return response.pipe(createBrotliDecompress());
    case 'deflate':
      return response.pipe(createInflate());
    default:
      throw new CheckError(
        'unsupported',
        `${nameOf(url)}: content-encoding ${response.headers['content-encoding']} is not understood`,
      );
  }
}

const TLS_ERROR = /^(?:ERR_TLS|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_SSL|ERR_OSSL|HOSTNAME_MISMATCH)/;

function asCheckError(url: URL, error: unknown): CheckError {
  if (error instanceof CheckError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason =
    code.startsWith('Z_') || code.startsWith('ERR__ERROR_') || code.startsWith('HPE_') ? 'bad_output' : 'unreachable';
  return new CheckError(TLS_ERROR.test(code) ? 'unauthenticated' : reason, `${nameOf(url)}: ${message || code}`, {
    cause: error,
  });
}

/** Without the query, which may hold a secret. */
function nameOf(url: URL): string {
  return url.origin + url.pathname;
}
