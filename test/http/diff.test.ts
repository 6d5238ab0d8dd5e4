import { expect } from 'chai';
import { gunzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import { largeFleet, NOW, serve, smallFleet, type Served } from './fleet.ts';

interface Entry {
  readonly check: string;
  readonly drift: readonly { readonly address: string }[];
  readonly [key: string]: unknown;
}

interface Answer {
  readonly generatedAt: string;
  readonly checks: readonly Entry[];
  readonly continue?: string;
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url);
  expect(response.status).to.equal(200);
  return (await response.json()) as Answer;
}

describe('GET /diff', () => {
  let served: Served;
  before(async () => {
    served = await serve(smallFleet());
  });
  after(() => served.close());

  it('tells of every check what the design says', async () => {
    const { generatedAt, checks } = await ask(`${served.url}/diff`);
    expect(generatedAt).to.equal(NOW.toISOString());
    expect(checks.map(({ check }) => check)).to.deep.equal([
      'new-cluster',
      'prod-dns',
      'prod-hosts',
      'prod-network',
      'prod-shop',
      'staging-hosts',
      'staging-network',
      'staging-shop',
    ]);
    const shop = checks.find(({ check }) => check === 'prod-shop');
    expect(shop).to.deep.include({
      checker: 'kubernetes',
      labels: { environment: 'prod', team: 'shop', cluster: 'eu-1' },
      status: 'drifted',
      exitCode: 2,
      startedAt: '2026-11-21T06:56:00.000Z',
      durationSeconds: 12.5,
      driftedSince: '2026-11-19T04:00:00.000Z',
      revision: '4f2e9a1c0ffee4f2e9a1c0ffee4f2e9a1c0ffee0',
      resources: 120,
      suppressed: [{ address: 'apps/Deployment/shop/api', type: 'Deployment', rule: 'hpa-owns-replicas' }],
      failures: [],
      activity: 'idle',
    });
    expect(shop?.drift[0]).to.deep.include({
      address: 'apps/Deployment/shop/web',
      firstSeenAt: '2026-11-19T04:00:00.000Z',
      cause: 'out_of_band',
    });
    expect(shop?.drift[1]).to.deep.include({ firstSeenAt: '2026-11-21T06:56:00.000Z' });
    expect(JSON.stringify(shop)).to.contain(
      '{"op":"replace","path":"/data/token","live":{"kind":"sensitive"},"desired":{"kind":"sensitive"}}',
    );
  });

  it('tells the drift that a blind run could not see, and when it was seen', async () => {
    const { checks } = await ask(`${served.url}/diff/prod-dns`);
    expect(checks[0]).to.deep.include({
      status: 'error',
      startedAt: '2026-11-21T06:57:00.000Z',
      observedAt: '2026-11-21T06:42:00.000Z',
      resources: 120,
      exitCode: 1,
    });
    expect(checks[0]?.drift).to.have.length(1);
  });

  it('publishes no drift that is not confirmed, but tells of it', async () => {
    const { checks } = await ask(`${served.url}/diff/staging-hosts`);
    expect(checks[0]).to.deep.include({ status: 'in_sync', drift: [] });
    expect(checks[0]).not.to.have.property('driftedSince');
    expect(checks[0]?.['unconfirmed']).to.deep.include({ runs: 1, required: 3 });
  });

  it('marks what is stale and what was never known', async () => {
    const { checks } = await ask(`${served.url}/diff`);
    expect(checks.filter(({ stale }) => stale === true).map(({ check }) => check)).to.deep.equal(['staging-shop']);
    expect(checks[0]).to.deep.include({
      check: 'new-cluster',
      status: 'unknown',
      activity: 'running',
      resources: 0,
      drift: [],
    });
  });

  const ERRORS = ['new-cluster', 'prod-dns', 'prod-hosts', 'staging-shop'];
  const FILTERS: readonly [string, readonly string[]][] = [
    ['check=prod-*', ['prod-dns', 'prod-hosts', 'prod-network', 'prod-shop']],
    ['check=prod-shop&check=prod-dns', ['prod-dns', 'prod-shop']],
    ['checker=ansible', ['prod-hosts', 'staging-hosts']],
    ['status=drifted', ['prod-network', 'prod-shop']],
    ['status=error&status=unknown', ['new-cluster', 'prod-dns', 'prod-hosts']],
    ['label.team=shop', ['prod-shop', 'staging-shop']],
    ['label.cluster=*', ['prod-shop']],
    ['label.nothing=x', []],
    ['status=&check=&label.team=hosts', ['prod-hosts']],
    ['status=drifted&checker=terraform', ['prod-network']],
    ['address=module.net.aws_subnet.a[0]&status=drifted', ['prod-network']],
    ['address=apps/*&status=drifted', ['prod-shop']],
    ['type=ConfigMap', [...ERRORS, 'prod-shop'].sort()],
    ['action=replace', [...ERRORS, 'prod-network'].sort()],
    ['cause=unapplied', [...ERRORS, 'prod-shop'].sort()],
  ];
  for (const [query, expected] of FILTERS) {
    it(`filters by ${query}`, async () => {
      const { checks } = await ask(`${served.url}/diff?${query}`);
      expect(checks.map(({ check }) => check)).to.deep.equal(expected);
    });
  }

  it('leaves only the matching drift of a check', async () => {
    const { checks } = await ask(`${served.url}/diff/prod-shop?type=ConfigMap`);
    expect(checks[0]?.drift.map(({ address }) => address)).to.deep.equal(['v1/ConfigMap/shop/nginx']);
  });

  const FORMATS: readonly [string, string | undefined, string][] = [
    ['', undefined, 'application/json; charset=utf-8'],
    ['', 'text/plain', 'text/plain; charset=utf-8'],
    ['', 'text/markdown', 'text/markdown; charset=utf-8'],
    ['', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['', 'text/*', 'text/html; charset=utf-8'],
    ['', 'text/html;q=0.2, text/plain;q=0.3', 'text/plain; charset=utf-8'],
    ['?format=summary', 'text/html', 'text/plain; charset=utf-8'],
    ['?format=json', 'text/html', 'application/json; charset=utf-8'],
  ];
  for (const [query, accept, type] of FORMATS) {
    it(`answers ${accept ?? 'any type'}${query} with ${type}`, async () => {
      const response = await fetch(
        `${served.url}/diff${query}`,
        accept === undefined ? {} : { headers: { Accept: accept } },
      );
      expect(response.headers.get('content-type')).to.equal(type);
      expect(response.headers.get('vary')).to.contain('Accept');
    });
  }

  it('answers HEAD like GET, without the body', async () => {
    for (const path of ['/diff', '/', '/metrics', '/-/healthy', '/api/v1/checks']) {
      const head = await fetch(served.url + path, { method: 'HEAD', headers: { 'Accept-Encoding': 'identity' } });
      const get = await fetch(served.url + path, { headers: { 'Accept-Encoding': 'identity' } });
      expect(head.headers.get('content-length')).to.equal(String((await get.arrayBuffer()).byteLength));
      expect(await head.text()).to.equal('');
    }
  });

  it('says 304 until something changes', async () => {
    const own = await serve(smallFleet());
    const first = await fetch(`${own.url}/diff`);
    const etag = first.headers.get('etag') ?? '';
    const again = (path: string): Promise<Response> =>
      fetch(own.url + path, { headers: { 'If-None-Match': `"other", ${etag}` } });
    expect((await again('/diff')).status).to.equal(304);
    expect((await again('/diff?status=drifted')).status).to.equal(200);
    expect((await again('/diff?format=text')).status).to.equal(200);
    own.deps.board.update('prod-shop', { activity: 'running' });
    expect((await again('/diff')).status).to.equal(200);
    await own.close();
  });

  it('is one gzip member where the client takes it', async () => {
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      httpRequest(`${served.url}/diff`, { headers: { 'Accept-Encoding': 'br;q=1, gzip;q=0.5' } }, (response) => {
        expect(response.headers['content-encoding']).to.equal('gzip');
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
      })
        .once('error', reject)
        .end();
    });
    expect(JSON.parse(gunzipSync(bytes).toString())).to.have.property('checks');
  });
});

