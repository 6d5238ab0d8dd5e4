import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { CheckError } from '../../../src/checker.ts';

export interface Outgoing {
  readonly url: URL;
  readonly method: 'GET' | 'PATCH';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** TLS, agent and credentials. */
  readonly credentials: RequestOptions;
  readonly signal: AbortSignal;
  /** Without a byte. */
  readonly idleMs: number;
}

export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Shares its memory with nothing else. */
  readonly body: Buffer<ArrayBuffer>;
}

const MAX_BODY_BYTES = 512 * 1024 * 1024;

/** One exchange. Rejects when the answer does not arrive whole, with the signal's reason when that is why. */
export async function send(outgoing: Outgoing): Promise<Incoming> {
  try {
    const response = await open(outgoing);
    return { status: response.statusCode ?? 0, headers: response.headers, body: await readAll(response) };
  } catch (error) {
    outgoing.signal.throwIfAborted();
    throw error;
  }
}

function open({ url, method, headers, body, credentials, signal, idleMs }: Outgoing): Promise<IncomingMessage> {
  const request = url.protocol === 'http:' ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    const all = { ...(credentials.headers as Record<string, string> | undefined), ...headers };
    const sent = request(url, { ...credentials, method, headers: all, signal });
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.setTimeout(idleMs, () => {
      sent.destroy(new CheckError('timeout', `no answer for ${idleMs / 1000} s`));
    });
    sent.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new CheckError('too_large', `an answer of more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return joined(chunks, bytes);
}

/** In memory of its own, so that a reader can give it back at once. */
function joined(chunks: readonly Buffer[], bytes: number): Buffer<ArrayBuffer> {
  const body = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(body, at);
  return body;
}
