import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { WebConfig } from '../config/config.ts';
import { NOTHING_TO_KEEP, type WebConfigKeeper } from '../web-config/keep-web-config.ts';
import type { TlsSettings } from '../web-config/web-settings.ts';
import { plainAddress } from './client-address.ts';
import { handshakeProblem } from './client-certificate.ts';
import { refuse } from './refuse.ts';

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

/**
 * Serves the app, over TLS where the web configuration says so; new certificates are for new connections. Rejects when it
 * cannot listen, saying where. No client, however slow, holds a connection for long.
 */
export async function listen(
  app: RequestListener,
  web: Pick<WebConfig, 'listen'>,
  log: Logger,
  { limits = DEFAULT_LISTEN_LIMITS, webConfig = NOTHING_TO_KEEP }: ListenOptions = {},
): Promise<Listening> {
  const options: ServerOptions = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
    keepAliveTimeout: 30_000,
  };
  const secure = webConfig.settings().tls !== undefined;
  const server = secure ? tlsServer(app, { options, limits, log, keeper: webConfig }) : createServer(options, app);
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
    url: `${secure ? 'https' : 'http'}://${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${address.port}`,
    port: address.port,
    close: (graceMs = 2000) => closed(server, graceMs),
  };
}

export interface ListenOptions {
  readonly limits?: ListenLimits;
  readonly webConfig?: WebConfigKeeper;
}

function tlsServer(
  app: RequestListener,
  given: {
    readonly options: ServerOptions;
    readonly limits: ListenLimits;
    readonly log: Logger;
    readonly keeper: WebConfigKeeper;
  },
): TlsServer {
  const { options, limits, log, keeper } = given;
  const tls = keeper.settings().tls;
  /** Connections made under certificates and authorities that are no longer in force: each ends with its next answer. */
  const old = new WeakSet<Socket>();
  const current = new Set<Socket>();
  const server = createTlsServer(
    {
      ...options,
      ...tls?.context,
      requestCert: tls !== undefined && tls.clientAuth !== 'NoClientCert',
      rejectUnauthorized: false, // it depends on the type, which may change: handshakeProblem judges
      handshakeTimeout: limits.headersTimeoutMs,
    },
    (request, response) => {
      if (old.has(request.socket)) response.shouldKeepAlive = false;
      app(request, response);
    },
  );
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const { tls } = keeper.settings();
    const problem = tls === undefined ? undefined : problemOf(socket, tls);
    if (problem !== undefined) {
      log.warn({ audit: true, address: plainAddress(socket.remoteAddress), reason: problem }, 'connection refused');
      socket.destroy();
      return;
    }
    current.add(socket);
    socket.once('close', () => current.delete(socket));
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    log.debug({ code: error.code, address: plainAddress(socket.remoteAddress) }, 'no TLS connection');
  });
  keeper.onChange(({ tls }) => {
    if (tls === undefined) return;
    server.setSecureContext(tls.context);
    for (const socket of current) old.add(socket);
    current.clear();
    server.closeIdleConnections();
  });
  return server;
}

/** A certificate that cannot be read lets nobody in, and stops nothing. */
function problemOf(socket: TLSSocket, tls: TlsSettings): string | undefined {
  try {
    return handshakeProblem(socket, tls);
  } catch (error) {
    return String(error);
  }
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
