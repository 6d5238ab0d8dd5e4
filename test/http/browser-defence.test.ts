import { expect } from 'chai';
import { createApp } from '../../src/http/app.ts';
import { listen } from '../../src/http/listen.ts';
import { ask } from '../support/ask.ts';
import { webConfig } from './fleet.ts';
import { guardedServer, hashOf } from './guarded.ts';
import { rawRequest } from './raw-request.ts';

const PATHS = ['/', '/metrics', '/diff', '/checks/prod-shop', '/api/v1/checks', '/-/healthy', '/-/ready', '/nothing'];

describe('Security headers', () => {
  const BUILT_IN = {
    'content-security-policy': /^default-src 'none'; /,
    'x-content-type-options': /^nosniff$/,
    'x-frame-options': /^DENY$/,
    'referrer-policy': /^same-origin$/,
    'cross-origin-resource-policy': /^same-origin$/,
    'cross-origin-opener-policy': /^same-origin$/,
    'cache-control': /^no-cache, private$/,
  };

  it('are on every answer, whatever its status', async () => {
    const server = await guardedServer({ basic_auth_users: { alice: hashOf('a') } });
    const open = await guardedServer({});
    const answers = [
      ...(await Promise.all(PATHS.map((path) => ask(open.url + path)))),
      ...(await Promise.all(PATHS.map((path) => ask(server.url + path)))),
      await ask(`${open.url}/diff?format=x`),
      await ask(`${open.url}/diff`, { method: 'DELETE' }),
      await ask(`${open.url}/diff`, { method: 'OPTIONS' }),
      await ask(`${open.url}/diff`, { headers: { Host: 'evil.example.org' } }),
    ];
    expect(new Set(answers.map(({ status }) => status))).to.include.members([200, 204, 400, 401, 404, 405, 421]);
    for (const { headers } of answers) {
      for (const [name, value] of Object.entries(BUILT_IN)) expect(headers[name]).to.match(value);
    }
    await Promise.all([server.close(), open.close()]);
  });

  it('are on answers to what is no HTTP', async () => {
    const server = await guardedServer({});
    const { status, text } = await rawRequest(server.port, 'nonsense\r\n\r\n');
    expect(status).to.equal(400);
    expect(text)
      .to.match(/X-Content-Type-Options: nosniff/)
      .and.to.match(/Content-Security-Policy: default-src 'none'/);
    await server.close();
  });

  it('of the web configuration win', async () => {
    const headers = {
      'Content-Security-Policy': "default-src 'self'",
      'X-Frame-Options': 'sameorigin',
      'X-XSS-Protection': '0',
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    };
    const server = await guardedServer({ http_server_config: { headers } });
    for (const path of PATHS) {
      const answer = await ask(server.url + path);
      for (const [name, value] of Object.entries(headers)) expect(answer.headers[name.toLowerCase()]).to.equal(value);
    }
    await server.close();
  });
});

