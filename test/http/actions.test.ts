import { expect } from 'chai';
import { CheckError } from '../../src/checker.ts';
import type { RunResult } from '../../src/run/result.ts';
import { CONFIG_MAP, checkConfig, runResult, serve, smallFleet, SUBNET, webConfig, type Served } from './fleet.ts';

type Asked = { readonly check: string; readonly ref?: string; readonly input?: string; readonly signal: AbortSignal };

async function withRuns(
  outcome: (asked: Asked) => Promise<RunResult>,
  test: (served: Served, asked: Asked[]) => Promise<void>,
): Promise<void> {
  const asked: Asked[] = [];
  const served = await serve(smallFleet(), {
    actions: {
      run: (check, request) => {
        asked.push({ check, ...request });
        return outcome({ check, ...request });
      },
      reload: () => Promise.resolve({ ok: false, errors: ['checks[0].dri: unknown key'] }),
    },
  });
  await test(served, asked);
  await served.close();
}

describe('POST /diff/:check', () => {
  it('waits for the run and answers with what is then known', async () => {
    const served = await serve(smallFleet());
    const response = await fetch(`${served.url}/diff/prod-shop`, { method: 'POST' });
    expect(response.status).to.equal(200);
    expect(await response.json()).to.have.nested.property('checks[0].status', 'in_sync');
    await served.close();
  });

  it('compares a body of manifests, or another ref, and answers with that run alone', () =>
    withRuns(
      ({ check }) => Promise.resolve(runResult(checkConfig(check), { drift: [CONFIG_MAP, SUBNET] })),
      async ({ url }, asked) => {
        const init = {
          method: 'POST',
          headers: { 'Content-Type': 'application/yaml; charset=utf-8' },
          body: 'kind: Pod\n',
        };
        const response = await fetch(`${url}/diff/prod-shop?ref=feature/x`, init);
        const { checks } = (await response.json()) as { checks: { drift: { address: string }[] }[] };
        expect(asked[0]).to.deep.include({ check: 'prod-shop', ref: 'feature/x', input: 'kind: Pod\n' });
        expect(checks[0]?.drift.map(({ address }) => address)).to.deep.equal([SUBNET.address, CONFIG_MAP.address]);
        expect(checks[0]).not.to.have.property('driftedSince');
      },
    ));

  it('answers in the format asked for', () =>
    withRuns(
      ({ check }) => Promise.resolve(runResult(checkConfig(check))),
      async ({ url }) => {
        const response = await fetch(`${url}/diff/prod-shop?format=text`, { method: 'POST' });
        expect(await response.text()).to.contain('prod-shop [kubernetes]: drifted');
      },
    ));

  it('is a 503 to try again when the service stops', () =>
    withRuns(
      () => Promise.reject(new CheckError('aborted', 'stopping')),
      async ({ url }) => {
        const response = await fetch(`${url}/diff/prod-shop`, { method: 'POST' });
        expect(response.status).to.equal(503);
        expect(response.headers.get('retry-after')).to.equal('10');
      },
    ));

  it('is a 500 that tells nothing of a defect', () =>
    withRuns(
      () => Promise.reject(new Error('password is hunter2')),
      async ({ url }) => {
        const response = await fetch(`${url}/diff/prod-shop`, { method: 'POST' });
        expect(response.status).to.equal(500);
        expect(await response.text()).not.to.contain('hunter2');
      },
    ));

  it('tells the run when its caller has gone, and goes on serving', async () => {
    let finish: (result: RunResult) => void = () => undefined;
    await withRuns(
      () => new Promise((resolve) => (finish = resolve)),
      async ({ url }, asked) => {
        const caller = new AbortController();
        const pending = fetch(`${url}/diff/prod-shop`, { method: 'POST', signal: caller.signal }).catch(() => 'gone');
        while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        caller.abort();
        expect(await pending).to.equal('gone');
        await new Promise((resolve) => asked[0]?.signal.addEventListener('abort', resolve));
        finish(runResult(checkConfig('prod-shop')));
        expect((await fetch(`${url}/-/healthy`)).status).to.equal(200);
      },
    );
  });

  it('takes the form of its own page and leads back to it, also while the run goes on', () =>
    withRuns(
      () => new Promise(() => undefined),
      async ({ url }, asked) => {
        const headers = {
          Accept: 'text/html',
          Origin: url,
          'Sec-Fetch-Site': 'same-origin',
          'Content-Type': 'application/x-www-form-urlencoded',
        };
        const response = await fetch(`${url}/diff/prod-shop`, {
          method: 'POST',
          headers,
          body: 'a=b',
          redirect: 'manual',
        });
        expect(response.status).to.equal(303);
        expect(response.headers.get('location')).to.equal('/checks/prod-shop?watch=1');
        expect(asked[0]).not.to.have.property('input');
      },
    ));
});

describe('POST /-/reload', () => {
  it('tells what is wrong with the configuration', () =>
    withRuns(
      () => Promise.reject(new Error('not asked')),
      async ({ url }) => {
        const response = await fetch(`${url}/-/reload`, { method: 'POST' });
        expect(response.status).to.equal(500);
        expect(await response.json()).to.have.nested.property('error.errors[0]', 'checks[0].dri: unknown key');
      },
    ));

  it('confirms a reload', async () => {
    const served = await serve(smallFleet());
    expect(await (await fetch(`${served.url}/-/reload`, { method: 'POST' })).json()).to.deep.equal({ reloaded: true });
    await served.close();
  });
});

describe('Behind a proxy', () => {
  it('links lead through the path of the external URL, and both paths are served', async () => {
    const web = webConfig({ externalUrl: 'https://ops.example.org/drift/' });
    const served = await serve(smallFleet(), { web });
    for (const path of ['/', '/drift/']) {
      const page = await (await fetch(served.url + path)).text();
      expect(page)
        .to.contain('href="/drift/checks/prod-shop"')
        .and.to.contain('curl -sS &#39;https://ops.example.org/drift/diff');
    }
    const headers = { Origin: 'https://ops.example.org' };
    expect((await fetch(`${served.url}/diff/prod-shop`, { method: 'POST', headers })).status).to.equal(200);
    await served.close();
  });
});

describe('Listening', () => {
  it('fails with the address that is taken', async () => {
    const served = await serve(smallFleet());
    const web = webConfig({ listen: { host: '127.0.0.1', port: served.port } });
    const error = await serve(smallFleet(), { web }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(error)).to.match(/cannot listen on 127\.0\.0\.1:\d+: another process listens there/);
    await served.close();
  });
});
