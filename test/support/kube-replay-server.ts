/** An API server that answers from recordings: discovery, OpenAPI v3 and paged LISTs, faults on request, every request logged. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Corpus, RecordedMode } from './kubernetes-corpus.ts';
import { encodeIdentities, type ProtobufMetadata } from './protobuf-identities.ts';

/** What a server has to say: documents by path, objects by list path (`/apis/apps/v1/deployments`). */
export interface Cluster {
  readonly documents: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, KubeList>;
}

export interface KubeList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly items: readonly KubeItem[];
}

export interface KubeItem {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Which connection it came on, from 0. */
  readonly connection: number;
  /** Common name of the client's certificate. */
  readonly clientName?: string;
}

/** Answers a request itself and returns true, or leaves it to the server. */
export type Fault = (
  request: LoggedRequest,
  response: ServerResponse,
  served: { readonly status: number; readonly body: string },
) => boolean | Promise<boolean>;

export interface ReplayServerOptions {
  readonly cluster: Cluster;
  readonly fault?: Fault;
  /** Requests without this bearer token are 401. Asked anew for each. */
  readonly token?: () => string;
  /** PEM; serves HTTPS. With `ca`, clients must show a certificate of it. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
}

export interface ReplayServer {
  readonly url: string;
  readonly requests: LoggedRequest[];
  close(): Promise<void>;
}

export async function startReplayServer(options: ReplayServerOptions): Promise<ReplayServer> {
  const requests: LoggedRequest[] = [];
  const connections = new Map<unknown, number>();
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void (async () => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://server');
      const known = connections.get(request.socket) ?? connections.size;
      connections.set(request.socket, known);
      const clientName = nameOf(request);
      const { method = '', headers } = request;
      const logged = {
        method,
        path,
        query,
        headers,
        connection: known,
        ...(clientName !== undefined && { clientName }),
      };
      requests.push(logged);
      const served = answer(options, logged);
      if ((await options.fault?.(logged, response, served)) === true) return;
      const { identities } = served;
      const type = identities === undefined ? 'application/json' : 'application/vnd.kubernetes.protobuf';
      response.writeHead(served.status, { 'content-type': type }).end(identities ?? served.body);
    })();
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? createHttpServer(handle)
      : createHttpsServer(
          { ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined },
          handle,
        );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function nameOf(request: IncomingMessage): string | undefined {
  const socket = request.socket as Partial<TLSSocket>;
  const name = socket.getPeerCertificate?.().subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}

interface Served {
  readonly status: number;
  readonly body: string;
  /** In protobuf, where that was asked for. */
  readonly identities?: Buffer;
}

function answer({ cluster, token }: ReplayServerOptions, request: LoggedRequest): Served {
  if (token !== undefined && request.headers.authorization !== `Bearer ${token()}`) {
    return { status: 401, body: statusBody(401, 'Unauthorized') };
  }
  if (request.method !== 'GET') return { status: 405, body: statusBody(405, `${request.method} is not recorded`) };
  const document = cluster.documents.get(request.path);
  if (document !== undefined) return { status: 200, body: document };
  return listAnswer(cluster, request);
}

function listAnswer(cluster: Cluster, { path, query, headers }: LoggedRequest): Served {
  const [, root = '', namespace, resource = ''] =
    /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(path) ?? [];
  const list = cluster.lists.get(`${root}/${resource}`);
  const isKnown = cluster.documents.get(root)?.includes(`"name": "${resource}"`) ?? false;
  if (list === undefined && !isKnown)
    return { status: 404, body: statusBody(404, 'the server could not find the requested resource') };
  const items = (list?.items ?? []).filter(
    (item) => (namespace === undefined || item.metadata.namespace === namespace) && isSelected(item, query),
  );
  const start = Number(query.get('continue') ?? 0);
  const limit = Number(query.get('limit') ?? 0) || items.length;
  const end = start + limit;
  const metadata = { resourceVersion: '1', ...(end < items.length && { continue: String(end) }) };
  const { apiVersion = 'v1', kind = 'List' } = list ?? {};
  const page = items.slice(start, end);
  if (headers.accept?.includes('as=PartialObjectMetadataList') === true && headers.accept.includes('protobuf')) {
    const newest = Math.max(1, ...items.map((item) => Number((item.metadata as ProtobufMetadata).resourceVersion)));
    const identities = encodeIdentities({ ...metadata, resourceVersion: String(newest) }, page);
    return { status: 200, body: '', identities };
  }
  return { status: 200, body: JSON.stringify({ kind, apiVersion, metadata, items: page }) };
}

/** Selectors of equalities alone. */
function isSelected(item: KubeItem, query: URLSearchParams): boolean {
  const equalities = (name: string): string[][] =>
    (query.get(name) ?? '')
      .split(',')
      .filter((term) => term !== '')
      .map((term) => term.split('='));
  const labels = (item.metadata as { readonly labels?: Readonly<Record<string, string>> }).labels ?? {};
  const fieldAt = (path: string): unknown =>
    path.split('.').reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], item);
  return (
    equalities('labelSelector').every(([key = '', value]) => labels[key] === value) &&
    equalities('fieldSelector').every(([path = '', value]) => fieldAt(path) === value)
  );
}

/** A `Status` as the API server sends it. */
export function statusBody(code: number, message: string, details: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    code,
    ...details,
  });
}

/** The corpus as a server tells it, at one of its recorded moments. */
export function recordedCluster({ recordings }: Corpus, mode: RecordedMode, moment: 'before' | 'after'): Cluster {
  const documents = new Map<string, string>();
  const lists = new Map<string, KubeList>();
  const prefix = `${mode}/${moment}/`;
  for (const [name, text] of recordings) {
    const path = name.replace(/\.json$/, '');
    if (path === 'api' || path === 'apis' || path === 'version' || path.startsWith('openapi/'))
      documents.set(`/${path}`, text);
    else if (path.startsWith('discovery/')) documents.set(path.slice('discovery'.length), text);
    else if (path.startsWith(prefix)) lists.set(path.slice(prefix.length - 1), JSON.parse(text) as KubeList);
  }
  return { documents, lists };
}

/** A fault that answers requests of a path with a status, as long as `times` says. */
export function answerWith(
  matches: (request: LoggedRequest) => boolean,
  {
    status,
    body,
    times = Infinity,
    headers = {},
  }: { status: number; body: string; times?: number; headers?: Record<string, string> },
): Fault {
  let left = times;
  return (request, response) => {
    if (left === 0 || !matches(request)) return false;
    left -= 1;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    return true;
  };
}

/** A fault that cuts the answer in the middle, as long as `times` says. */
export function cutBody(matches: (request: LoggedRequest) => boolean, times: number): Fault {
  let left = times;
  return async (request, response, { body }) => {
    if (left === 0 || !matches(request)) return false;
    left -= 1;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) });
    response.write(body.slice(0, body.length / 2));
    await sleep(20);
    response.destroy();
    return true;
  };
}
