import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { argoCd } from '../../../checkers/argo-cd/index.ts';
import { flux } from '../../../checkers/flux/index.ts';
import type { Checker } from '../../../src/checker.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { gitopsCluster } from '../../support/gitops-cluster.ts';
import { startReplayServer, type Cluster } from '../../support/kube-replay-server.ts';
import { kubeconfig } from '../../support/kubernetes-sources.ts';
import { configMaps } from '../../support/small-cluster.ts';

/** What a field may hold when nobody validated it. */
const ODD: readonly unknown[] = [null, 0, true, 'text', [], {}, [null], [7], { a: null }];
const FIELDS = {
  Kustomization: [
    'path',
    'sourceRef',
    'targetNamespace',
    'namePrefix',
    'patches',
    'images',
    'components',
    'commonMetadata',
    'postBuild',
    'ignore',
    'suspend',
    'prune',
    'kubeConfig',
  ],
  HelmRelease: [
    'chart',
    'chartRef',
    'releaseName',
    'targetNamespace',
    'storageNamespace',
    'values',
    'valuesFrom',
    'postRenderers',
    'driftDetection',
  ],
  GitRepository: ['url', 'ref'],
  Application: ['source', 'sources', 'destination', 'project', 'ignoreDifferences', 'syncPolicy'],
} as const;

const SPECS = {
  Kustomization: { path: './sub', sourceRef: { kind: 'GitRepository', name: 'flux-system', namespace: 'flux-system' } },
  HelmRelease: { chart: { spec: { chart: 'x', sourceRef: { kind: 'HelmRepository', name: 'y' } } } },
  GitRepository: { url: 'https://git.example.org/x.git' },
  Application: {
    source: { repoURL: 'https://git.example.org/x.git', path: 'fleet/sub' },
    destination: { name: 'in-cluster', namespace: 'one' },
  },
};

/** Every field with every odd value, and specs that are odd as a whole. */
function oddObjects(kind: keyof typeof FIELDS, apiVersion: string): object[] {
  const specs = FIELDS[kind].flatMap((field) => ODD.map((value) => ({ ...SPECS[kind], [field]: value })));
  return [...specs, ...ODD].map((spec, index) => ({
    apiVersion,
    kind,
    metadata: { name: `odd-${index}`, namespace: 'flux-system' },
    spec,
  }));
}

describe('delivery tools’ objects that nobody validated', function () {
  this.timeout(120_000);

  const run = async (
    checker: Checker,
    options: object,
    cluster: Cluster,
    files: Readonly<Record<string, string>>,
  ): Promise<Sum> => {
    const server = await startReplayServer({ cluster });
    const context = await checkerContext({ sourceDir: '/' });
    const dir = join(context.dirs.temporary, 'source');
    try {
      for (const [name, text] of Object.entries({ ...files, kubeconfig: kubeconfig(server.url) })) {
        await mkdir(join(dir, name, '..'), { recursive: true });
        await writeFile(join(dir, name), text);
      }
      // Without the renderers: what is tried is what is read before them.
      const run: typeof context.run = (file) => context.run(`${file}-that-is-not-there`, []);
      const here = { ...context, source: { dir }, run };
      return await sumOfRun(checker, { kubeconfig: 'kubeconfig', qps: 1000, ...options }, here);
    } finally {
      await context.cleanup();
      await server.close();
    }
  };

  it('flux: each by itself, and the rest is compared', async () => {
    const odd = [
      ...oddObjects('Kustomization', 'kustomize.toolkit.fluxcd.io/v1'),
      ...oddObjects('HelmRelease', 'helm.toolkit.fluxcd.io/v2'),
      ...oddObjects('GitRepository', 'source.toolkit.fluxcd.io/v1'),
    ];
    const files = {
      'fleet/root/odd.yaml': odd.map((object) => JSON.stringify(object)).join('\n---\n'),
      'fleet/root/all.yaml': configMaps(4, 'one').join('---\n'),
      'sub/all.yaml': configMaps(1, 'two')[0] ?? '',
    };
    const git = { path: 'fleet/root', url: 'https://git.example.org/x.git' };
    const sum = await run(flux, { git }, gitopsCluster([], { one: 3, two: 1 }), files);
    expect(sum.drift.map(({ address }) => address)).to.include('ConfigMap/one/c3');
    expect(sum.failures.filter(({ reason }) => reason === 'internal')).to.deep.equal([]);
    expect(sum.failures.length).to.be.above(10);
  });

  it('argo-cd: each by itself, and the rest is compared', async () => {
    const odd = oddObjects('Application', 'argoproj.io/v1alpha1').filter(
      (object) => !Array.isArray((object as { spec?: unknown }).spec),
    );
    const whole = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'whole', namespace: 'argocd' },
      spec: SPECS.Application,
    };
    const kind = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      resource: 'applications',
      items: [...odd, whole],
    };
    const files = { 'fleet/sub/all.yaml': configMaps(4, 'one').join('---\n') };
    const git = { repositories: { 'https://git.example.org/x.git': '.' } };
    const sum = await run(argoCd, { git }, gitopsCluster([kind], { one: 3 }), files);
    expect(sum.drift.map(({ address }) => address)).to.deep.equal(['ConfigMap/one/c3']);
    expect(sum.failures.filter(({ reason }) => reason === 'internal')).to.deep.equal([]);
  });

  it('argo-cd and flux: statuses that are no statuses', async () => {
    const statuses = [
      'sync',
      'health',
      'resources',
      'conditions',
      'reconciledAt',
      'operationState',
      'history',
      'artifact',
    ].flatMap((field) => ODD.map((value) => ({ sync: { status: 'OutOfSync' }, [field]: value })));
    const items = [...statuses, ...ODD].map((status, index) => ({
      metadata: { name: `odd-${index}`, namespace: 'argocd', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: SPECS.Application,
      status,
    }));
    const apiVersion = 'argoproj.io/v1alpha1';
    const argo = gitopsCluster([{ apiVersion, kind: 'Application', resource: 'applications', items }]);
    const found = await run(argoCd, { status: {} }, argo, {});
    expect(found.failures.filter(({ reason }) => reason === 'internal')).to.deep.equal([]);
    expect(found.resources).to.be.above(0);
    const kustomize = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      resource: 'kustomizations',
      items,
    };
    const source = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      resource: 'gitrepositories',
      items,
    };
    const other = await run(flux, { status: {} }, gitopsCluster([kustomize, source]), {});
    expect(other.failures.filter(({ reason }) => reason === 'internal')).to.deep.equal([]);
    expect(other.resources).to.be.above(100);
  });
});
