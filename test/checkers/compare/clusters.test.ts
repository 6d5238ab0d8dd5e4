import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { compare } from '../../../checkers/compare/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needsKubeApiServer, startKubeApiServer, type KubeApiServer } from '../../support/kube-apiserver.ts';
import { startReplayServer, type ReplayServer } from '../../support/kube-replay-server.ts';
import { kubeconfig } from '../../support/kubernetes-sources.ts';
import { configMaps, smallCluster } from '../../support/small-cluster.ts';

/** Address, action and what leads from right to left. */
function summary({ resources, drift, failures }: Sum): unknown {
  return {
    resources,
    drift: drift.map(({ address, action, changes }) => [
      address,
      action,
      ...changes.map(({ op, path }) => `${op} ${path}`),
    ]),
    failures: failures.map(({ reason, message }) => `${reason}: ${message}`),
  };
}

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drift-compare-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function check(options: object): Promise<Sum> {
  const context = await checkerContext({ sourceDir: dir });
  try {
    return await sumOfRun(compare, options, context);
  } finally {
    await context.cleanup();
  }
}

describe('the compare checker on recorded clusters', () => {
  const open: ReplayServer[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });

  async function cluster(configMapsOf: Readonly<Record<string, number>>, name: string): Promise<object> {
    const server = await startReplayServer({ cluster: smallCluster(configMapsOf) });
    open.push(server);
    await writeFile(join(dir, name), kubeconfig(server.url));
    return { kubeconfig: name };
  }

  it('compares a cluster with a cluster by LISTs alone, namespaces mapped', async () => {
    const left = {
      cluster: { ...(await cluster({ staging: 3 }, 'a')), namespaces: ['staging'], kinds: ['ConfigMap'] },
    };
    const right = { cluster: { ...(await cluster({ prod: 2 }, 'b')), namespaces: ['prod'] } };
    const map = { namespaces: { staging: 'prod' } };
    const asked = await check({ left, right: { cluster: { ...right.cluster, kinds: ['ConfigMap'] } }, map });
    expect(summary(asked)).to.deep.equal({ resources: 3, drift: [['ConfigMap/prod/c2', 'create']], failures: [] });
    expect(
      open.flatMap(({ requests }) => requests.map(({ method }) => method)).every((method) => method === 'GET'),
    ).to.equal(true);
  });

  it('compares git with another cluster: what git does not declare is not looked for unless asked', async () => {
    await mkdir(join(dir, 'git'));
    await writeFile(join(dir, 'git/all.yaml'), configMaps(1, 'staging').join('---\n'));
    const right = { cluster: await cluster({ prod: 2 }, 'b') };
    const options = { left: { manifests: 'git' }, right, map: { namespaces: { staging: 'prod' } } };
    expect(summary(await check(options))).to.deep.equal({ resources: 1, drift: [], failures: [] });
    expect(summary(await check({ ...options, undeclared: true }))).to.deep.equal({
      resources: 2,
      drift: [['ConfigMap/prod/c1', 'delete']],
      failures: [],
    });
  });

  it('names a kind that one of the clusters does not have, and compares the others', async () => {
    await mkdir(join(dir, 'git'));
    const other = 'apiVersion: acme.org/v1\nkind: Widget\nmetadata: {name: w, namespace: prod}\n';
    await writeFile(join(dir, 'git/all.yaml'), [...configMaps(1, 'prod'), other].join('---\n'));
    const right = { cluster: await cluster({ prod: 1 }, 'b') };
    expect(summary(await check({ left: { manifests: 'git' }, right }))).to.deep.equal({
      resources: 1,
      drift: [],
      failures: ['not_found: the server does not know acme.org/v1 Widget, or cannot list it'],
    });
  });
});

const deployment = (namespace: string, { image = 'shop/web:1', replicas = 1, cpu = '500m' } = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image, resources: { limits: { cpu } }, ports: [{ containerPort: 80 }] }] },
    },
  },
});

const service = (namespace: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
});

