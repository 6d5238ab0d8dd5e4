import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { report } from '../../../checkers/report/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';

const MAPPING = { address: 'host', status: { path: 'state', values: { converged: 'in_sync', pending: 'drifted' } } };
const CONVERGED = '{"host":"web-01","state":"converged"}';
const TOKEN = 'c4n4ry-token';

describe('the report checker over HTTP', () => {
  let dir: string;
  let servers: Server[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-report-'));
    servers = [];
  });

  afterEach(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await rm(dir, { recursive: true, force: true });
  });

  async function serve(listener: RequestListener, tls?: { key: string; cert: string }): Promise<string> {
    const server = tls === undefined ? createServer(listener) : createHttpsServer(tls, listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http${tls === undefined ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function check(http: object, options: object = {}): Promise<Sum & { readonly secrets: readonly string[] }> {
    const context = await checkerContext({ sourceDir: dir });
    try {
      const sum = await sumOfRun(report, { http, mapping: MAPPING, ...options }, context);
      return { ...sum, secrets: context.secrets };
    } finally {
      await context.cleanup();
    }
  }

  const failuresOf = ({ failures }: Sum): string[] => failures.map(({ reason, message }) => `${reason}: ${message}`);

  it('asks several URLs, with the token and headers of files, and keeps what answers beside what does not', async () => {
    const seen: (string | undefined)[][] = [];
    const base = await serve(({ url, headers }, response) => {
      seen.push([url, headers.authorization, headers['x-key'] as string]);
      if (url === '/broken') response.writeHead(503).end('down');
      else response.writeHead(200, { 'content-type': 'application/json' }).end(CONVERGED.replace('web-01', url ?? ''));
    });
    await writeFile(join(dir, 'token'), `${TOKEN}\n`);
    await writeFile(join(dir, 'key'), 'c4n4ry-key\n');
    const urls = ['/a?token=c4n4ry-query', '/b', '/broken'].map((path) => base + path);
    const http = { urls, token_file: join(dir, 'token'), headers: { 'X-Key': { file: join(dir, 'key') } } };
    const found = await check(http, { expected: 2 });
    expect([found.resources, failuresOf(found)]).to.deep.equal([
      2,
      [`unreachable: ${base}/broken: expected HTTP 200, got 503`],
    ]);
    expect(seen).to.have.deep.members(
      ['/a?token=c4n4ry-query', '/b', '/broken'].map((path) => [path, `Bearer ${TOKEN}`, 'c4n4ry-key']),
    );
    expect(found.secrets).to.have.members([TOKEN, 'c4n4ry-key']);
    expect(JSON.stringify(found.failures)).not.to.contain('c4n4ry');
  });

  it('unpacks what is packed, and reads YAML and JSON lines by their content type', async () => {
    const lines = `${CONVERGED}\n${CONVERGED.replace('web-01', 'web-02')}\n`;
    const base = await serve(({ url }, response) => {
      const answers: Record<string, readonly [Record<string, string>, Buffer | string]> = {
        '/gzip': [{ 'content-encoding': 'gzip' }, gzipSync(CONVERGED.replace('web-01', 'gzip'))],
        '/br': [{ 'content-encoding': 'br' }, brotliCompressSync(CONVERGED.replace('web-01', 'br'))],
        '/deflate': [{ 'content-encoding': 'deflate' }, deflateSync(CONVERGED.replace('web-01', 'deflate'))],
        '/yaml': [{ 'content-type': 'application/yaml' }, 'host: yaml\nstate: converged\n'],
        '/plain': [{ 'content-type': 'text/plain' }, 'host: plain\nstate: converged\n'],
        '/lines': [{ 'content-type': 'application/x-ndjson; charset=utf-8' }, lines],
      };
      const [headers, body] = answers[url ?? ''] ?? [{}, ''];
      response.writeHead(200, headers).end(body);
    });
    const urls = ['/gzip', '/br', '/deflate', '/yaml', '/plain', '/lines'].map((path) => base + path);
    const found = await check({ urls });
    expect([found.resources, failuresOf(found)]).to.deep.equal([7, []]);
  });

  it('follows redirects within the origin and never to another, so that the token stays', async () => {
    const stolen: unknown[] = [];
    const other = await serve(({ headers }, response) => {
      stolen.push(headers.authorization);
      response.end(CONVERGED);
    });
    const base = await serve(({ url }, response) => {
      if (url === '/here') response.writeHead(302, { location: '/there' }).end();
      else if (url === '/away') response.writeHead(307, { location: `${other}/` }).end();
      else if (url === '/round') response.writeHead(301, { location: '/round' }).end();
      else response.end(CONVERGED);
    });
    await writeFile(join(dir, 'token'), TOKEN);
    const found = await check({
      urls: [`${base}/here`, `${base}/away`, `${base}/round`],
      token_file: join(dir, 'token'),
    });
    expect([found.resources, failuresOf(found).toSorted()]).to.deep.equal([
      1,
      [
        `bad_output: ${base}/away: redirects to ${other}, which is not followed`,
        `bad_output: ${base}/round: more than 5 redirects`,
      ],
    ]);
    expect(stolen).to.deep.equal([]);
  });

  it('names every other answer and none for what it is', async () => {
    const closed = await serve(() => undefined);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const base = await serve(({ url }, response) => {
      const status = Number(url?.slice(1));
      if (status > 0) response.writeHead(status).end();
      else if (url === '/cut') {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{', () => response.destroy());
      } else if (url === '/gzip') response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"host"');
      else if (url === '/zstd') response.writeHead(200, { 'content-encoding': 'exotic' }).end('x');
      else if (url === '/large') response.end(`[${' '.repeat(5000)}]`);
      else if (url === '/bomb')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(' '.repeat(100_000)));
      else if (url === '/html') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>login</html>');
      else if (url === '/raw') response.socket?.end('no HTTP at all\r\n\r\n');
    });
    const expected: Record<string, string> = {
      [`${base}/401`]: 'unauthenticated',
      [`${base}/403`]: 'forbidden',
      [`${base}/404`]: 'not_found',
      [`${base}/204`]: 'bad_output',
      [`${base}/302`]: 'bad_output',
      [`${base}/500`]: 'unreachable',
      [`${base}/cut`]: 'unreachable',
      [`${base}/gzip`]: 'bad_output',
      [`${base}/zstd`]: 'unsupported',
      [`${base}/large`]: 'too_large',
      [`${base}/bomb`]: 'too_large',
      [`${base}/html`]: 'bad_output',
      [`${base}/raw`]: 'bad_output',
      [`${closed}/`]: 'unreachable',
    };
    const found = await check({ urls: Object.keys(expected) }, { max_bytes: 4096 });
    const reasons = Object.fromEntries(
      found.failures.map(({ reason, address }) => [address?.replace(': document 1', ''), reason]),
    );
    expect(reasons, failuresOf(found).join('\n')).to.deep.equal(expected);
  });

  it('gives up on a server that never ends its answer', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(200).write('{');
    });
    const found = await check({ urls: [`${base}/slow`], timeout: '200ms' });
    expect(failuresOf(found)).to.deep.equal([`timeout: ${base}/slow: no whole answer within 0.2 s`]);
  });

  it('says which file of its own cannot be read', async () => {
    const found = await check({ urls: ['http://127.0.0.1:1/'], token_file: join(dir, 'nowhere') });
    expect(failuresOf(found)).to.deep.equal([`not_found: ${join(dir, 'nowhere')}: cannot be read: ENOENT`]);
  });

  it('trusts the authority of ca_file and no other', async function () {
    needs(this, { openssl: 'apt-get install openssl' });
    const files = ['-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    await promisify(execFile)('openssl', ['req', '-x509', ...key, ...files, ...subject]);
    const tls = {
      key: await readFile(join(dir, 'key.pem'), 'utf8'),
      cert: await readFile(join(dir, 'cert.pem'), 'utf8'),
    };
    const base = await serve((_request, response) => response.end(CONVERGED), tls);
    const trusting = await check({ urls: [base], ca_file: join(dir, 'cert.pem') });
    expect([trusting.resources, failuresOf(trusting)]).to.deep.equal([1, []]);
    const wary = await check({ urls: [base] });
    expect(wary.failures.map(({ reason }) => reason)).to.deep.equal(['unauthenticated']);
  });
});
