import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { helm } from '../../../checkers/helm/index.ts';
import { conformanceTests } from '../../../src/testing/index.ts';
import { checkerContext, sumOfRun } from '../../support/checker-context.ts';
import { helmRecord } from '../../support/helm-record.ts';
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
import { useSilentServer } from '../../support/silent-server.ts';
import { configMaps, smallCluster } from '../../support/small-cluster.ts';

const TOKEN = 'c4n4ry-bearer-token';
const VALUE = 'c4n4ry-helm-value';

/** Releases of the ConfigMaps that a small cluster has. */
function clusterWith(records: readonly Record<string, unknown>[], objects: Readonly<Record<string, number>>): Cluster {
  const { documents, lists } = smallCluster(objects);
  const secrets = { apiVersion: 'v1', kind: 'SecretList', items: records as unknown as readonly KubeItem[] };
  return { documents, lists: new Map([...lists, ['/api/v1/secrets', secrets]]) };
}

const release = (manifest: string, more: object = {}): Record<string, unknown> =>
  helmRecord({ name: 'shop', namespace: 'one', manifest, values: { password: VALUE }, ...more });

describe('checker helm, as every checker', () => {
  const servers: ReplayServer[] = [];
  const silent = useSilentServer();

  after(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });

  const at =
    (cluster: Cluster, fault: Fault = () => false) =>
    async (dir: string): Promise<Readonly<Record<string, unknown>>> => {
      const server = await startReplayServer({ cluster, fault, token: () => TOKEN });
      servers.push(server);
      await writeFile(join(dir, 'kubeconfig'), kubeconfig(server.url, { token: TOKEN }));
      return { kubeconfig: 'kubeconfig' };
    };

  const tests = conformanceTests(helm, {
    scenarios: [
      {
        title: 'a release as Helm applied it',
        prepare: at(clusterWith([release(configMaps(3, 'one').join('---\n'))], { one: 3 })),
        expect: { status: 'in_sync', drifted: [] },
        secrets: [TOKEN, VALUE],
      },
      {
        title: 'a release with an object that is gone',
        prepare: at(clusterWith([release(configMaps(4, 'one').join('---\n'))], { one: 3 })),
        expect: { status: 'drifted', drifted: ['ConfigMap/one/c3'] },
        secrets: [VALUE],
      },
      {
        title: 'a record that cannot be read beside one that can',
        prepare: at(
          clusterWith(
            [
              { ...release(''), metadata: { ...(release('')['metadata'] as object), namespace: 'two' }, data: {} },
              release(configMaps(4, 'one').join('---\n')),
            ],
            { one: 3 },
          ),
        ),
        expect: { status: 'error', drifted: ['ConfigMap/one/c3'], failures: ['bad_output'] },
      },
      {
        title: 'Secrets that may not be listed',
        prepare: at(
          smallCluster({ one: 1 }),
          answerWith(({ path }) => path.endsWith('/secrets'), { status: 403, body: statusBody(403, 'no') }),
        ),
        expect: { status: 'error', failures: ['forbidden'] },
      },
      {
        title: 'a release that is upgraded while it is read',
        prepare: at(
          clusterWith([release(configMaps(4, 'one').join('---\n'))], { one: 3 }),
          answerWith(({ query }) => query.get('labelSelector') === 'owner=helm,status=deployed', {
            status: 200,
            body: '{"kind":"SecretList","apiVersion":"v1","metadata":{},"items":[]}',
          }),
        ),
        expect: { status: 'error', drifted: [], failures: ['stale'] },
      },
      {
        title: 'a cluster without releases',
        prepare: at(clusterWith([], { one: 1 })),
        expect: { status: 'error', failures: ['not_found'] },
      },
      {
        title: 'a server that is not there',
        prepare: async (dir) => {
          await writeFile(join(dir, 'kubeconfig'), kubeconfig('http://127.0.0.1:1'));
          return { kubeconfig: 'kubeconfig' };
        },
        expect: { status: 'error', failures: ['unreachable'] },
      },
    ],
    slow: {
      prepare: async (dir) => {
        await writeFile(join(dir, 'kubeconfig'), kubeconfig(silent.url()));
        return { kubeconfig: 'kubeconfig', request_timeout_seconds: 600 };
      },
    },
    badOptions: {
      'a storage driver that the cluster does not have': { storage: 'sql' },
      'no namespace': { namespaces: [] },
      'an ignore rule that is no JSON Pointer': {
        ignore_differences: [{ kind: 'Deployment', jsonPointers: ['spec.replicas'] }],
      },
    },
  });
  for (const { title, run } of tests) it(title, run);

  it('reads five hundred releases in LISTs whose number does not grow with their revisions', async () => {
    const records = Array.from({ length: 500 }, (_, index) => {
      const name = `shop-${index}`;
      const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${index}}\ndata: {key: value}\n`;
      return [1, 2, 3, 4, 5].map((revision) =>
        release(manifest, { name, revision, status: revision === 5 ? 'deployed' : 'superseded' }),
      );
    }).flat();
    const server = await startReplayServer({ cluster: clusterWith(records, { one: 500 }) });
    servers.push(server);
    const context = await checkerContext({ sourceDir: '/' });
    try {
      const config = join(context.dirs.temporary, 'kubeconfig');
      await writeFile(config, kubeconfig(server.url));
      const sum = await sumOfRun(helm, { kubeconfig: config, qps: 1000 }, context);
      expect(sum.failures).to.deep.equal([]);
      expect(sum.drift).to.deep.equal([]);
      expect(sum.resources).to.equal(500);
    } finally {
      await context.cleanup();
    }
    const lists = server.requests.filter(({ path }) => path.endsWith('s') && path !== '/apis');
    const opened = lists.filter(({ query }) => query.get('labelSelector') === 'owner=helm,status=deployed');
    const surveyed = lists.filter(({ query }) => query.get('labelSelector') === 'owner=helm');
    expect([surveyed.length, opened.length]).to.deep.equal([5, 50]);
    expect(surveyed.every(({ headers }) => headers.accept?.includes('PartialObjectMetadataList'))).to.equal(true);
    expect(server.requests.every(({ method }) => method === 'GET')).to.equal(true);
    expect(lists).to.have.length(5 + 50 + 1);
  });
});
