import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { clusterApi } from '../../../checkers/cluster-api/index.ts';
import { conformanceTests, runChecker, type Scenario } from '../../../src/testing/index.ts';
import { createIgnoreRules } from '../../../src/run/ignore-rules.ts';
import {
  answerWith,
  startReplayServer,
  statusBody,
  type Cluster,
  type Fault,
  type ReplayServer,
} from '../../support/kube-replay-server.ts';
import { kubeconfig } from '../../support/kubernetes-sources.ts';
import { recordedFleet, type RecordedObject } from './recorded.ts';

const TOKEN = 'c4n4ry-bearer-token';

describe('checker cluster-api, as every checker', () => {
  let server: ReplayServer;
  let silent: Server;
  let cluster: Cluster;
  let fault: Fault = () => false;

  before(async () => {
    cluster = await recordedFleet();
    server = await startReplayServer({
      get cluster() {
        return cluster;
      },
      token: () => TOKEN,
      fault: (...args) => fault(...args),
    });
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });

  after(async () => {
    await server.close();
    silent.close();
  });

  const fleet =
    (edit?: (kind: string, object: RecordedObject) => RecordedObject | undefined, broken: Fault = () => false) =>
    async (dir: string): Promise<Readonly<Record<string, unknown>>> => {
      fault = broken;
      cluster = await recordedFleet(edit);
      await writeFile(join(dir, 'kubeconfig'), kubeconfig(server.url, { token: TOKEN }));
      return { kubeconfig: 'kubeconfig' };
    };

  const scenarios: readonly Scenario[] = [
    {
      title: 'a fleet whose machines are what their owners ask for',
      prepare: fleet(),
      expect: { status: 'in_sync', drifted: [] },
      secrets: [TOKEN],
      verify: ({ resources }) => expect(resources).to.equal(6),
    },
    {
      title: 'a machine that is gone, and a node that somebody patched',
      prepare: fleet((kind, object) =>
        object.metadata.name === 'eu-1-md-1' ? undefined : kind === 'Machine' ? patched(object) : object,
      ),
      expect: {
        status: 'drifted',
        drifted: ['cluster.x-k8s.io/MachineDeployment/prod/eu-1-md', 'prod/eu-1/Node/node-0', 'prod/eu-1/Node/node-2'],
      },
    },
    {
      title: 'a control plane that is not there',
      prepare: fleet((kind, object) => (kind === 'KubeadmControlPlane' ? undefined : object)),
      expect: { status: 'error', drifted: [], failures: ['not_found'] },
    },
    {
      title: 'machines that may not be listed are not taken for missing ones',
      prepare: fleet(
        undefined,
        answerWith(({ path }) => path.endsWith('/machines'), {
          status: 403,
          body: statusBody(403, 'machines is forbidden'),
        }),
      ),
      expect: { status: 'error', drifted: [], failures: ['forbidden'] },
    },
    {
      title: 'an answer that is no JSON',
      prepare: fleet(
        undefined,
        answerWith(({ path }) => path === '/apis', { status: 200, body: '<html>' }),
      ),
      expect: { status: 'error', drifted: [], failures: ['bad_output'] },
    },
  ];
  const tests = conformanceTests(clusterApi, {
    scenarios,
    slow: {
      prepare: async (dir) => {
        const { port } = silent.address() as AddressInfo;
        await writeFile(join(dir, 'kubeconfig'), kubeconfig(`http://127.0.0.1:${port}`));
        return { kubeconfig: 'kubeconfig', request_timeout_seconds: 600 };
      },
    },
    badOptions: {
      'a selector that is none': { selector: 'env in prod' },
      'no name of a cluster': { clusters: [] },
      'nodes of clusters behind a Secret behind a Secret': {
        nodes: true,
        cluster_secret: { namespace: 'a', name: 'b' },
      },
      'a page of no objects': { page_size: 0 },
    },
  });
  for (const { title, run } of tests) it(title, run);

  it('lets an ignore rule accept nodes patched in place until its expiry, and no longer', async () => {
    const rules = createIgnoreRules([
      {
        name: 'kubelet-cve-patch',
        match: { checker: 'cluster-api', type: 'Node', path: '/status/nodeInfo/kubeletVersion' },
        reason: 'patched in place; the images follow',
        owner: 'team-platform',
        expiresAt: '2026-12-31T23:59:59.999Z',
      },
    ]);
    const dir = await mkdtemp(join(tmpdir(), 'drift-capi-'));
    const options = await fleet((kind, object) => (kind === 'Machine' ? patched(object) : object))(dir);
    const { drift } = await runChecker(clusterApi, { options, source: dir });
    await rm(dir, { recursive: true });
    const left = (now: string): number =>
      drift.filter((one) => {
        const found = { check: 'fleet', checker: 'cluster-api', drift: one, now: new Date(now) };
        return rules.apply(found).drift !== undefined;
      }).length;
    expect(drift).to.have.lengthOf(3);
    expect(left('2026-12-31T00:00:00Z')).to.equal(0);
    expect(left('2027-01-01T00:00:00Z')).to.equal(3);
  });
});

function patched(object: RecordedObject): RecordedObject {
  const { nodeInfo } = object.status ?? {};
  return { ...object, status: { ...object.status, nodeInfo: { ...(nodeInfo as object), kubeletVersion: 'v1.30.5' } } };
}
