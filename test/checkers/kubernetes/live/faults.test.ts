import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { kubernetes } from '../../../../checkers/kubernetes/index.ts';
import { checkerContext, sumOfRun, type Sum, type TestContext } from '../../../support/checker-context.ts';
import {
  answerWith,
  cutBody,
  startReplayServer,
  statusBody,
  type Fault,
  type LoggedRequest,
  type ReplayServer,
} from '../../../support/kube-replay-server.ts';
import { kubeconfig, writeTree } from '../../../support/kubernetes-sources.ts';
import { configMaps, smallCluster } from '../../../support/small-cluster.ts';

const isConfigMaps = ({ path }: LoggedRequest): boolean => path.endsWith('/configmaps');
const isSecrets = ({ path }: LoggedRequest): boolean => path.endsWith('/secrets');
const forbidden = (resource: string): { status: number; body: string } => ({
  status: 403,
  body: statusBody(403, `${resource} is forbidden: User "reader" cannot list resource "${resource}"`),
});

describe('what can go wrong with an API server', () => {
  let source: Awaited<ReturnType<typeof writeTree>>;
  let server: ReplayServer;
  let context: TestContext;
  let fault: Fault = () => false;

  before(async () => {
    source = await writeTree({
      'git/a.yaml': configMaps(10, 'one').join('---\n'),
      'git/b.yaml': configMaps(10, 'two').join('---\n'),
      'git/secret.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: one}\ntype: Opaque\ndata: {k: dg==}\n',
    });
    server = await startReplayServer({
      cluster: smallCluster({ one: 10, two: 9 }),
      fault: (...args) => fault(...args),
    });
    await writeFile(join(source.dir, 'kubeconfig'), kubeconfig(server.url));
  });

  beforeEach(async () => {
    server.requests.length = 0;
    fault = () => false;
    context = await checkerContext({ sourceDir: source.dir });
  });

  afterEach(() => context.cleanup());

  after(async () => {
    await server.close();
    await source.remove();
  });

  it('finds the one object that is missing, over pages', async () => {
    const sum = await check({ page_size: 3 });
    expect(sum.drift.map(({ action, address }) => [action, address])).to.deep.equal([['create', 'ConfigMap/two/c9']]);
    expect(sum.resources).to.equal(21);
    expect(server.requests.filter(isConfigMaps)).to.have.length(7);
  });

  it('uses one connection per request under way, not one per request', async () => {
    await check({ page_size: 1, concurrency: 2 });
    expect(new Set(server.requests.slice(5).map(({ connection }) => connection)).size).to.be.lessThan(4);
  });

  const mended: readonly (readonly [string, Fault])[] = [
    ['an answer that breaks off', cutBody(isConfigMaps, 2)],
    ['too many requests', answerWith(isConfigMaps, { ...status(429), times: 2, headers: { 'retry-after': '0' } })],
    ['a server that starts', answerWith(isConfigMaps, { ...status(503), times: 2, headers: { 'retry-after': '0' } })],
    ['a proxy’s page', answerWith(isConfigMaps, { status: 200, body: '<html>', times: 1 })],
    ['a snapshot that expired', answerWith(isSecondPage, { ...status(410), times: 1 })],
    ['one that expired and goes on', answerWith(isSecondPage, { ...expired('4'), times: 1 })],
  ];
  for (const [title, broken] of mended) {
    it(`reads on after ${title}, and counts nothing twice`, async () => {
      fault = broken;
      const sum = await check({ page_size: 4 });
      expect(sum.failures).to.deep.equal([]);
      expect(sum.drift.map(({ address }) => address)).to.deep.equal(['ConfigMap/two/c9']);
      expect(sum.resources).to.equal(21);
    });
  }

  const failing: readonly (readonly [string, Fault, string])[] = [
    ['garbage', answerWith(isConfigMaps, { status: 200, body: '{"items":' }), 'bad_output'],
    ['objects without a name', answerWith(isConfigMaps, { status: 200, body: '{"items":[{}]}' }), 'bad_output'],
    [
      'an error that stays',
      answerWith(isConfigMaps, { ...status(500), headers: { 'retry-after': '0' } }),
      'unreachable',
    ],
    ['a status nobody expects', answerWith(isConfigMaps, status(418)), 'bad_output'],
    ['no answer', (request) => isConfigMaps(request), 'timeout'],
    [
      'the same page again and again',
      answerWith(isConfigMaps, { status: 200, body: '{"metadata":{"continue":"x"},"items":[]}' }),
      'bad_output',
    ],
    ['a snapshot that always expires', answerWith(isConfigMaps, status(410)), 'stale'],
  ];
  for (const [title, broken, reason] of failing) {
    it(`makes a failure of the kind, and nothing missing, out of ${title}`, async () => {
      fault = broken;
      const sum = await check({ request_timeout_seconds: 0.1 });
      expect(sum.failures.map((failure) => [failure.reason, failure.address])).to.deep.equal([[reason, 'ConfigMap']]);
      expect(sum.drift).to.deep.equal([]);
      expect(sum.resources).to.equal(1);
    });
  }

  it('keeps what the pages before a fault said', async () => {
    fault = answerWith((request) => isConfigMaps(request) && request.query.get('continue') === '8', status(418));
    const sum = await check({ page_size: 4 });
    expect(sum.resources).to.equal(9);
    expect([sum.failures.length, sum.drift.length]).to.deep.equal([1, 0]);
  });

  it('lists namespaces one by one where the cluster may not be listed', async () => {
    fault = answerWith(({ path }) => path === '/api/v1/configmaps', forbidden('configmaps'));
    const sum = await check();
    expect(sum.failures).to.deep.equal([]);
    expect(sum.drift.map(({ address }) => address)).to.deep.equal(['ConfigMap/two/c9']);
    expect(server.requests.filter(isConfigMaps).map(({ path }) => path)).to.deep.equal([
      '/api/v1/configmaps',
      '/api/v1/namespaces/one/configmaps',
      '/api/v1/namespaces/two/configmaps',
    ]);
  });

  it('says which namespaces may not be listed, and compares the others', async () => {
    fault = answerWith(
      ({ path }) => path === '/api/v1/configmaps' || path.includes('/one/configmaps'),
      forbidden('configmaps'),
    );
    const sum = await check();
    expect(sum.failures).to.have.length(1);
    expect(sum.failures[0]).to.include({ reason: 'forbidden', address: 'ConfigMap' });
    expect(sum.failures[0]?.message).to.match(/^configmaps may not be listed in 1 of 2 namespaces \(one\): /);
    expect(sum.drift.map(({ address }) => address)).to.deep.equal(['ConfigMap/two/c9']);
  });

  const secrets: readonly (readonly [string, unknown, readonly string[], readonly string[]])[] = [
    ['does not compare them when nothing is said', undefined, [], ['secrets may not be listed']],
    ['fails when they are asked for', true, ['forbidden'], []],
    ['does not ask when they are left out', false, [], ['include_secrets is false']],
  ];
  for (const [title, include, reasons, why] of secrets) {
    it(`where Secrets may not be listed: ${title}`, async () => {
      fault = answerWith(isSecrets, forbidden('secrets'));
      const sum = await check(include === undefined ? {} : { include_secrets: include });
      expect(sum.failures.map(({ reason }) => reason)).to.deep.equal(reasons);
      expect(sum.notCompared.map((entry) => entry.why)).to.deep.equal(why);
      expect(sum.drift.map(({ address }) => address)).to.deep.equal(['ConfigMap/two/c9']);
      if (include === false) expect(server.requests.filter(isSecrets)).to.deep.equal([]);
    });
  }

  it('stops waiting when the run is aborted', async () => {
    fault = (request) => {
      if (!isConfigMaps(request)) return false;
      void sleep(20).then(() => context.abort());
      return true;
    };
    const sum = await check();
    expect(sum.failures.map(({ reason }) => reason)).to.deep.equal(['aborted']);
  });

  it('waits as long as it is told to', async () => {
    const asked: number[] = [];
    const busy = answerWith(isConfigMaps, { ...status(429), times: 1, headers: { 'retry-after': '1' } });
    fault = (request, response, served) => {
      if (isConfigMaps(request)) asked.push(performance.now());
      return busy(request, response, served);
    };
    await check();
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).to.be.at.least(990);
  });

  it('asks no more than its share a second', async () => {
    const started = performance.now();
    await check({ qps: 10, page_size: 1 });
    // 21 requests: 10 at once, the others at 10 a second.
    expect(server.requests.length).to.be.greaterThan(20);
    expect(performance.now() - started).to.be.at.least((server.requests.length - 12) * 100);
  });

  it('asks for documents once, then only for the index and the LISTs', async () => {
    await check();
    server.requests.length = 0;
    await check();
    expect(server.requests.map(({ path }) => path).toSorted()).to.deep.equal([
      '/api/v1/configmaps',
      '/api/v1/namespaces/one/secrets',
      '/openapi/v3',
    ]);
    expect(new Set(server.requests.map(({ method }) => method))).to.deep.equal(new Set(['GET']));
  });

  it('fails as a whole when nobody answers', async () => {
    await writeFile(join(source.dir, 'gone'), kubeconfig('http://127.0.0.1:1'));
    const sum = await check({ kubeconfig: 'gone' });
    expect(sum.failures.map(({ reason }) => reason)).to.deep.equal(['unreachable']);
    expect([sum.resources, sum.drift.length]).to.deep.equal([0, 0]);
  });

  function check(options: Readonly<Record<string, unknown>> = {}): Promise<Sum> {
    return sumOfRun(kubernetes, { kubeconfig: 'kubeconfig', manifests: 'git', qps: 1000, ...options }, context);
  }
});

function status(code: number): { status: number; body: string } {
  return { status: code, body: statusBody(code, 'no') };
}

function expired(token: string): { status: number; body: string } {
  return { status: 410, body: statusBody(410, 'expired', { reason: 'Expired', metadata: { continue: token } }) };
}

function isSecondPage({ path, query }: LoggedRequest): boolean {
  return path.endsWith('/configmaps') && query.get('continue') === '4';
}
