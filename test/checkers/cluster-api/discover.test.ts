import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { argoCdClusters } from '../../../checkers/cluster-api/discover/argo-cd.ts';
import { clusterApiClusters } from '../../../checkers/cluster-api/discover/cluster-api.ts';
import type { Discovered, Discoverer, Failure } from '../../../src/checker.ts';
import { failureOf } from '../../../src/checker.ts';
import { checkerContext } from '../../support/checker-context.ts';
import {
  answerWith,
  startReplayServer,
  statusBody,
  type Cluster,
  type Fault,
  type KubeItem,
  type ReplayServer,
} from '../../support/kube-replay-server.ts';
import { kubeconfig } from '../../support/kubernetes-sources.ts';
import { recordedFleet } from './recorded.ts';

const CORE = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [{ name: 'secrets', kind: 'Secret', namespaced: true, verbs: ['list'] }],
};

const TYPE = { 'argocd.argoproj.io/secret-type': 'cluster' };

describe('Clusters discovered in a management cluster', () => {
  let dir = '';
  let server: ReplayServer;
  let cluster: Cluster;
  let fault: Fault;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-clusters-'));
    fault = () => false;
    cluster = await fleet([]);
    server = await startReplayServer({
      get cluster() {
        return cluster;
      },
      fault: (...args) => fault(...args),
    });
    await writeFile(join(dir, 'kubeconfig'), kubeconfig(server.url));
  });

  afterEach(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });

  const discover = async <Options>(discoverer: Discoverer<Options>, options: object = {}): Promise<Discovered> => {
    const context = await checkerContext({ sourceDir: dir });
    try {
      return await discoverer.discover(discoverer.options.parse({ kubeconfig: 'kubeconfig', ...options }), context);
    } finally {
      await context.cleanup();
    }
  };
  const failing = <Options>(discoverer: Discoverer<Options>): Promise<Failure> =>
    discover(discoverer).then(() => expect.fail('it found something'), failureOf);

  it('are five hundred by two LISTs', async () => {
    const names = Array.from({ length: 500 }, (_, at) => `c${String(at).padStart(3, '0')}`);
    cluster = await fleet(names.map((name) => ['prod', name]));
    const { items } = await discover(clusterApiClusters);
    expect(items.map(({ id }) => id)).to.deep.equal(names.map((name) => `prod/${name}`));
    const lists = server.requests.filter(({ path }) => /\/(clusters|secrets)$/.test(path));
    expect(lists.map(({ path }) => path)).to.deep.equal(['/apis/cluster.x-k8s.io/v1beta2/clusters', '/api/v1/secrets']);
  });

  it('ask of Secrets for nothing but their names', async () => {
    await discover(clusterApiClusters);
    const secrets = server.requests.find(({ path }) => path.endsWith('/secrets'));
    expect(secrets?.headers.accept).to.match(/as=PartialObjectMetadataList/);
    expect(secrets?.query.get('labelSelector')).to.equal('cluster.x-k8s.io/cluster-name');
  });

  it('are those that match, with a kubeconfig', async () => {
    cluster = await fleet([
      ['prod-eu', 'one'],
      ['prod-eu', 'skipped'],
      ['test', 'one'],
    ]);
    const without = (items: readonly KubeItem[]): KubeItem[] =>
      items.filter(({ metadata }) => metadata.name !== 'skipped-kubeconfig');
    const secrets = cluster.lists.get('/api/v1/secrets')!;
    cluster = {
      ...cluster,
      lists: new Map([...cluster.lists, ['/api/v1/secrets', { ...secrets, items: without(secrets.items) }]]),
    };
    const { items } = await discover(clusterApiClusters, { namespaces: 'prod-*' });
    expect(items).to.deep.equal([
      {
        id: 'prod-eu/one',
        group: 'prod-eu',
        values: {
          name: 'one',
          namespace: 'prod-eu',
          label: { region: 'eu' },
          version: '',
          control_plane: 'KubeadmControlPlane',
          infrastructure: 'DockerCluster',
          cluster_secret: { namespace: 'prod-eu', name: 'one-kubeconfig' },
        },
      },
    ]);
  });

  it('are those of the namespaces that may be read, when they are named one by one', async () => {
    cluster = await fleet([
      ['one', 'a'],
      ['two', 'b'],
    ]);
    fault = answerWith(({ path }) => path.includes('/namespaces/two/'), {
      status: 403,
      body: statusBody(403, 'clusters is forbidden'),
    });
    const { items, failures } = await discover(clusterApiClusters, { namespaces: ['one', 'two'] });
    expect(items.map(({ id }) => id)).to.deep.equal(['one/a']);
    expect(failures.map(({ reason, address }) => `${reason} ${address}`)).to.deep.equal(['forbidden two']);
  });

  it('are unknown when Secrets may not be listed', async () => {
    fault = answerWith(({ path }) => path.endsWith('/secrets'), {
      status: 403,
      body: statusBody(403, 'secrets is forbidden'),
    });
    expect((await failing(clusterApiClusters)).reason).to.equal('forbidden');
  });

  it('are unknown where Cluster API is not installed', async () => {
    cluster = { ...cluster, documents: new Map([['/apis', '{"kind":"APIGroupList","groups":[]}']]) };
    expect((await failing(clusterApiClusters)).reason).to.equal('not_found');
  });

  it('are those registered in Argo CD, without their credentials', async () => {
    const secret = (name: string, data: Readonly<Record<string, string>>): KubeItem & Record<string, unknown> => ({
      metadata: { name, namespace: 'argocd', labels: { ...TYPE, env: 'prod' } } as KubeItem['metadata'],
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, btoa(value)])),
    });
    const items = [
      secret('cluster-eu', { name: 'eu', server: 'https://eu.example.org', config: '{"bearerToken":"c4n4ry"}' }),
      secret('cluster-us', { name: 'us', server: 'https://us.example.org', config: '{}', project: 'web' }),
      secret('no-name', { server: 'https://x.example.org' }),
    ];
    const list = { apiVersion: 'v1', kind: 'SecretList', items };
    cluster = { ...cluster, lists: new Map([['/api/v1/secrets', list]]) };
    const found = await discover(argoCdClusters, { selector: 'env=prod', clusters: 'e*' });
    expect(found.items).to.deep.equal([
      {
        id: 'argocd/cluster-eu',
        group: 'argocd/cluster-eu',
        values: {
          name: 'eu',
          server: 'https://eu.example.org',
          project: '',
          label: { ...TYPE, env: 'prod' },
          cluster_secret: { namespace: 'argocd', name: 'cluster-eu', format: 'argo_cd' },
        },
      },
    ]);
    expect(found.failures.map(({ reason, address }) => `${reason} ${address}`)).to.deep.equal([
      'invalid argocd/no-name',
    ]);
    const request = server.requests.find(({ path }) => path.endsWith('/secrets'));
    expect(request?.path).to.equal('/api/v1/namespaces/argocd/secrets');
    expect(request?.query.get('labelSelector')).to.equal('argocd.argoproj.io/secret-type=cluster,env=prod');
  });
});

/** A management cluster with these Clusters, each with its kubeconfig Secret. */
async function fleet(clusters: readonly (readonly [namespace: string, name: string])[]): Promise<Cluster> {
  const recorded = await recordedFleet();
  const path = '/apis/cluster.x-k8s.io/v1beta2/clusters';
  const list = recorded.lists.get(path)!;
  const items = clusters.map(([namespace, name]) => ({
    ...list.items[0],
    metadata: { name, namespace, labels: { region: 'eu' } },
  }));
  const secrets = clusters.map(([namespace, name]) => ({ metadata: { name: `${name}-kubeconfig`, namespace } }));
  return {
    documents: new Map([...recorded.documents, ['/api/v1', JSON.stringify(CORE, null, 1)]]),
    lists: new Map([
      [path, { ...list, items }],
      ['/api/v1/secrets', { apiVersion: 'v1', kind: 'SecretList', items: secrets }],
    ]),
  };
}
