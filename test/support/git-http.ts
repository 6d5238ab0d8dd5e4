/** A git server over HTTP or HTTPS on 127.0.0.1: git's own http-backend, with what a test wants to go wrong. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface GitServer {
  /** Without a slash at its end; repositories are below it by their paths under the root. */
  readonly url: string;
  /** After how many bytes of a pack the server falls silent; undefined never. */
  hangAfter: number | undefined;
  /** How many requests for packs came. */
  readonly packs: number;
  close(): Promise<void>;
}

export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** Serves the repositories below `root`; with `tls` over HTTPS. */
export async function startGitServer(root: string, tls?: TlsFiles): Promise<GitServer> {
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const children = new Set<ChildProcess>();
  const state: { hangAfter: number | undefined; packs: number } = { hangAfter: undefined, packs: 0 };
  const answer: RequestListener = (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const child = spawn(backend, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        PATH: process.env['PATH'],
        HOME: root,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        REQUEST_METHOD: request.method ?? '',
        PATH_INFO: path,
        QUERY_STRING: query,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    request.pipe(child.stdin);
    child.stdin.on('error', () => undefined); // the backend ended before it read everything
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdout.once('end', () => {
      const output = Buffer.concat(chunks);
      const end = output.indexOf('\r\n\r\n');
      for (const line of output.subarray(0, end).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      const body = output.subarray(end + 4);
      const isPack = body.includes('PACK');
      if (isPack) state.packs += 1;
      if (isPack && state.hangAfter !== undefined) response.write(body.subarray(0, state.hangAfter));
      else response.end(body);
    });
  };
  const server =
    tls === undefined
      ? createServer(answer)
      : createTlsServer({ key: readFileSync(tls.key), cert: readFileSync(tls.cert) }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** A certificate authority of its own and a certificate for 127.0.0.1 by it, made by openssl. */
export function makeCertificates(dir: string): TlsFiles & { readonly ca: string } {
  const file = (name: string): string => join(dir, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '2',
    '-subj',
    '/CN=test CA',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  );
  openssl('req', ...key, '-subj', '/CN=127.0.0.1', '-keyout', file('server.key'), '-out', file('server.csr'));
  execFileSync('sh', ['-c', `printf 'subjectAltName=IP:127.0.0.1' >'${file('san')}'`]);
  const signing = [
    '-CA',
    file('ca.pem'),
    '-CAkey',
    file('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    file('san'),
  ];
  openssl('x509', '-req', '-in', file('server.csr'), ...signing, '-out', file('server.pem'));
  return { ca: file('ca.pem'), key: file('server.key'), cert: file('server.pem') };
}
