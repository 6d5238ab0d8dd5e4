import { expect } from 'chai';
import { CheckError } from '../../src/checker.ts';
import { ask, basic, type Ask } from '../support/ask.ts';
import { eventually } from '../support/service.ts';
import { checkConfig, runResult, webConfig } from './fleet.ts';
import { guardedServer, hashOf, type GuardedServer } from './guarded.ts';

const USERS = {
  basic_auth_users: { prometheus: hashOf('scrape'), alice: hashOf('a') },
  users: { prometheus: { scopes: ['metrics'] }, alice: { scopes: ['metrics', 'diff', 'run', 'admin'] } },
};
const ALICE = { headers: basic('alice', 'a') };
const WHO = { audit: true, user: 'alice', via: 'password', address: '127.0.0.1' };

const VARYING = new Set(['time', 'pid', 'hostname', 'level', 'durationMs']);

/** The audit lines of some requests, without what differs from run to run. */
async function linesOf(server: GuardedServer, requests: readonly (readonly [string, Ask])[], count: number) {
  const from = server.log.length;
  for (const [path, options] of requests) await ask(server.url + path, options);
  const lines = (): readonly Readonly<Record<string, unknown>>[] =>
    server.log.slice(from).filter(({ audit }) => audit === true);
  await eventually(() => lines().length >= count);
  return lines().map((line) => Object.fromEntries(Object.entries(line).filter(([key]) => !VARYING.has(key))));
}

describe('The audit log', () => {
  let server: GuardedServer;
  before(async () => {
    server = await guardedServer(USERS);
  });
  after(() => server.close());

  const READS: readonly (readonly [path: string, check: string | readonly string[], status: number])[] = [
    ['/diff', '*', 200],
    ['/diff?check=prod-shop&check=prod-*&address=secret', ['prod-shop', 'prod-*'], 200],
    ['/diff/prod-shop?format=text', 'prod-shop', 200],
    ['/diff/nobody', 'nobody', 404],
    ['/diff?actoin=x', '*', 400],
    ['/', '*', 200],
    ['/checks/prod-shop', 'prod-shop', 200],
    ['/api/v1/checks', '*', 200],
    ['/api/v1/checks/prod-shop', 'prod-shop', 200],
    ['/api/v1/checks/prod-shop/runs', 'prod-shop', 200],
  ];
  for (const [path, check, status] of READS) {
    it(`says who read ${path}`, async () => {
      expect(await linesOf(server, [[path, ALICE]], 1)).to.deep.equal([{ ...WHO, check, status, msg: 'drift read' }]);
    });
  }

  it('does not say that metrics were scraped, nor that somebody asked for health or a style sheet', async () => {
    const quiet = ['/metrics', '/-/healthy', '/-/ready', '/sources'].map((path) => [path, ALICE] as const);
    expect(await linesOf(server, [...quiet, ['/diff', ALICE]], 1)).to.have.length(1);
  });

  it('says who started a run, when it began and how it ended', async () => {
    const post = { ...ALICE, method: 'POST' };
    expect(await linesOf(server, [['/diff/prod-shop', post]], 2)).to.deep.equal([
      { ...WHO, check: 'prod-shop', msg: 'run asked for' },
      { ...WHO, check: 'prod-shop', status: 200, outcome: 'in_sync', msg: 'run answered' },
    ]);
  });

  it('says who asked for a reload', async () => {
    const lines = await linesOf(server, [['/-/reload', { ...ALICE, method: 'POST' }]], 2);
    expect(lines.map(({ msg, user, status }) => [msg, user, status])).to.deep.equal([
      ['reload asked for', 'alice', undefined],
      ['reload answered', 'alice', 200],
    ]);
  });

  it('says who was refused for want of a scope', async () => {
    const lines = await linesOf(server, [['/diff/prod-shop', { headers: basic('prometheus', 'scrape') }]], 1);
    expect(lines).to.deep.equal([
      {
        ...WHO,
        user: 'prometheus',
        reason: 'scope',
        scope: 'diff',
        method: 'GET',
        check: 'prod-shop',
        msg: 'refused',
      },
    ]);
  });

  it('says that a login failed, but never what was typed as a name or a password', async () => {
    const secret = 'hunter2-typed-as-a-name';
    const lines = await linesOf(
      server,
      [
        ['/diff', { headers: basic(secret, 'x') }],
        ['/diff', { headers: basic('alice', secret) }],
      ],
      2,
    );
    expect(lines.map(({ msg, reason, user }) => [msg, reason, user])).to.deep.equal([
      ['refused', 'wrong user or password', undefined],
      ['refused', 'wrong user or password', 'alice'],
    ]);
    expect(JSON.stringify(server.log)).not.to.contain(secret).and.not.to.contain('$2y$');
  });

  it('does not make a line of every browser that has yet to log in', async () => {
    expect(
      await linesOf(
        server,
        [
          ['/diff', {}],
          ['/diff', ALICE],
        ],
        1,
      ),
    ).to.have.length(1);
  });
});

