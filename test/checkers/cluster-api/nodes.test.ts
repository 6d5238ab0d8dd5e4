import { expect } from 'chai';
import { clusterApi } from '../../../checkers/cluster-api/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needsKubeApiServer, startKubeApiServer, type KubeApiServer } from '../../support/kube-apiserver.ts';
import { putCluster, running } from './fleet.ts';
import { create, installClusterApi, kubeconfigOf, kubeconfigSecret } from './management-cluster.ts';

const ZONE = 'zone.node.cluster.x-k8s.io/rack';

describe('The cluster-api checker, with the nodes of a workload cluster', function () {
  this.timeout(180_000);
  let management: KubeApiServer;
  let workload: KubeApiServer;

  before(async function () {
    const assets = needsKubeApiServer(this);
    [management, workload] = await Promise.all([startKubeApiServer(assets), startKubeApiServer(assets)]);
    await installClusterApi(management, 'v1.12.0');
    await management.kubectl(['create', 'namespace', 'prod']);
    await putCluster(management, 'v1.12.0');
    for (const machine of ['eu-1-cp-1', 'eu-1-md-1', 'eu-1-md-2'])
      await management.kubectl(['label', 'machine', '-n', 'prod', machine, `${ZONE}=r1`, 'team=own']);
    for (const node of ['node-0', 'node-1', 'node-2']) await putNode(workload, node);
    const kubeconfig = await kubeconfigOf(workload, 'admin-token');
    await create(management, kubeconfigSecret({ namespace: 'prod', name: 'eu-1' }, kubeconfig));
  });

  after(() => Promise.all([management?.close(), workload?.close()]));

  const check = async (): Promise<Sum> => {
    const context = await checkerContext({ sourceDir: management.dir });
    try {
      return await sumOfRun(clusterApi, { kubeconfig: management.kubeconfig, nodes: true }, context);
    } finally {
      await context.cleanup();
    }
  };

  it('finds nodes in sync that are as their machines say, whatever else they carry', async () => {
    const { drift, failures, resources } = await check();
    expect({ drift, failures, resources }).to.deep.equal({ drift: [], failures: [], resources: 6 });
  });

  it('tells a kubelet and a label that were changed on the node, before Cluster API has noticed', async () => {
    await patchNode(workload, 'node-1', { status: { nodeInfo: nodeInfo('v1.30.5') } }, 'status');
    await patchNode(workload, 'node-1', { metadata: { labels: { [ZONE]: 'r2' } } });
    await patchNode(workload, 'node-2', { metadata: { labels: { [ZONE]: null } } });
    const { drift } = await check();
    expect(drift.map(({ address, cause, changes }) => ({ address, cause, changes }))).to.deep.equal([
      {
        address: 'prod/eu-1/Node/node-1',
        cause: 'out_of_band',
        changes: [
          {
            op: 'replace',
            path: '/status/nodeInfo/kubeletVersion',
            live: { kind: 'known', value: 'v1.30.5' },
            desired: { kind: 'known', value: 'v1.30.2' },
          },
          {
            op: 'replace',
            path: '/metadata/labels/zone.node.cluster.x-k8s.io~1rack',
            live: { kind: 'known', value: 'r2' },
            desired: { kind: 'known', value: 'r1' },
          },
        ],
      },
      {
        address: 'prod/eu-1/Node/node-2',
        cause: 'out_of_band',
        changes: [
          {
            op: 'add',
            path: '/metadata/labels/zone.node.cluster.x-k8s.io~1rack',
            desired: { kind: 'known', value: 'r1' },
          },
        ],
      },
    ]);
  });

  it('tells a node that is gone', async () => {
    await workload.kubectl(['delete', 'node', 'node-2']);
    const { drift } = await check();
    expect(drift.map(({ address }) => address)).to.deep.equal([
      'prod/eu-1/Node/node-1',
      'cluster.x-k8s.io/Machine/prod/eu-1-md-2',
    ]);
  });

  it('says of which cluster it cannot read the nodes, and judges the rest', async () => {
    await management.kubectl(['delete', 'secret', '-n', 'prod', 'eu-1-kubeconfig']);
    const { drift, failures, resources } = await check();
    expect(drift).to.deep.equal([]);
    expect(resources).to.equal(6);
    expect(failures.map(({ reason, address }) => `${reason} ${address}`)).to.deep.equal([
      'not_found cluster.x-k8s.io/Cluster/prod/eu-1',
    ]);
  });
});

async function putNode(server: KubeApiServer, name: string): Promise<void> {
  const labels = { [ZONE]: 'r1', 'kubernetes.io/os': 'linux', team: 'somebody' };
  await create(server, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
  await patchNode(server, name, { status: { nodeInfo: nodeInfo('v1.30.2') } }, 'status');
}

function nodeInfo(version: string): unknown {
  return running('', version)['nodeInfo'];
}

async function patchNode(server: KubeApiServer, name: string, change: unknown, subresource?: string): Promise<void> {
  const part = subresource === undefined ? [] : [`--subresource=${subresource}`];
  await server.kubectl(['patch', 'node', name, ...part, '--type=merge', '-p', JSON.stringify(change)]);
}
