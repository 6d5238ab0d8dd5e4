/** A real PostgreSQL server on 127.0.0.1, over a directory of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'mocha';
import pg from 'pg';
import { programOnPath, skip } from './skips.ts';

export interface PostgresServer {
  /** A database of its own, as a role that owns it and nothing else. It carries a password. */
  readonly url: string;
  /** As the superuser. */
  readonly adminUrl: string;
  readonly port: number;
  /** The URL of one more empty database. */
  newDatabase(): Promise<string>;
  /** Of its certificate for 127.0.0.1, with the option `tls`. */
  readonly certificateFile: string;
  /** One statement, as the superuser in the database of `url` unless told otherwise. */
  query(sql: string, parameters?: readonly unknown[], url?: string): Promise<Record<string, unknown>[]>;
  /** Ends it in order: who is connected is cut off. `start` begins it again on the same port. */
  stop(): Promise<void>;
  /** Ends it as a crash would: no check-point, recovery at the next start. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its directory. */
  close(): Promise<void>;
}

export interface PostgresOptions {
  /** Off makes the tests faster where no crash of the machine is played. */
  readonly fsync?: boolean;
  /** Takes TLS too, with a certificate of its own; needs openssl. */
  readonly tls?: boolean;
  /** `postgresql.conf`, such as `{ max_connections: '20' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

const ROLE = 'drift';
const ADMIN = 'drift_admin';
/** PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const asUser = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** Servers that a test left running end with this process. */
const running = new Set<Cluster>();
process.once('exit', () => {
  for (const cluster of running) removeNow(cluster);
});

/** Starts one, or skips the test where PostgreSQL is not installed. Call it in a `before` hook and `close` it after. */
export async function startPostgres(context: Context, options: PostgresOptions = {}): Promise<PostgresServer> {
  if (findBinaries() === undefined) skip(context, 'initdb and postgres are not installed (apt install postgresql)');
  context.timeout(Math.max(context.timeout(), 120_000));
  return launchPostgres(options);
}

/** The same outside of tests. */
export async function launchPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = findBinaries();
  if (bin === undefined) throw new Error('initdb and postgres are not installed (apt install postgresql)');
  const cluster = createCluster(bin, options);
  running.add(cluster);
  await boot(cluster);
  const adminUrl = urlOf(cluster, ADMIN, 'postgres');
  await query(adminUrl, `CREATE ROLE ${ROLE} LOGIN PASSWORD '${cluster.password}'`);
  const newDatabase = async (): Promise<string> => {
    const name = `drift_${randomBytes(6).toString('hex')}`;
    await query(adminUrl, `CREATE DATABASE ${name} OWNER ${ROLE}`);
    return urlOf(cluster, ROLE, name);
  };
  const url = await newDatabase();
  return {
    url,
    adminUrl,
    port: cluster.port,
    certificateFile: join(cluster.dir, 'server.crt'),
    newDatabase,
    query: (sql, parameters, at = url) => {
      const target = new URL(at);
      return query(urlOf(cluster, ADMIN, target.pathname.slice(1)), sql, parameters);
    },
    stop: () => end(cluster, 'SIGINT'),
    kill: () => end(cluster, 'SIGQUIT'),
    start: () => boot(cluster),
    close: async () => {
      await end(cluster, 'SIGQUIT');
      removeNow(cluster);
    },
  };
}

interface Cluster {
  readonly bin: string;
  readonly dir: string;
  readonly password: string;
  readonly arguments: readonly string[];
  port: number;
  child: ChildProcess | undefined;
}

function findBinaries(): string | undefined {
  const onPath = programOnPath('initdb');
  if (onPath !== undefined && programOnPath('postgres') !== undefined) return dirname(onPath);
  const root = '/usr/lib/postgresql'; // Debian keeps them off PATH
  try {
    const newest = readdirSync(root).toSorted((a, b) => Number(b) - Number(a))[0];
    return newest === undefined ? undefined : join(root, newest, 'bin');
  } catch {
    return undefined;
  }
}

/** A collation that is not the order of bytes, and a password that a URL cannot hold as it is. */
function createCluster(bin: string, { fsync = false, tls = false, settings = {} }: PostgresOptions): Cluster {
  const dir = mkdtempSync(join(tmpdir(), 'drift-postgres-'));
  const password = `p@:/?#%&${randomBytes(12).toString('hex')}`;
  const data = join(dir, 'data');
  const passwordFile = join(dir, 'password');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (asUser.uid !== undefined) for (const path of [dir, data, passwordFile]) chownSync(path, asUser.uid, asUser.gid);
  chmodSync(dir, 0o700);
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'];
  const auth = [`--username=${ADMIN}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const made = spawnSync(join(bin, 'initdb'), ['--no-sync', `--pgdata=${data}`, ...locale, ...auth], {
    ...asUser,
    cwd: dir,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.stdout}`);
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: fsync ? 'on' : 'off',
    shared_buffers: '32MB',
    max_connections: '100',
    ...(tls && certificate(dir)),
    ...settings,
  };
  return {
    bin,
    dir,
    password,
    arguments: ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    port: 0,
    child: undefined,
  };
}

function certificate(dir: string): Record<string, string> {
  const [key, file] = [join(dir, 'server.key'), join(dir, 'server.crt')];
  const subject = ['-subj', '/CN=drift', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
      .concat(['-keyout', key, '-out', file])
      .concat(subject),
    { ...asUser, cwd: dir, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`openssl failed: ${made.stderr}`);
  return { ssl: 'on', ssl_key_file: key, ssl_cert_file: file };
}

/** Another program may take a free port first: the first start tries again with another. */
async function boot(cluster: Cluster): Promise<void> {
  const attempts = cluster.port === 0 ? 5 : 1;
  for (let attempt = 1; ; attempt++) {
    if (attempts > 1) cluster.port = await freePort();
    const child = spawn(join(cluster.bin, 'postgres'), [...cluster.arguments, '-p', String(cluster.port)], {
      ...asUser,
      cwd: cluster.dir,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const printed: string[] = [];
    child.stderr.on('data', (text) => {
      printed.push(String(text));
      if (printed.length > 200) printed.shift();
    });
    cluster.child = child;
    if (child.pid !== undefined) endWithThisProcess(child, child.pid, cluster.dir);
    if (await isReady(cluster, child)) return;
    if (attempt === attempts) throw new Error(`postgres did not become ready: ${printed.join('')}`);
  }
}

/** A shell that waits for the end of this process, however it ends, and cleans up then: a killed test leaves no server. */
function endWithThisProcess(child: ChildProcess, pid: number, dir: string): void {
  const script = 'read -r _; kill -QUIT "$1" 2>/dev/null; rm -rf "$2"';
  const watchdog = spawn('sh', ['-c', script, 'sh', String(pid), dir], {
    ...asUser,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  child.once('exit', () => watchdog.kill('SIGKILL'));
}

async function isReady(cluster: Cluster, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      await query(urlOf(cluster, ADMIN, 'postgres'), 'SELECT 1');
      return true;
    } catch {
      await sleep(50);
    }
  }
  return false;
}

async function end(cluster: Cluster, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const { child } = cluster;
  cluster.child = undefined;
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

function removeNow(cluster: Cluster): void {
  running.delete(cluster);
  cluster.child?.kill('SIGQUIT');
  rmSync(cluster.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

function urlOf({ port, password }: Cluster, user: string, database: string): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

async function query(
  connectionString: string,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined); // the server may end while we speak to it
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql, [...parameters])).rows;
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