describe('the compare checker on two real API servers', () => {
  let staging: KubeApiServer;
  let prod: KubeApiServer;

  before(async function () {
    this.timeout(180_000);
    const assets = needsKubeApiServer(this);
    staging = await startKubeApiServer(assets);
    prod = await startKubeApiServer(assets);
    await staging.kubectl(['create', 'namespace', 'shop-staging']);
    await prod.kubectl(['create', 'namespace', 'shop']);
    const apply = (server: KubeApiServer, objects: readonly object[]): Promise<string> =>
      server.kubectl(['apply', '-f', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      });
    await apply(staging, [deployment('shop-staging'), service('shop-staging')]);
    await apply(prod, [deployment('shop', { replicas: 6, cpu: '0.5' }), service('shop')]);
  });

  after(async () => {
    await staging?.close();
    await prod?.close();
  });

  const environments = (): { left: object; right: object; map: object } => ({
    left: { cluster: { kubeconfig: staging.kubeconfig, namespaces: ['shop-staging'] } },
    right: { cluster: { kubeconfig: prod.kubeconfig, namespaces: ['shop'] } },
    map: { namespaces: { 'shop-staging': 'shop' } },
  });

  it('knows that what was tested is what runs: allocated addresses and other writings of one value are no difference', async function () {
    this.timeout(60_000);
    const allowed = [{ path: '/spec/replicas', reason: 'production is larger' }];
    expect(summary(await check({ ...environments(), allowed }))).to.deep.equal({
      resources: 2,
      drift: [],
      failures: [],
    });
  });

  it('finds the image that was changed in one of them, and prints the table of images and replicas', async function () {
    this.timeout(60_000);
    await prod.kubectl(['-n', 'shop', 'set', 'image', 'deployment/web', 'app=shop/web:0']);
    const found = await check({ ...environments(), fields: ['image', 'replicas'] });
    expect(summary(found)).to.deep.equal({
      resources: 1,
      drift: [
        [
          'apps/Deployment/shop/web',
          'update',
          'replace /spec/template/spec/containers/app/image',
          'replace /spec/replicas',
        ],
      ],
      failures: [],
    });
    expect(found.notices[0]?.changes?.map(({ live, desired }) => [desired, live])).to.deep.equal([
      [
        { kind: 'known', value: 'shop/web:1' },
        { kind: 'known', value: 'shop/web:0' },
      ],
      [
        { kind: 'known', value: 1 },
        { kind: 'known', value: 6 },
      ],
    ]);
  });

  it("compares git's staging manifests with production's cluster, and production's cluster with git", async function () {
    this.timeout(60_000);
    await mkdir(join(dir, 'git'));
    const manifests = [deployment('shop-staging', { image: 'shop/web:2', replicas: 6 }), service('shop-staging')];
    await writeFile(join(dir, 'git/all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
    const git = { manifests: 'git' };
    const cluster = { cluster: { kubeconfig: prod.kubeconfig } };
    const there = await check({ left: git, right: cluster, map: { namespaces: { 'shop-staging': 'shop' } } });
    const changed = ['apps/Deployment/shop/web', 'update', 'replace /spec/template/spec/containers/0/image'];
    expect(summary(there)).to.deep.equal({ resources: 2, drift: [changed], failures: [] });
    const back = { left: cluster, right: git, map: { namespaces: { shop: 'shop-staging' } } };
    expect(summary(await check(back))).to.deep.equal({
      resources: 2,
      drift: [['apps/Deployment/shop-staging/web', ...changed.slice(1)]],
      failures: [],
    });
  });

  it("reads git's values of both sides by a cluster's schemas where one is named", async function () {
    this.timeout(60_000);
    for (const [side, cpu] of [
      ['left', '500m'],
      ['right', '0.5'],
    ] as const) {
      await mkdir(join(dir, side));
      await writeFile(join(dir, side, 'a.json'), JSON.stringify(deployment('shop', { cpu })));
    }
    const options = { left: { manifests: 'left' }, right: { manifests: 'right' } };
    expect((await check(options)).drift).to.have.length(1);
    expect((await check({ ...options, schemas: { kubeconfig: prod.kubeconfig } })).drift).to.deep.equal([]);
  });
});
