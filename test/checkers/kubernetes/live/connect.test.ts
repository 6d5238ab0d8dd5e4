import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as requestHttp, type Server } from 'node:http';
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { kubernetes } from '../../../../checkers/kubernetes/index.ts';
import { checkerContext, sumOfRun, type Sum, type TestContext } from '../../../support/checker-context.ts';
import { startReplayServer, type ReplayServer, type ReplayServerOptions } from '../../../support/kube-replay-server.ts';
import { kubeconfig, writeTree } from '../../../support/kubernetes-sources.ts';
import { needs } from '../../../support/skips.ts';
import { configMaps, smallCluster } from '../../../support/small-cluster.ts';

describe('connecting to an API server', () => {
  let source: Awaited<ReturnType<typeof writeTree>>;
  let context: TestContext;
  const open: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    source = await writeTree({ 'git/a.yaml': configMaps(1, 'default').join('') });
    context = await checkerContext({ sourceDir: source.dir });
  });

  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
    await context.cleanup();
    await source.remove();
  });

  it('sends a token, and keeps it out of everything it says', async () => {
    const server = await serve({ token: () => 'sesame-0123' });
    expect(await check(kubeconfig(server.url, { token: 'sesame-0123' }))).to.equal('in sync');
    expect(context.secrets).to.include('sesame-0123');
  });

  it('reads a token file again for each run', async () => {
    let token = 'first-token';
    const server = await serve({ token: () => token });
    const file = join(source.dir, 'token');
    await writeFile(file, token);
    const config = kubeconfig(server.url, { 'auth-provider': { name: 'x', config: { tokenFile: file } } });
    expect(await check(config)).to.equal('in sync');
    token = 'second-token';
    expect(await check(config)).to.equal('unauthenticated');
    await writeFile(file, token);
    expect(await check(config)).to.equal('in sync');
  });

  it('asks an exec plugin for a token', async () => {
    const server = await serve({ token: () => 'from-a-plugin' });
    const plugin = join(source.dir, 'plugin.sh');
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-a-plugin' },
    };
    await writeFile(plugin, `#!/bin/sh\ncat <<'EOF'\n${JSON.stringify(credential)}\nEOF\n`);
    await chmod(plugin, 0o755);
    const exec = { apiVersion: credential.apiVersion, command: plugin, interactiveMode: 'Never' };
    expect(await check(kubeconfig(server.url, { exec }))).to.equal('in sync');
    expect(context.secrets).to.include('from-a-plugin');
  });

  it('says that an exec plugin failed, and does not wait for one that hangs', async () => {
    const server = await serve({});
    const exec = (command: string, args: string[]): string =>
      kubeconfig(server.url, { exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args } });
    expect(await check(exec('false', []))).to.equal('unauthenticated');
    setTimeout(() => context.abort(), 100);
    expect(await check(exec('sleep', ['5']))).to.equal('aborted');
  });

  it('uses name and password', async () => {
    const server = await serve({});
    expect(await check(kubeconfig(server.url, { username: 'me', password: 'secret-word' }))).to.equal('in sync');
    const sent = server.requests[0]?.headers.authorization;
    expect(sent).to.equal(`Basic ${Buffer.from('me:secret-word').toString('base64')}`);
    expect(context.secrets).to.include('secret-word');
  });

  it('shows a client certificate, and trusts only the cluster’s own CA', async function () {
    needs(this, { openssl: 'apt-get install openssl' });
    const pki = await makePki();
    const server = await serve({ tls: { key: pki.serverKey, cert: pki.serverCert, ca: pki.ca } });
    const user = { 'client-certificate-data': base64(pki.clientCert), 'client-key-data': base64(pki.clientKey) };
    const cluster = { 'certificate-authority-data': base64(pki.ca) };
    expect(await check(kubeconfig(server.url, user, cluster))).to.equal('in sync');
    expect(server.requests[0]?.clientName).to.equal('drift-exporter');
    expect(await check(kubeconfig(server.url, user, {}))).to.equal('unauthenticated');
    expect(await check(kubeconfig(server.url, user, { 'insecure-skip-tls-verify': true }))).to.equal('in sync');
    expect(await check(kubeconfig(server.url, user, { ...cluster, 'tls-server-name': 'elsewhere' }))).to.equal(
      'unauthenticated',
    );
  });

  it('goes through the proxy that the kubeconfig names', async function () {
    needs(this, { openssl: 'apt-get install openssl' });
    const pki = await makePki();
    const server = await serve({ tls: { key: pki.serverKey, cert: pki.serverCert } });
    const proxy = await startProxy();
    open.push(proxy);
    const cluster = { 'certificate-authority-data': base64(pki.ca), 'proxy-url': proxy.url };
    expect(await check(kubeconfig(server.url, {}, cluster))).to.equal('in sync');
    expect(proxy.targets).to.deep.equal([new URL(server.url).host]);
  });

  it('keeps the path that a server in front of several clusters has', async () => {
    const server = await serve({});
    const front = await startFront(server.url, '/k8s/clusters/c-1');
    open.push(front);
    expect(await check(kubeconfig(`${front.url}/k8s/clusters/c-1`))).to.equal('in sync');
  });

  const unusable: readonly (readonly [string, string, Readonly<Record<string, unknown>>, string, RegExp])[] = [
    [
      'a context that is not there',
      kubeconfig('http://127.0.0.1:1'),
      { context: 'prod' },
      'invalid',
      /no context "prod"; it has test/,
    ],
    ['a file that is none', '{', {}, 'invalid', /^kubeconfig: /],
    [
      'plain HTTP without consent',
      kubeconfig('http://127.0.0.1:1', {}, {}),
      {},
      'invalid',
      /HTTP protocol is not allowed/,
    ],
    ['a server that is no URL', kubeconfig('here'), {}, 'invalid', /not a URL/],
    ['a missing file', '', { kubeconfig: 'gone' }, 'not_found', /gone/],
  ];
  for (const [title, config, options, reason, message] of unusable) {
    it(`refuses ${title}`, async () => {
      const { failures } = await run(config, options);
      expect(failures.map((failure) => failure.reason)).to.deep.equal([reason]);
      expect(failures[0]?.message).to.match(message);
    });
  }

  async function serve(options: Omit<ReplayServerOptions, 'cluster'>): Promise<ReplayServer> {
    const server = await startReplayServer({ ...options, cluster: smallCluster({ default: 1 }) });
    open.push(server);
    return server;
  }

  async function check(config: string): Promise<string> {
    const { failures, drift, resources } = await run(config);
    if (failures[0] !== undefined) return failures[0].reason;
    return resources === 1 && drift.length === 0 ? 'in sync' : 'something else';
  }

  async function run(config: string, options: Readonly<Record<string, unknown>> = {}): Promise<Sum> {
    await writeFile(join(source.dir, 'kubeconfig'), config);
    return sumOfRun(kubernetes, { kubeconfig: 'kubeconfig', manifests: 'git', ...options }, context);
  }
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