describe('Another site', () => {
  const ORIGIN = { Origin: 'https://evil.example.org' };

  it('is never told that it may read anything', async () => {
    const server = await guardedServer({});
    const preflight = { ...ORIGIN, 'Access-Control-Request-Method': 'POST' };
    for (const path of PATHS) {
      const answers = await Promise.all([
        ask(server.url + path, { headers: ORIGIN }),
        ask(server.url + path, { method: 'OPTIONS', headers: preflight }),
        ask(server.url + path, { method: 'POST', headers: ORIGIN }),
      ]);
      for (const { headers } of answers) {
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).to.deep.equal([]);
      }
    }
    await server.close();
  });

  const POSTS: readonly (readonly [what: string, headers: Readonly<Record<string, string>>, allowed: boolean])[] = [
    ['a program', {}, true],
    ['a program with a body', { 'Content-Type': 'application/yaml' }, true],
    ['our own page', { Origin: 'SELF', 'Sec-Fetch-Site': 'same-origin' }, true],
    ['our own page in an old browser', { Origin: 'SELF' }, true],
    ['our own page in a browser that sends neither', { Referer: 'SELF/checks/prod-shop' }, true],
    ['a bookmark', { 'Sec-Fetch-Site': 'none' }, true],
    ['another site', { ...ORIGIN, 'Sec-Fetch-Site': 'cross-site' }, false],
    ['another site in an old browser', ORIGIN, false],
    ['another port of this host', { Origin: 'http://127.0.0.1:1', 'Sec-Fetch-Site': 'same-site' }, false],
    ['a sandboxed frame', { Origin: 'null' }, false],
    ['another site that hides its origin', { 'Sec-Fetch-Site': 'cross-site' }, false],
    ['another site in a browser that sends neither', { Referer: 'https://evil.example.org/' }, false],
    ['a site whose name begins like ours', { Origin: 'SELF.evil.example.org' }, false],
  ];
  for (const [what, headers, allowed] of POSTS) {
    it(`${allowed ? 'but' : 'as well as'} ${what} ${allowed ? 'may' : 'may not'} start a run or a reload`, async () => {
      const server = await guardedServer({});
      const own = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace('SELF', server.url)]),
      );
      for (const path of ['/diff/prod-shop', '/-/reload']) {
        const { status, body } = await ask(server.url + path, { method: 'POST', headers: own });
        expect(status).to.equal(allowed ? 200 : 403);
        if (!allowed) expect(body).to.contain('"cross_site"');
      }
      await server.close();
    });
  }

  it('cannot start a run by a form of any kind', async () => {
    const server = await guardedServer({});
    for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']) {
      const headers = { ...ORIGIN, 'Content-Type': type };
      const { status } = await ask(`${server.url}/diff/prod-shop`, { method: 'POST', headers, body: 'a=b' });
      expect(status).to.equal(403);
    }
    await server.close();
  });
});

describe('The name we are asked for', () => {
  const HOSTS: readonly (readonly [host: string, byDefault: boolean, listed: boolean])[] = [
    ['127.0.0.1:9152', true, true],
    ['[::1]:9152', true, true],
    ['localhost', true, true],
    ['drift-exporter:9152', true, true],
    ['Drift.example.org:443', true, true],
    ['drift.example.org.', true, true],
    ['drift.internal.example.net', false, true],
    ['a.b.example.com', false, true],
    ['example.com', false, false],
    ['evil.example.org', false, false],
    ['drift.example.org.evil.net', false, false],
    ['127.0.0.1.evil.net', false, false],
    ['evil.net:9152', false, false],
  ];

  it("is on a loopback address nobody else's", async () => {
    const server = await guardedServer({}, { web: webConfig({ externalUrl: 'https://drift.example.org/' }) });
    for (const [host, allowed] of HOSTS) {
      const { status } = await ask(`${server.url}/diff`, { headers: { Host: host } });
      expect(status, host).to.equal(allowed ? 200 : 421);
    }
    await server.close();
  });

  it('is one of those that are allowed, an address, or a name without a dot', async () => {
    const web = webConfig({
      externalUrl: 'https://drift.example.org/',
      allowedHosts: ['drift.internal.example.net', '*.example.com'],
    });
    const server = await guardedServer({}, { web });
    for (const [host, , allowed] of HOSTS) {
      const { status, body } = await ask(`${server.url}/diff`, { headers: { Host: host } });
      expect(status, host).to.equal(allowed ? 200 : 421);
      if (!allowed) expect(body).to.contain('one of web.allowed_hosts');
    }
    await server.close();
  });

  it('may be any where everybody can reach us anyway and nothing is listed', async () => {
    const { deps, close } = await guardedServer({});
    const app = createApp({ ...deps, web: webConfig({ listen: { port: 0 } }) });
    const everywhere = await listen(app, deps.web, deps.log);
    const { status } = await ask(`${everywhere.url}/diff`, { headers: { Host: 'anything.example.org' } });
    expect(status).to.equal(200);
    await Promise.all([everywhere.close(), close()]);
  });
});
