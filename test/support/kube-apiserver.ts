/** A real kube-apiserver and etcd on loopback, from the binaries that KUBEBUILDER_ASSETS names. No controllers run. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Context } from 'mocha';
import { skipOptional } from './skips.ts';

export interface KubeApiServer {
  readonly url: string;
  /** A kubeconfig file with the contexts `admin` (may do all) and `reader` (may do nothing until it is allowed to). */
  readonly kubeconfig: string;
  readonly dir: string;
  /** Runs kubectl as admin; gives its standard output. */
  kubectl(
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Record<string, string> },
  ): Promise<string>;
  close(): Promise<void>;
}

const PROGRAMS = ['etcd', 'kube-apiserver', 'kubectl'] as const;

/** Skips the test unless KUBEBUILDER_ASSETS names a directory with the binaries. */
export function needsKubeApiServer(context: Context): string {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const how = 'the directory of etcd, kube-apiserver and kubectl, as `setup-envtest use -p path` prints it';
  if (assets === undefined) return skipOptional(context, `KUBEBUILDER_ASSETS is not set (${how})`);
  const missing = PROGRAMS.filter((program) => !isExecutable(join(assets, program)));
  if (missing.length > 0) throw new Error(`KUBEBUILDER_ASSETS has no ${missing.join(', ')}`);
  return assets;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export async function startKubeApiServer(assets: string): Promise<KubeApiServer> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-kube-'));
  const children: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of children.toReversed()) await end(child);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const [client, peer, port] = await Promise.all([freePort(), freePort(), freePort()]);
    const etcd = `http://127.0.0.1:${client}`;
    const peers = `http://127.0.0.1:${peer}`;
    children.push(
      start(join(assets, 'etcd'), [
        '--data-dir',
        join(dir, 'etcd'),
        '--name',
        'default',
        '--listen-client-urls',
        etcd,
        '--advertise-client-urls',
        etcd,
        '--listen-peer-urls',
        peers,
        '--initial-advertise-peer-urls',
        peers,
        '--initial-cluster',
        `default=${peers}`,
        '--unsafe-no-fsync',
        '--log-level',
        'error',
      ]),
    );
    const serverLog: string[] = [];
    const server = start(join(assets, 'kube-apiserver'), await serverFlags(dir, { etcd, port }), serverLog);
    children.push(server);
    const url = `https://127.0.0.1:${port}`;
    const kubeconfig = join(dir, 'kubeconfig');
    const kubectl: KubeApiServer['kubectl'] = (args, options) =>
      run(join(assets, 'kubectl'), args, kubeconfig, options);
    await untilReady({ url, kubeconfig, dir, kubectl, server, serverLog });
    return { url, kubeconfig, dir, kubectl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serverFlags(dir: string, { etcd, port }: { etcd: string; port: number }): Promise<string[]> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  await writeFile(join(dir, 'sa.key'), privateKey);
  await writeFile(join(dir, 'sa.pub'), publicKey);
  await writeFile(join(dir, 'tokens.csv'), 'admin-token,admin,1,"system:masters"\nreader-token,reader,2\n');
  const flags = {
    'etcd-servers': etcd,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': join(dir, 'certs'),
    'token-auth-file': join(dir, 'tokens.csv'),
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': join(dir, 'sa.pub'),
    'service-account-signing-key-file': join(dir, 'sa.key'),
    'service-cluster-ip-range': '10.96.0.0/16',
    'disable-admission-plugins': 'ServiceAccount',
    'allow-privileged': 'true',
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

interface Starting {
  readonly url: string;
  readonly kubeconfig: string;
  readonly dir: string;
  readonly kubectl: KubeApiServer['kubectl'];
  readonly server: ChildProcess;
  readonly serverLog: readonly string[];
}

const READY_WITHIN_MS = 60_000;

async function untilReady({ url, kubeconfig, dir, kubectl, server, serverLog }: Starting): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`kube-apiserver ended:\n${serverLog.join('').slice(-2000)}`);
    try {
      const ca = await readFile(join(dir, 'certs', 'apiserver.crt'), 'base64');
      await writeFile(kubeconfig, JSON.stringify(config(url, ca)));
      await kubectl(['get', '--raw', '/readyz']);
      await kubectl(['get', 'namespace', 'default']);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(250);
    }
  }
}

function config(server: string, ca: string): unknown {
  const context = (user: string): unknown => ({ name: user, context: { cluster: 'test', user } });
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': ca } }],
    users: ['admin', 'reader'].map((name) => ({ name, user: { token: `${name}-token` } })),
    contexts: [context('admin'), context('reader')],
    'current-context': 'admin',
  };
}

async function run(
  file: string,
  args: readonly string[],
  kubeconfig: string,
  { input, env = {} }: { readonly input?: string; readonly env?: Record<string, string> } = {},
): Promise<string> {
  const running = promisify(execFile)(file, args, {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), KUBECONFIG: kubeconfig, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

function start(file: string, args: readonly string[], log?: string[]): ChildProcess {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', log === undefined ? 'ignore' : 'pipe'] });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log?.push(text);
    if (log !== undefined && log.length > 200) log.shift();
  });
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL'); // nothing of it is kept
  await gone;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
