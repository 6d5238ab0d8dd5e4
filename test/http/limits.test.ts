import { expect } from 'chai';
import { ask, basic } from '../support/ask.ts';
import { webConfig } from './fleet.ts';
import { guardedServer, hashOf } from './guarded.ts';

/** Statuses of as many requests, one after the other. */
async function statuses(count: number, request: () => Promise<{ readonly status: number }>): Promise<number[]> {
  const seen = [];
  for (let at = 0; at < count; at++) seen.push((await request()).status);
  return seen;
}

describe('Limits', () => {
  // So slow that none comes back while the test runs.
  const limited = (rateLimit: { requestsPerMinute?: number; failedLoginsPerMinute?: number }) => ({
    web: webConfig({ rateLimit: { requestsPerMinute: 0, failedLoginsPerMinute: 0, ...rateLimit } }),
  });

  it('of requests are per user, and neither health nor scrapes count', async () => {
    const server = await guardedServer(
      { basic_auth_users: { alice: hashOf('a'), bob: hashOf('b') } },
      limited({ requestsPerMinute: 2 }),
    );
    const get = (path: string, user?: string) => () =>
      ask(server.url + path, user === undefined ? {} : { headers: basic(user, user[0] ?? '') });
    expect(await statuses(3, get('/diff', 'alice'))).to.deep.equal([200, 200, 429]);
    expect(await statuses(3, get('/diff', 'bob'))).to.deep.equal([200, 200, 429]);
    expect(await statuses(5, get('/metrics', 'alice'))).to.deep.equal([200, 200, 200, 200, 200]);
    expect(await statuses(5, get('/-/healthy'))).to.deep.equal([200, 200, 200, 200, 200]);
    expect(await statuses(3, get('/diff'))).to.deep.equal([401, 401, 429]);
    const { headers, body } = await get('/diff', 'alice')();
    expect(Number(headers['retry-after'])).to.be.within(1, 30);
    expect(body).to.match(/Too many requests; try again in \d+ seconds?\./);
    await server.close();
  });

  it('of requests are per address where nobody logs in, told by a trusted proxy', async () => {
    const web = webConfig({
      rateLimit: { requestsPerMinute: 1, failedLoginsPerMinute: 0 },
      trustedProxies: ['127.0.0.1'],
    });
    const server = await guardedServer({}, { web });
    const from = (address: string) => () => ask(`${server.url}/diff`, { headers: { 'X-Forwarded-For': address } });
    expect(await statuses(2, from('203.0.113.1'))).to.deep.equal([200, 429]);
    expect(await statuses(2, from('203.0.113.2'))).to.deep.equal([200, 429]);
    expect(await statuses(1, from('2001:db8::1'))).to.deep.equal([200]);
    expect(await statuses(1, from('2001:db8::2'))).to.deep.equal([429]);
    await server.close();
  });

  it('of failed logins are per address, and do not lock out who logs in rightly and is known', async () => {
    const server = await guardedServer(
      { basic_auth_users: { alice: hashOf('a'), bob: hashOf('b') } },
      limited({ failedLoginsPerMinute: 3 }),
    );
    const login = (user: string, password: string) => () =>
      ask(`${server.url}/metrics`, { headers: basic(user, password) });
    expect(await statuses(5, login('alice', 'a'))).to.deep.equal([200, 200, 200, 200, 200]);
    expect(await statuses(4, login('alice', 'wrong'))).to.deep.equal([401, 401, 401, 429]);
    expect(await statuses(1, login('nobody', 'x'))).to.deep.equal([429]);
    expect(await statuses(1, login('bob', 'b'))).to.deep.equal([429]);
    expect(await statuses(2, login('alice', 'a'))).to.deep.equal([200, 200]);
    const { headers, body } = await login('alice', 'wrong')();
    expect(Number(headers['retry-after'])).to.be.within(1, 20);
    expect(body).to.contain('Too many logins');
    await server.close();
  });

  it('cannot be got round with many guesses at once', async () => {
    const server = await guardedServer(
      { basic_auth_users: { alice: hashOf('a') } },
      limited({ failedLoginsPerMinute: 5 }),
    );
    const guesses = Array.from({ length: 40 }, (_, at) =>
      ask(`${server.url}/metrics`, { headers: basic('alice', `guess ${at}`) }),
    );
    const seen = (await Promise.all(guesses)).map(({ status }) => status);
    expect(seen.filter((status) => status === 401)).to.have.length(5);
    expect(seen.filter((status) => status === 429)).to.have.length(35);
    await server.close();
  });

  it('of the exporter toolkit is over all clients together', async () => {
    const server = await guardedServer({ rate_limit: { interval: '1h', burst: 3 } });
    expect(await statuses(4, () => ask(`${server.url}/metrics`))).to.deep.equal([200, 200, 200, 429]);
    expect(await statuses(1, () => ask(`${server.url}/-/healthy`))).to.deep.equal([200]);
    await server.close();
  });

  it('of bodies are as configured', async () => {
    const server = await guardedServer({}, { web: webConfig({ maxBodyBytes: 2048 }) });
    const post = (size: number) =>
      ask(`${server.url}/diff/prod-shop`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/yaml' },
        body: `# ${'a'.repeat(size)}`,
      });
    expect((await post(1000)).status).to.equal(200);
    const { status, body } = await post(3000);
    expect(status).to.equal(413);
    expect(body).to.contain('The body is larger than 2048 bytes (web.max_body_size).');
    await server.close();
  });
});
