import pg, { type ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import type { PostgresStoreConfig } from '../../config/config.ts';
import { StoreError } from '../store.ts';
import { databaseUrl } from './database-url.ts';

/** How to reach the database, and how to speak of it. */
export interface Connection {
  /** For pg. A password from a file is read anew for each connection. Never logged. */
  readonly options: ClientConfig;
  /** `store postgres://HOST:PORT/DATABASE`: no user, no password. */
  readonly where: string;
}

/** So that a server that hangs does not hang the service. The URL may say otherwise (`?statement_timeout=5000`). */
const LIMITS = {
  connectionTimeoutMillis: 5_000,
  /** The server's: an end to what was given up here. */
  statement_timeout: 10_000,
  /** Ours: an answer even when the server gives none. */
  query_timeout: 12_000,
  /** A process that stops in the middle of a record must not keep others from the check. */
  idle_in_transaction_session_timeout: 30_000,
} as const;

/** Parameters of the URL that pg leaves as text. */
const NUMBERS = new Set(['statement_timeout', 'query_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']);

export async function connectionOf(config: PostgresStoreConfig): Promise<Connection> {
  const parsed = parse(await databaseUrl(config));
  const { password } = parsed;
  const numbers = Object.entries(parsed)
    .filter(([name]) => NUMBERS.has(name))
    .map(([name, value]) => [name, Number(value)]);
  const options: ClientConfig = {
    application_name: 'drift-exporter',
    keepAlive: true,
    ...LIMITS,
    ...parsed,
    ...(Object.fromEntries(numbers) as ClientConfig),
    ...(typeof config.url !== 'string' && {
      password: async () => parse(await databaseUrl(config)).password as string,
    }),
  };
  if (password === undefined || password === '') delete options.password; // PGPASSWORD, ~/.pgpass, or none
  const { host, port, database } = new pg.Client(options);
  return { options, where: `store postgres://${host}:${port}/${database ?? ''}` };
}

/** A message of the parser may quote the URL: it stays out. */
function parse(url: string): ClientConfig {
  try {
    return parseIntoClientConfig(url);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const what = path === undefined ? 'the URL cannot be understood' : `${path} cannot be read`;
    throw new StoreError('unusable', `store: ${what} (${code ?? 'invalid'})`);
  }
}
