import { readFile } from 'node:fs/promises';
import { CheckError, failureOf, type CheckContext } from '../../src/checker.ts';
import { takeTurns } from '../kubernetes/live/take-turns.ts';
import { fetchReport, type Answer, type HttpAccess } from './fetch-report.ts';
import type { HttpOptions, ReportFormat, ReportOptions } from './options.ts';
import { parseDocuments, type Parsed } from './parse-documents.ts';

export type UrlsOptions = Pick<ReportOptions, 'format' | 'max_bytes'> & { readonly http: HttpOptions };

/** Asks every URL, several at a time. One that does not answer hides no other. */
export async function* readHttp(options: UrlsOptions, context: CheckContext): AsyncGenerator<Parsed> {
  const access = await accessOf(options, context);
  const reads = options.http.urls.map((url) => () => documentsOf(new URL(url), { options, access }));
  yield* takeTurns(reads, options.http.concurrency);
}

async function* documentsOf(
  url: URL,
  { options, access }: { readonly options: UrlsOptions; readonly access: HttpAccess },
): AsyncGenerator<Parsed> {
  const place = url.origin + url.pathname; // a query may hold a secret
  try {
    const answer = await fetchReport(url, access);
    const format = options.format === 'auto' ? formatOf(answer) : options.format;
    yield* parseDocuments({ bytes: answer.body, place, source: url.hostname, format });
  } catch (error) {
    access.signal.throwIfAborted();
    yield { failure: { ...failureOf(error), address: place } };
  }
}

/** By content type; text that says no more is JSON where it begins so. */
function formatOf({ contentType, body }: Answer): Exclude<ReportFormat, 'auto'> {
  if (/ya?ml/i.test(contentType)) return 'yaml';
  if (/ndjson|jsonl|json-?lines|json-seq/i.test(contentType)) return 'jsonl';
  if (/json/i.test(contentType)) return 'json';
  return /^[\s\uFEFF]*[[{]/.test(body.toString('utf8', 0, 256)) ? 'json' : 'yaml';
}

async function accessOf({ http, max_bytes: maxBytes }: UrlsOptions, context: CheckContext): Promise<HttpAccess> {
  const [ca, cert, key, token] = await Promise.all(
    [http.ca_file, http.cert_file, http.key_file, http.token_file].map(readOptional),
  );
  if (key !== undefined) context.secret(key);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(http.headers)) {
    headers[name.toLowerCase()] = typeof value === 'string' ? value : await readSecret(value.file, context);
  }
  if (token !== undefined) {
    context.secret(token.trim());
    headers['authorization'] = `Bearer ${token.trim()}`;
  }
  return {
    headers,
    tls: { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) },
    timeoutMs: http.timeout,
    maxBytes,
    signal: context.signal,
  };
}

async function readOptional(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFileOrThrow(file);
}

async function readSecret(file: string, context: CheckContext): Promise<string> {
  const secret = (await readFileOrThrow(file)).trim();
  context.secret(secret);
  return secret;
}

async function readFileOrThrow(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EACCES' ? 'forbidden' : 'not_found';
    throw new CheckError(reason, `${file}: cannot be read: ${code ?? ''}`, { cause: error });
  }
}