interface Pki {
  readonly ca: string;
  readonly serverKey: string;
  readonly serverCert: string;
  readonly clientKey: string;
  readonly clientCert: string;
}

async function makePki(): Promise<Pki> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-pki-'));
  const openssl = (...args: string[]): Promise<unknown> => promisify(execFile)('openssl', args, { cwd: dir });
  const read = (file: string): Promise<string> => readFile(join(dir, file), 'utf8');
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test-ca');
    for (const name of ['localhost', 'drift-exporter']) {
      await openssl(
        'req',
        '-x509',
        ...key,
        '-CA',
        'ca.crt',
        '-CAkey',
        'ca.key',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.crt`,
        '-subj',
        `/CN=${name}`,
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-addext',
        'basicConstraints=critical,CA:FALSE',
      );
    }
    return {
      ca: await read('ca.crt'),
      serverKey: await read('localhost.key'),
      serverCert: await read('localhost.crt'),
      clientKey: await read('drift-exporter.key'),
      clientCert: await read('drift-exporter.crt'),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

async function startProxy(): Promise<Listening & { readonly targets: string[] }> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request, client: Socket) => {
    if (!targets.includes(request.url ?? '')) targets.push(request.url ?? '');
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const upstream = connectTcp(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
  });
  return { ...(await listen(server, sockets)), targets };
}

async function startFront(target: string, prefix: string): Promise<Listening> {
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    if (!url.startsWith(prefix)) return response.writeHead(404).end();
    return requestHttp(new URL(url.slice(prefix.length), target), { headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    }).end();
  });
  return listen(server, new Set());
}

async function listen(server: Server, sockets: ReadonlySet<Socket>): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
