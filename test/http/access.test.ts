import { expect } from 'chai';
import { ask, basic, type Ask } from '../support/ask.ts';
import { guardedServer, hashOf, type GuardedServer } from './guarded.ts';
import { webConfig } from './fleet.ts';

const USERS = {
  basic_auth_users: {
    prometheus: hashOf('scrape'),
    reader: hashOf('read'),
    runner: hashOf('run'),
    operator: hashOf('operate'),
    root: hashOf('all'),
  },
  users: {
    prometheus: { scopes: ['metrics'] },
    reader: { scopes: ['diff'] },
    runner: { scopes: ['run'] },
    operator: { scopes: ['admin'] },
    root: { scopes: ['metrics', 'diff', 'run', 'admin'] },
  },
};

const CALLERS: Readonly<Record<string, Ask>> = {
  nobody: {},
  stranger: { headers: basic('stranger', 'all') },
  mistyped: { headers: basic('root', 'al') },
  prometheus: { headers: basic('prometheus', 'scrape') },
  reader: { headers: basic('reader', 'read') },
  runner: { headers: basic('runner', 'run') },
  operator: { headers: basic('operator', 'operate') },
  root: { headers: basic('root', 'all') },
};

/** What each caller gets, in the order of CALLERS. */
const MATRIX: readonly (readonly [request: string, ...statuses: number[]])[] = [
  ['GET /metrics', 401, 401, 401, 200, 403, 403, 403, 200],
  ['HEAD /metrics', 401, 401, 401, 200, 403, 403, 403, 200],
  ['GET /diff', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /diff/prod-shop', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /diff/nobody', 401, 401, 401, 403, 404, 403, 403, 404],
  ['GET /diff?format=html', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /checks/prod-shop', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /sources', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /workers', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /api/v1/workers', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /api/v1/checks', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /api/v1/checks/prod-shop', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /api/v1/checks/prod-shop/runs', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /api/v1/sources', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /api/v1/discoveries', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /api/v1/workers', 401, 401, 401, 403, 200, 403, 403, 200],
  ['GET /workers', 401, 401, 401, 403, 200, 403, 403, 200],
  ['POST /diff/prod-shop', 401, 401, 401, 403, 403, 200, 403, 200],
  ['POST /-/reload', 401, 401, 401, 403, 403, 403, 200, 200],
  ['GET /nothing', 401, 401, 401, 404, 404, 404, 404, 404],
  ['DELETE /diff', 401, 401, 401, 405, 405, 405, 405, 405],
  ['OPTIONS /diff', 401, 401, 401, 204, 204, 204, 204, 204],
  ['GET /-/healthy', 200, 200, 200, 200, 200, 200, 200, 200],
  ['GET /-/ready', 200, 200, 200, 200, 200, 200, 200, 200],
];

