import { CheckError, isCheckError, type CheckContext, type FailureReason } from '../../../src/checker.ts';
import type { ClusterOptions } from '../cluster-options.ts';
import { apiError, ApiError } from './api-error.ts';
import { readClusterSecret } from './cluster-secret.ts';
import { connect, connectWith, type Connection } from './connect.ts';
import { createPace, pause } from './pace.ts';
import { send, type Incoming } from './send.ts';

/** Reads the API. Both verbs reject with CheckError, ApiError where the server answered. */
export interface ApiClient {
  /** URL of the server. */
  readonly server: string;
  /** Of the kubeconfig's context. */
  readonly namespace: string | undefined;
  /**
   * GETs a path and reads the answer; what `read` cannot read is asked for again, then `bad_output`. `accept` is the media
   * type, plain JSON when it is not given.
   */
  get<Value>(path: string, read: (body: Buffer<ArrayBuffer>) => Value, accept?: string): Promise<Value>;
  /** Server-side apply as a dry run: the server stores nothing. */
  dryRunApply(path: string, object: unknown): Promise<Buffer>;
  close(): void;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
const ANSWERS_WORTH_ANOTHER_TRY = new Set([408, 429, 500, 502, 503, 504]);

export async function createApiClient(options: ClusterOptions, context: CheckContext): Promise<ApiClient> {
  return clientOver(await connectionOf(options, context), options, context);
}

/** To the cluster itself, or through a Secret of it to another one. */
async function connectionOf(options: ClusterOptions, context: CheckContext): Promise<Connection> {
  const connection = await connect(options, context);
  const { cluster_secret: secret } = options;
  if (secret === undefined) return connection;
  const management = clientOver(connection, options, context);
  try {
    return await connectWith(await readClusterSecret(management, secret, context), context);
  } finally {
    management.close();
  }
}

function clientOver(connection: Connection, options: ClusterOptions, context: CheckContext): ApiClient {
  const { signal } = context;
  const pace = createPace(options.qps);
  const root = connection.base.pathname.replace(/\/$/, '');
  /** Why the server cannot be talked to at all: the kinds that follow do not try again. */
  let down: CheckError | undefined;

  const exchange = async (request: Request): Promise<Incoming> => {
    if (down !== undefined) throw down;
    await pace(signal);
    const credentials = await connection.credentials();
    const { path, ...rest } = request;
    const url = new URL(root + path, connection.base);
    const idleMs = options.request_timeout_seconds * 1000;
    const incoming = await send({ ...rest, url, credentials, signal, idleMs });
    if (incoming.status < 200 || incoming.status > 299)
      throw withRetryAfter(apiError(nameOf(request), incoming), incoming);
    return incoming;
  };

  const persist = async <Value>(request: Request, read: (body: Buffer<ArrayBuffer>) => Value): Promise<Value> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { body } = await exchange(request);
        return readOrThrow(request, body, read);
      } catch (error) {
        signal.throwIfAborted();
        const failure = asCheckError(error, nameOf(request));
        const last = attempt === ATTEMPTS || failure === down;
        if (last || !isWorthAnotherTry(failure)) {
          if (concernsAll(failure)) down = failure;
          throw failure;
        }
        await pause(pauseBefore(attempt, failure), signal);
      }
    }
  };

  return {
    server: connection.base.href,
    namespace: connection.namespace,
    get: (path, read, accept = 'application/json') => persist({ path, method: 'GET', headers: { accept } }, read),
    dryRunApply: (path, object) => {
      const headers = { accept: 'application/json', 'content-type': 'application/apply-patch+yaml' };
      const query = 'dryRun=All&force=true&fieldManager=drift-exporter&fieldValidation=Ignore';
      const body = JSON.stringify(object);
      return persist({ path: `${path}?${query}`, method: 'PATCH', headers, body }, (answer) => answer);
    },
    close: () => {
      connection.close();
    },
  };
}

interface Request {
  readonly path: string;
  readonly method: 'GET' | 'PATCH';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Without the query: continue tokens are long and say nothing. */
function nameOf({ method, path }: Request): string {
  return `${method} ${path.split('?', 1)[0] ?? path}`;
}

function readOrThrow<Value>(
  request: Request,
  body: Buffer<ArrayBuffer>,
  read: (body: Buffer<ArrayBuffer>) => Value,
): Value {
  const { length } = body; // a reader may give the memory back
  try {
    return read(body);
  } catch (error) {
    if (isCheckError(error)) throw error;
    const message = `${nameOf(request)}: expected JSON of the Kubernetes API, got ${length} bytes that are not`;
    throw new CheckError('bad_output', message, { cause: error });
  }
}

const retryAfter = new WeakMap<CheckError, number>();

function withRetryAfter(error: ApiError, { headers }: Incoming): ApiError {
  const seconds = Number(headers['retry-after']);
  if (Number.isFinite(seconds) && seconds >= 0) retryAfter.set(error, seconds * 1000);
  return error;
}

function pauseBefore(attempt: number, failure: CheckError): number {
  const asked = retryAfter.get(failure);
  const backOff = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
  return Math.min(asked ?? backOff, LONGEST_PAUSE_MS);
}

function isWorthAnotherTry(failure: CheckError): boolean {
  if (failure instanceof ApiError) return ANSWERS_WORTH_ANOTHER_TRY.has(failure.status);
  return failure.reason === 'unreachable' || failure.reason === 'timeout' || failure.reason === 'bad_output';
}

/** Whether no other request would fare better. */
function concernsAll(failure: CheckError): boolean {
  if (failure.reason === 'unauthenticated') return true;
  return failure.reason === 'unreachable' && !(failure instanceof ApiError);
}

/** Errors of the TLS layer that no second try mends: the certificate is not one to trust. */
const TLS_ERROR = /^(?:ERR_TLS|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_SSL|HOSTNAME_MISMATCH)/;

function asCheckError(error: unknown, what: string): CheckError {
  if (isCheckError(error)) {
    return error instanceof ApiError || error.message.startsWith(what) || error.message.startsWith('kubeconfig')
      ? error
      : new CheckError(error.reason, `${what}: ${error.message}`, { cause: error });
  }
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason: FailureReason = TLS_ERROR.test(code) ? 'unauthenticated' : 'unreachable';
  return new CheckError(reason, `${what}: ${message || code}`, { cause: error });
}