describe('The audit log', () => {
  it('names the address alone where nobody logs in', async () => {
    const server = await guardedServer({});
    const [line] = await linesOf(server, [['/diff', {}]], 1);
    expect(line).to.deep.equal({
      audit: true,
      via: 'nobody',
      address: '127.0.0.1',
      check: '*',
      status: 200,
      msg: 'drift read',
    });
    await server.close();
  });

  const forwarded = { headers: { 'X-Forwarded-For': '203.0.113.9, 10.1.2.3' } };
  it('does not believe X-Forwarded-For', async () => {
    const server = await guardedServer({});
    expect((await linesOf(server, [['/diff', forwarded]], 1))[0]).to.include({ address: '127.0.0.1' });
    await server.close();
  });

  it('believes the X-Forwarded-For of trusted proxies, and names the proxy beside it', async () => {
    const web = webConfig({ trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] });
    const server = await guardedServer({}, { web });
    const [line] = await linesOf(server, [['/diff', forwarded]], 1);
    expect(line).to.include({ address: '203.0.113.9', proxy: '127.0.0.1' });
    await server.close();
  });

  it('does not take for an address what is none, whoever sends it', async () => {
    const server = await guardedServer({}, { web: webConfig({ trustedProxies: ['127.0.0.1', '10.0.0.0/8'] }) });
    for (const text of ['unknown', 'unknown, 10.0.0.1', '"; DROP', '10.0.0.1:80', ', ,']) {
      const headers = { 'X-Forwarded-For': text };
      expect((await linesOf(server, [['/diff', { headers }]], 1))[0], text).to.include({ address: '127.0.0.1' });
    }
    await server.close();
  });

  it('tells how a run ended that failed or was given up, and that a client did not wait', async () => {
    const outcomes = [
      async () => runResult(checkConfig('prod-shop'), { status: 'error' }),
      async () => Promise.reject(new CheckError('aborted', 'stopping')),
    ];
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const server = await guardedServer(
      {},
      {
        actions: {
          run: async (_check, { signal }) => {
            const next = outcomes.shift();
            if (next !== undefined) return next();
            start();
            return new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(new CheckError('aborted', 'gone')));
            });
          },
          reload: async () => ({ ok: false, errors: ['x'] }),
        },
      },
    );
    const post = { method: 'POST' };
    const lines = await linesOf(
      server,
      [
        ['/diff/prod-shop', post],
        ['/diff/prod-shop', post],
      ],
      4,
    );
    expect(lines.map(({ msg, status, outcome }) => [msg, status, outcome])).to.deep.equal([
      ['run asked for', undefined, undefined],
      ['run answered', 200, 'error'],
      ['run asked for', undefined, undefined],
      ['run answered', 503, undefined],
    ]);
    const leaving = new AbortController();
    const asked = ask(`${server.url}/diff/prod-shop`, { ...post, signal: leaving.signal }).catch(() => 'left');
    await started;
    leaving.abort();
    expect(await asked).to.equal('left');
    await eventually(() => server.log.some(({ interrupted }) => interrupted === true));
    await server.close();
  });
});
