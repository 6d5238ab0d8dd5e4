/** One request, with everything about TLS that a client can choose. */
import { request as plainRequest } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Of the server's certificate. */
  readonly serial: string;
  readonly protocol: string;
}

export type Ask = RequestOptions & { readonly body?: string };

/** Rejects when no answer comes. Without an agent, on a connection of its own. */
export async function ask(url: string, { body, ...options }: Ask = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const send = url.startsWith('https:') ? request : plainRequest;
  const sent = send(url, { agent: false, ...options }, (response) => {
    const socket = response.socket as TLSSocket;
    const [serial, protocol] = [socket.getPeerX509Certificate?.()?.serialNumber, socket.getProtocol?.()];
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.once('error', reject);
    response.once('end', () => {
      const { statusCode = 0, headers } = response;
      resolve({ status: statusCode, headers, body: text, serial: serial ?? '', protocol: protocol ?? '' });
    });
  });
  sent.once('error', reject);
  sent.end(body);
  return promise;
}

/** The message of what went wrong, or that nothing did. */
export async function refusal(asked: Promise<Answer>): Promise<string> {
  return asked.then(
    ({ status }) => `answered ${status}`,
    (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error),
  );
}

export function basic(user: string, password: string): { readonly Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
