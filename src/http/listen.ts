import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import type { Logger } from 'pino';
import type { WebConfig } from '../config/config.ts';

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, lets answers end for `graceMs` (default 2000), then cuts them off. */
  close(graceMs?: number): Promise<void>;
}

export interface ListenLimits {
  /** To send the headers of a request. */
  readonly headersTimeoutMs: number;
  /** To send a whole request. */
  readonly requestTimeoutMs: number;
  /** Of silence on a connection: a client that does not read its answer. A route that waits for a run lifts it. */
  readonly idleTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
}

export const DEFAULT_LISTEN_LIMITS: ListenLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 1000,
};

/** Serves the app. Rejects when it cannot listen, saying where. No client, however slow, holds a connection for long. */
export async function listen(
  app: Express,
  web: Pick<WebConfig, 'listen'>,
  log: Logger,
  limits: ListenLimits = DEFAULT_LISTEN_LIMITS,
): Promise<Listening> {
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
      keepAliveTimeout: 30_000,
    },
    app,
  );
  server.timeout = limits.idleTimeoutMs;
  server.maxConnections = limits.maxConnections;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    log.debug({ code: error.code }, 'bad request');
    refuse(error, socket);
  });
  const { host, port } = web.listen;
  await opened(server, { port, ...(host !== undefined && { host }) });
  const address = server.address() as AddressInfo;
  const shownHost = host === undefined || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return {
    url: `http://${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${address.port}`,
    port: address.port,
    close: (graceMs = 2000) => closed(server, graceMs),
  };
}

function opened(server: Server, where: { readonly host?: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const shown = `${where.host ?? '*'}:${where.port}`;
      const why = error.code === 'EADDRINUSE' ? 'another process listens there' : error.message;
      reject(new Error(`web.listen: cannot listen on ${shown}: ${why}`, { cause: error }));
    });
    server.listen(where, resolve);
  });
}

function closed(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const REFUSALS: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'headers_too_large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'request_timeout'],
};

/** What Node could not parse never reaches the app: the answer is written by hand. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, reason, code] = REFUSALS[error.code ?? ''] ?? [400, 'Bad Request', 'bad_request'];
  const body = `${JSON.stringify({ error: { status, code, message: reason } })}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