describe('Pages of /diff', () => {
  it('hold every drift once, in order, also while results change', async () => {
    const served = await serve(largeFleet(7, 13));
    const seen: string[] = [];
    let token: string | undefined;
    let pages = 0;
    do {
      const answer = await ask(`${served.url}/diff?limit=10${token === undefined ? '' : `&continue=${token}`}`);
      const found = answer.checks.flatMap(({ check, drift }) => drift.map(({ address }) => `${check} ${address}`));
      expect(found.length).to.be.at.most(10);
      seen.push(...found);
      token = answer.continue;
      served.deps.board.update('check-0000', { activity: pages % 2 === 0 ? 'running' : 'idle' });
      pages++;
    } while (token !== undefined);
    expect(pages).to.equal(10);
    expect(seen).to.have.length(91);
    expect(seen).to.deep.equal([...new Set(seen)].sort());
    await served.close();
  });
});

describe('GET /api/v1', () => {
  let served: Served;
  before(async () => {
    served = await serve(smallFleet());
  });
  after(() => served.close());
  const get = async (path: string): Promise<unknown> => (await fetch(served.url + path)).json();

  it('lists checks with counts', async () => {
    const { checks } = (await get('/api/v1/checks?status=drifted')) as { checks: unknown[] };
    expect(checks).to.have.length(2);
    expect(checks[1]).to.include({ check: 'prod-shop', drifted: 2, suppressed: 1, failures: 0, notices: 2 });
  });

  it('tells the configuration of a check as it is described, without secrets', async () => {
    expect(await get('/api/v1/checks/prod-shop')).to.deep.include({ configuration: { options: { dir: '.' } } });
  });

  it('gives the history in pages', async () => {
    const answer = (await get('/api/v1/checks/prod-shop/runs?limit=20')) as {
      runs: { startedAt: string }[];
      before: string;
    };
    expect(answer.runs).to.have.length(20);
    expect(answer.before).to.equal(answer.runs[19]?.startedAt);
    expect(await get('/api/v1/checks/prod-shop/runs?limit=100')).not.to.have.property('before');
  });

  it('tells the state of the sources', async () => {
    expect(await get('/api/v1/sources'))
      .to.have.property('sources')
      .with.length(2);
  });

  it('says 503 when the store cannot be read, while the page goes on', async () => {
    const broken = await serve(smallFleet(), { runs: () => Promise.reject(new Error('disk /secret/path is broken')) });
    const response = await fetch(`${broken.url}/api/v1/checks/prod-shop/runs`);
    expect(response.status).to.equal(503);
    expect(await response.text())
      .to.contain('store_unavailable')
      .and.not.to.contain('/secret');
    const page = await fetch(`${broken.url}/checks/prod-shop`);
    expect(page.status).to.equal(200);
    expect(await page.text()).to.contain('The history cannot be read now');
    await broken.close();
  });
});

describe('GET /metrics', () => {
  const TYPES: readonly [string | undefined, string][] = [
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/html', 'text'],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1',
      'openmetrics',
    ],
    ['text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.5', 'text'],
  ];
  for (const [accept, format] of TYPES) {
    it(`is ${format} for Accept: ${accept ?? 'none'}`, async () => {
      const served = await serve(smallFleet());
      const response = await fetch(
        `${served.url}/metrics`,
        accept === undefined ? {} : { headers: { Accept: accept } },
      );
      expect(response.headers.get('content-type')).to.contain(format === 'text' ? 'version=0.0.4' : 'openmetrics');
      expect(await response.text()).to.equal(`# ${format}\n`);
      await served.close();
    });
  }
});

describe('Health', () => {
  it('is told as Prometheus tells it', async () => {
    const served = await serve(smallFleet(), { ready: () => ({ ready: false, reason: 'the first clone goes on' }) });
    expect((await fetch(`${served.url}/-/healthy`)).status).to.equal(200);
    const ready = await fetch(`${served.url}/-/ready`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.contain('the first clone goes on');
    await served.close();
  });
});
