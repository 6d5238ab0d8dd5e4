import { expect } from 'chai';
import { clusterApi } from '../../../checkers/cluster-api/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needsKubeApiServer, startKubeApiServer, type KubeApiServer } from '../../support/kube-apiserver.ts';
import { conditions, machineSpec, putCluster, running, setStatus } from './fleet.ts';
import { installClusterApi, RELEASES, type Release } from './management-cluster.ts';

for (const release of RELEASES) {
  describe(`The cluster-api checker, with the definitions of Cluster API ${release}`, function () {
    this.timeout(180_000);
    let server: KubeApiServer;

    before(async function () {
      server = await startKubeApiServer(needsKubeApiServer(this));
      await installClusterApi(server, release);
      await server.kubectl(['create', 'namespace', 'prod']);
      await putCluster(server, release);
    });

    after(() => server?.close());

    const check = async (options: Readonly<Record<string, unknown>> = {}): Promise<Sum> => {
      const context = await checkerContext({ sourceDir: server.dir });
      try {
        return await sumOfRun(clusterApi, { kubeconfig: server.kubeconfig, namespaces: 'prod', ...options }, context);
      } finally {
        await context.cleanup();
      }
    };

    it('finds a fleet in sync whose machines are what their owners ask for', async () => {
      const { drift, failures, notices, notCompared, resources } = await check();
      expect({ drift, failures, notices, notCompared }).to.deep.equal({
        drift: [],
        failures: [],
        notices: [],
        notCompared: [],
      });
      expect(resources).to.equal(6); // the Cluster, its control plane and MachineDeployment, three machines
    });

    it('does not judge what a controller has not looked at yet', async () => {
      await patch(server, 'machinedeployment', 'eu-1-md', { spec: { template: { spec: { version: 'v1.31.0' } } } });
      const { drift, notCompared } = await check();
      expect(drift).to.deep.equal([]);
      expect(notCompared.map(({ address, why }) => `${address}: ${why}`)).to.deep.equal([
        'cluster.x-k8s.io/MachineDeployment/prod/eu-1-md: its controller has acted on generation 1 of 2',
      ]);
    });

    it('tells machines of an older version than their MachineDeployment asks for', async () => {
      await setStatus(server, release, {
        kind: 'MachineDeployment',
        name: 'eu-1-md',
        status: { observedGeneration: 2 },
      });
      const { drift } = await check();
      expect(drift).to.deep.equal(
        ['eu-1-md-1', 'eu-1-md-2'].map((name) => ({
          address: `cluster.x-k8s.io/Machine/prod/${name}`,
          type: 'Machine',
          scope: 'prod/eu-1',
          action: 'replace',
          cause: 'unapplied',
          changes: [
            {
              op: 'replace',
              path: '/spec/version',
              live: { kind: 'known', value: 'v1.30.2' },
              desired: { kind: 'known', value: 'v1.31.0' },
            },
          ],
        })),
      );
      await patch(server, 'machinedeployment', 'eu-1-md', { spec: { template: { spec: { version: 'v1.30.2' } } } });
      await setStatus(server, release, {
        kind: 'MachineDeployment',
        name: 'eu-1-md',
        status: { observedGeneration: 3 },
      });
      expect((await check()).drift).to.deep.equal([]);
    });

    it('tells machines that were made from another template', async () => {
      const spec = machineSpec(release, 'v1.30.2', 'eu-1-md-b');
      await patch(server, 'machinedeployment', 'eu-1-md', { spec: { template: { spec } } });
      await setStatus(server, release, {
        kind: 'MachineDeployment',
        name: 'eu-1-md',
        status: { observedGeneration: 4 },
      });
      const { drift } = await check();
      expect(drift.map(({ address, changes }) => [address, changes.map(({ path }) => path)])).to.deep.equal([
        ['cluster.x-k8s.io/Machine/prod/eu-1-md-1', ['/spec/infrastructureRef', '/spec/bootstrap/configRef']],
        ['cluster.x-k8s.io/Machine/prod/eu-1-md-2', ['/spec/infrastructureRef', '/spec/bootstrap/configRef']],
      ]);
      await patch(server, 'machinedeployment', 'eu-1-md', {
        spec: { template: { spec: machineSpec(release, 'v1.30.2') } },
      });
      await setStatus(server, release, {
        kind: 'MachineDeployment',
        name: 'eu-1-md',
        status: { observedGeneration: 5 },
      });
    });

    it('tells what a control plane says of its machines, and leaves one that is updated in place alone', async () => {
      const status = (reason: string): Record<string, unknown> =>
        conditions(release, {
          type: 'UpToDate',
          status: 'False',
          reason,
          message: '* ClusterConfiguration is not up to date',
        });
      await setStatus(server, release, { kind: 'Machine', name: 'eu-1-cp-1', status: status('NotUpToDate') });
      const [behind] = (await check()).drift;
      expect(behind?.address).to.equal('cluster.x-k8s.io/Machine/prod/eu-1-cp-1');
      expect(behind?.changes[0]?.live).to.deep.equal({
        kind: 'known',
        value: '* ClusterConfiguration is not up to date',
      });
      await setStatus(server, release, { kind: 'Machine', name: 'eu-1-cp-1', status: status('Updating') });
      const updating = await check();
      expect(updating.drift).to.deep.equal([]);
      expect(updating.notices.map(({ kind }) => kind)).to.deep.equal(['deferred']);
      await setStatus(server, release, {
        kind: 'Machine',
        name: 'eu-1-cp-1',
        status: conditions(release, { type: 'UpToDate', status: 'True', reason: 'UpToDate' }),
      });
    });

    it('tells a node whose kubelet somebody patched in place', async () => {
      await setStatus(server, release, { kind: 'Machine', name: 'eu-1-md-1', status: running('node-1', 'v1.30.5') });
      const { drift } = await check();
      expect(drift.map(({ address, type, action, cause }) => ({ address, type, action, cause }))).to.deep.equal([
        { address: 'prod/eu-1/Node/node-1', type: 'Node', action: 'update', cause: 'out_of_band' },
      ]);
      await setStatus(server, release, { kind: 'Machine', name: 'eu-1-md-1', status: running('node-1', 'v1.30.2') });
    });

    it('tells failed machines and machines whose node is gone', async () => {
      await setStatus(server, release, { kind: 'Machine', name: 'eu-1-md-1', status: { phase: 'Failed' } });
      const gone = nodeCondition(release, { status: 'False', reason: 'NodeDeleted' });
      await setStatus(server, release, { kind: 'Machine', name: 'eu-1-md-2', status: gone });
      const { drift } = await check();
      expect(
        drift.map(({ address, changes }) => [address, changes.map(({ op, path }) => `${op} ${path}`)]),
      ).to.deep.equal([
        ['cluster.x-k8s.io/Machine/prod/eu-1-md-1', ['replace /status/phase']],
        ['cluster.x-k8s.io/Machine/prod/eu-1-md-2', ['add /status/nodeRef']],
      ]);
      await setStatus(server, release, { kind: 'Machine', name: 'eu-1-md-1', status: running('node-1', 'v1.30.2') });
      const back = nodeCondition(release, { status: 'True', reason: 'NodeReady' });
      await setStatus(server, release, { kind: 'Machine', name: 'eu-1-md-2', status: back });
    });

    it('tells that machines are missing', async () => {
      await server.kubectl(['delete', 'machine', '-n', 'prod', 'eu-1-md-2']);
      const { drift } = await check();
      expect(drift.map(({ address, changes }) => [address, changes[0]?.live, changes[0]?.desired])).to.deep.equal([
        ['cluster.x-k8s.io/MachineDeployment/prod/eu-1-md', { kind: 'known', value: 1 }, { kind: 'known', value: 2 }],
      ]);
    });

    it('says that a cluster is paused', async () => {
      await patch(server, 'cluster', 'eu-1', { spec: { paused: true } });
      await setStatus(server, release, { kind: 'Cluster', name: 'eu-1', status: { observedGeneration: 2 } });
      const { notices } = await check();
      expect(notices).to.deep.equal([
        {
          kind: 'suspended',
          message: 'paused: its controllers leave it as it is',
          address: 'cluster.x-k8s.io/Cluster/prod/eu-1',
        },
      ]);
    });

    it('compares the parts of a managed topology with its version', async () => {
      await patch(server, 'cluster', 'eu-1', { spec: { topology: topology(release, 'v1.31.0') } });
      await setStatus(server, release, { kind: 'Cluster', name: 'eu-1', status: { observedGeneration: 3 } });
      const { drift } = await check();
      expect(drift.map(({ address, changes }) => [address, changes.map(({ path }) => path)])).to.deep.equal([
        ['controlplane.cluster.x-k8s.io/KubeadmControlPlane/prod/eu-1-cp', ['/spec/version']],
        ['cluster.x-k8s.io/MachineDeployment/prod/eu-1-md', ['/spec/template/spec/version', '/spec/replicas']],
      ]);
    });

    it('says which kind it may not read, and judges the others', async () => {
      await server.kubectl([
        'create',
        'clusterrole',
        'some',
        '--verb=list',
        '--resource=clusters.cluster.x-k8s.io,machinesets.cluster.x-k8s.io,machines.cluster.x-k8s.io,kubeadmcontrolplanes.controlplane.cluster.x-k8s.io',
      ]);
      await server.kubectl(['create', 'clusterrolebinding', 'some', '--clusterrole=some', '--user=reader']);
      const { failures, drift } = await check({ context: 'reader' });
      expect(failures.map(({ reason, address }) => `${reason} ${address}`)).to.deep.equal([
        'forbidden cluster.x-k8s.io/MachineDeployment',
        'forbidden cluster.x-k8s.io/MachinePool',
      ]);
      expect(drift.map(({ type }) => type)).to.deep.equal(['KubeadmControlPlane']);
    });

    it('does not take a filter that matches nothing for a fleet in sync', async () => {
      const { failures } = await check({ clusters: 'us-*' });
      expect(failures.map(({ reason, message }) => `${reason}: ${message}`)).to.deep.equal([
        'not_found: no Cluster matches namespaces, clusters and selector',
      ]);
    });
  });
}