describe('Who may ask for what', () => {
  let server: GuardedServer;
  before(async () => {
    server = await guardedServer(USERS);
  });
  after(() => server.close());

  for (const [request, ...expected] of MATRIX) {
    it(request, async () => {
      const [method = '', path = ''] = request.split(' ');
      const statuses = [];
      for (const options of Object.values(CALLERS)) {
        statuses.push((await ask(server.url + path, { ...options, method })).status);
      }
      expect(statuses).to.deep.equal(expected);
    });
  }

  it('a refusal for want of a scope says which, and who one is', async () => {
    const { body } = await ask(`${server.url}/diff`, { headers: basic('prometheus', 'scrape') });
    expect(JSON.parse(body)).to.deep.equal({
      error: {
        status: 403,
        code: 'forbidden',
        message: '"prometheus" may not do this: it needs the scope diff, and has metrics.',
      },
    });
  });

  it('a browser is asked for a password, and gets a page', async () => {
    const { headers, body } = await ask(`${server.url}/`, { headers: { Accept: 'text/html' } });
    expect(headers['www-authenticate']).to.equal('Basic realm="drift-exporter", charset="UTF-8"');
    expect(body)
      .to.match(/^<!doctype html>/)
      .and.to.contain('A login is needed.');
  });

  it('the page offers a run to those only who may start one', async () => {
    const pages = ['reader', 'root'].map((name) => ask(`${server.url}/checks/prod-shop`, CALLERS[name]));
    const [reader, root] = await Promise.all(pages);
    expect(reader?.body).not.to.contain('Run now');
    expect(root?.body).to.contain('Run now');
  });

  const HEADERS: readonly (readonly [string, string])[] = [
    ['another scheme', 'Bearer abc'],
    ['no credentials', 'Basic'],
    ['no base64', 'Basic ***'],
    ['no colon', `Basic ${Buffer.from('root').toString('base64')}`],
    ['an empty password', basic('root', '').Authorization],
    ['a password with something behind it', basic('root', 'all\0').Authorization],
    ['the hash as the password', basic('root', hashOf('all')).Authorization],
    ['a name of every object', basic('__proto__', 'all').Authorization],
    ['a password of 2,000 characters', basic('root', 'a'.repeat(2000)).Authorization],
  ];
  for (const [what, Authorization] of HEADERS) {
    it(`${what} is a 401`, async () => {
      expect((await ask(`${server.url}/metrics`, { headers: { Authorization } })).status).to.equal(401);
    });
  }

  it('the scheme is read whatever its case', async () => {
    const Authorization = basic('root', 'all').Authorization.replace('Basic', 'basic');
    expect((await ask(`${server.url}/metrics`, { headers: { Authorization } })).status).to.equal(200);
  });

  it('many requests with one right password at once are all let in', async () => {
    const asked = Array.from({ length: 40 }, () => ask(`${server.url}/metrics`, { headers: basic('root', 'all') }));
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).to.deep.equal(new Set([200]));
  });
});

describe('Without a web configuration file', () => {
  it('nobody logs in, and what is sent as a login is not looked at', async () => {
    const server = await guardedServer({});
    for (const options of Object.values(CALLERS)) {
      expect((await ask(`${server.url}/diff`, options)).status).to.equal(200);
    }
    await server.close();
  });

  it('a server that was not given the file that is configured does not start', async () => {
    const { createApp } = await import('../../src/http/app.ts');
    const { serve, smallFleet } = await import('./fleet.ts');
    const { deps, close } = await serve(smallFleet());
    expect(() => createApp({ ...deps, web: webConfig({ configFile: '/etc/web-config.yml' }) })).to.throw(
      'web.config_file was not read',
    );
    await close();
  });
});

describe('A user without the section `users`', () => {
  it('may do everything, as with the exporter toolkit', async () => {
    const server = await guardedServer({ basic_auth_users: { alice: hashOf('a') } });
    for (const path of ['/metrics', '/diff', '/']) {
      expect((await ask(server.url + path, { headers: basic('alice', 'a') })).status).to.equal(200);
      expect((await ask(server.url + path)).status).to.equal(401);
    }
    await server.close();
  });
});

describe('A web configuration that changes', () => {
  it('is in force for the next requests: passwords, users, scopes, headers', async () => {
    const server = await guardedServer({ basic_auth_users: { alice: hashOf('old') } });
    const status = async (password: string, path = '/diff'): Promise<number> =>
      (await ask(server.url + path, { headers: basic('alice', password) })).status;
    expect(await status('old')).to.equal(200);
    const changed = new Promise((resolve) => server.keeper.onChange(resolve));
    await server.rewrite({
      basic_auth_users: { alice: hashOf('new') },
      users: { alice: { scopes: ['metrics'] } },
      http_server_config: { headers: { 'Strict-Transport-Security': 'max-age=60' } },
    });
    await changed;
    expect(await status('old')).to.equal(401);
    expect(await status('new')).to.equal(403);
    const answer = await ask(`${server.url}/metrics`, { headers: basic('alice', 'new') });
    expect(answer.headers['strict-transport-security']).to.equal('max-age=60');
    await server.close();
  });
});
