import { readFile } from 'node:fs/promises';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CheckError, type CheckContext, type FailureReason } from '../../src/checker.ts';
import { parseExactJson } from '../../src/diff/exact-json.ts';
import type { PuppetDbOptions } from './options.ts';

/** Answers of PuppetDB's query API: `endpoint` below `/pdb/query/v4`, parameters as they go into the URL. */
export type QueryPuppetDb = (endpoint: string, parameters: Readonly<Record<string, string>>) => Promise<unknown>;

const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** Reads the key files once; every query is a request of its own. Rejects with CheckError. */
export async function puppetDbClient(options: PuppetDbOptions, context: CheckContext): Promise<QueryPuppetDb> {
  const [ca, cert, key, token] = await Promise.all(
    [options.ca_file, options.cert_file, options.key_file, options.token_file].map(readSecretFile),
  );
  if (token !== undefined) context.secret(token.trim());
  const headers = { accept: 'application/json', ...(token !== undefined && { 'x-authentication': token.trim() }) };
  return async (endpoint, parameters) => {
    const url = new URL(`${options.url.replace(/\/$/, '')}/pdb/query/v4/${endpoint}`);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const tls = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    };
    const { status, body } = await get(url, { headers, ...tls, signal: context.signal });
    if (status !== 200) throw refused(url, status, body);
    return parse(url, body);
  };
}

async function readSecretFile(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CheckError('not_found', `${path}: cannot be read: ${codeOf(error)}`, { cause: error });
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function get(url: URL, options: Parameters<typeof requestHttps>[1]): Promise<Answer> {
  try {
    const response = await send(url, options);
    return { status: response.statusCode ?? 0, body: await read(response) };
  } catch (error) {
    throw unreachable(url, error);
  }
}

function send(url: URL, options: Parameters<typeof requestHttps>[1]): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = start(url, { ...options, timeout: TIMEOUT_MS }, resolve);
    request.once('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    request.once('error', reject);
    request.end();
  });
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new CheckError('too_large', `PuppetDB's answer exceeds ${MAX_ANSWER_BYTES} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unreachable(url: URL, error: unknown): unknown {
  if (error instanceof CheckError) return error;
  const code = codeOf(error);
  const reason: FailureReason = /CERT|TLS|SSL|SIGNATURE/.test(code) ? 'unauthenticated' : 'unreachable';
  return new CheckError(reason, `PuppetDB at ${url.origin}: ${code}`, { cause: error });
}

const STATUS_REASONS: Readonly<Record<number, FailureReason>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'unsupported',
  500: 'unreachable',
  503: 'unreachable',
};

function refused(url: URL, status: number, body: string): CheckError {
  const message = `PuppetDB at ${url.origin}: ${url.pathname}: HTTP ${status}: ${body.trim().slice(0, 300)}`;
  return new CheckError(STATUS_REASONS[status] ?? 'bad_output', message);
}

function parse(url: URL, body: string): unknown {
  try {
    return parseExactJson(body);
  } catch (error) {
    const message = `PuppetDB at ${url.origin}: ${url.pathname}: expected JSON, got ${JSON.stringify(body.slice(0, 100))}`;
    throw new CheckError('bad_output', message, { cause: error });
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
