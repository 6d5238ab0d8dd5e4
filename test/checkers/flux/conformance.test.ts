import { flux } from '../../../checkers/flux/index.ts';
import { conformanceTests } from '../../../src/testing/index.ts';
import { gitopsCluster } from '../../support/gitops-cluster.ts';
import { gitopsScenarios } from '../../support/gitops-scenarios.ts';
import { answerWith, statusBody, type Cluster } from '../../support/kube-replay-server.ts';
import { useSilentServer } from '../../support/silent-server.ts';
import { configMaps, smallCluster } from '../../support/small-cluster.ts';

const TOKEN = 'c4n4ry-bearer-token';
const now = (): string => new Date().toISOString();

/** A Kustomization of the version before the last, as its controller leaves it. */
const kustomization = (lastAppliedRevision: string): object => ({
  metadata: { name: 'apps', namespace: 'flux-system', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { interval: '10m', sourceRef: { kind: 'GitRepository', name: 'fleet' } },
  status: {
    observedGeneration: 1,
    lastAppliedRevision,
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now() }],
  },
});

const fleet = {
  metadata: { name: 'fleet', namespace: 'flux-system' },
  spec: { interval: '1m' },
  status: { artifact: { revision: 'main/abc', lastUpdateTime: '2026-01-01T00:00:00Z' } },
};

const running = (lastAppliedRevision: string): Cluster =>
  gitopsCluster(
    [
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1beta2',
        kind: 'GitRepository',
        resource: 'gitrepositories',
        items: [fleet],
      },
      {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1beta2',
        kind: 'Kustomization',
        resource: 'kustomizations',
        items: [kustomization(lastAppliedRevision)],
      },
    ],
    { one: 3 },
  );

/** A Kustomization's path with plain manifests, and nothing of Flux in the cluster. */
const tree = (count: number): Readonly<Record<string, string>> => ({
  'fleet/apps/all.yaml': configMaps(count, 'one').join('---\n'),
});

describe('checker flux, as every checker', () => {
  const { at, elsewhere } = gitopsScenarios(TOKEN);
  const silent = useSilentServer();

  const forbidden = answerWith(({ path }) => path.endsWith('/kustomizations'), {
    status: 403,
    body: statusBody(403, 'kustomizations is forbidden'),
  });

  const tests = conformanceTests(flux, {
    scenarios: [
      {
        title: 'Flux at rest',
        prepare: at(running('main/abc'), { status: {} }),
        expect: { status: 'in_sync', drifted: [] },
        secrets: [TOKEN],
      },
      {
        title: 'a Kustomization that is behind',
        prepare: at(running('main/old'), { status: {} }),
        expect: { status: 'drifted', drifted: ['kustomize.toolkit.fluxcd.io/Kustomization/flux-system/apps'] },
      },
      {
        title: 'Kustomizations that may not be listed',
        prepare: at(running('main/abc'), { status: {} }, { fault: forbidden }),
        expect: { status: 'error', drifted: [], failures: ['forbidden'] },
      },
      {
        title: 'a cluster without Flux',
        prepare: at(gitopsCluster([]), { status: {} }),
        expect: { status: 'error', failures: ['not_found'] },
        verify: ({ failures }) => {
          if (failures[0]?.message.startsWith('Flux is not installed') !== true) throw new Error(failures[0]?.message);
        },
      },
      {
        title: 'what Flux would apply, where it is',
        prepare: at(smallCluster({ one: 3 }), { git: { path: 'fleet' } }, { files: tree(3) }),
        expect: { status: 'in_sync', drifted: [] },
        secrets: [TOKEN],
      },
      {
        title: 'what Flux would apply, where something is gone',
        prepare: at(smallCluster({ one: 3 }), { git: { path: 'fleet' } }, { files: tree(4) }),
        expect: { status: 'drifted', drifted: ['ConfigMap/one/c3'] },
      },
      {
        title: 'a place that Flux begins at, with nothing in it',
        prepare: at(smallCluster({ one: 3 }), { git: { path: 'fleet' } }, { files: { 'fleet/readme.md': 'x' } }),
        expect: { status: 'error', failures: ['not_found'] },
      },
      {
        title: 'a server that is not there',
        prepare: elsewhere('http://127.0.0.1:1'),
        expect: { status: 'error', failures: ['unreachable'] },
      },
    ],
    slow: { prepare: (dir) => elsewhere(silent.url())(dir) },
    badOptions: {
      'neither status nor git': {},
      'both status and git': { status: {}, git: { path: '.' } },
      'no interval at all': { status: { intervals: 0 } },
      'a grace that is no duration': { status: { grace: 'soon' } },
      'a source without its namespace': { git: { path: '.', sources: { fleet: '.' } } },
    },
  });
  for (const { title, run } of tests) it(title, run);
});