describe('The cluster-api checker, without Cluster API', function () {
  this.timeout(120_000);

  it('says that the definitions are not installed', async function () {
    const server = await startKubeApiServer(needsKubeApiServer(this));
    const context = await checkerContext({ sourceDir: server.dir });
    try {
      const { failures } = await sumOfRun(clusterApi, { kubeconfig: server.kubeconfig }, context);
      expect(failures.map(({ reason, message }) => `${reason}: ${message}`)).to.deep.equal([
        'not_found: the server does not know cluster.x-k8s.io/Cluster: its CustomResourceDefinition is not installed',
      ]);
    } finally {
      await context.cleanup();
      await server.close();
    }
  });
});

/** v1beta1 has conditions of its own beside those of v1beta2: either may say it. */
function nodeCondition(
  release: Release,
  { status, reason }: { readonly status: string; readonly reason: string },
): Record<string, unknown> {
  if (release === 'v1.12.0') return conditions(release, { type: 'NodeReady', status, reason });
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  return {
    conditions: [
      status === 'True'
        ? { type: 'NodeHealthy', status, lastTransitionTime }
        : { type: 'NodeHealthy', status, severity: 'Error', reason: 'NodeNotFound', lastTransitionTime },
    ],
  };
}

function topology(release: Release, version: string): unknown {
  return release === 'v1.9.9' ? { class: 'default', version } : { classRef: { name: 'default' }, version };
}

async function patch(server: KubeApiServer, resource: string, name: string, change: unknown): Promise<void> {
  await server.kubectl(['patch', resource, '-n', 'prod', name, '--type=merge', '-p', JSON.stringify(change)]);
}
