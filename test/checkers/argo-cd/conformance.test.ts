import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argoCd } from '../../../checkers/argo-cd/index.ts';
import { conformanceTests } from '../../../src/testing/index.ts';
import { gitopsCluster } from '../../support/gitops-cluster.ts';
import { gitopsScenarios } from '../../support/gitops-scenarios.ts';
import { answerWith, statusBody, type Cluster } from '../../support/kube-replay-server.ts';
import { kubeconfig } from '../../support/kubernetes-sources.ts';
import { useSilentServer } from '../../support/silent-server.ts';
import { configMaps } from '../../support/small-cluster.ts';

const TOKEN = 'c4n4ry-bearer-token';
const URL = 'https://git.example.org/apps.git';

const application = (status: string): object => ({
  metadata: { name: 'web', namespace: 'argocd', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    project: 'default',
    source: { repoURL: URL, path: 'web', targetRevision: 'main' },
    destination: { server: 'https://kubernetes.default.svc', namespace: 'one' },
    syncPolicy: { automated: {} },
  },
  status: {
    sync: { status, revision: 'abc' },
    health: { status: 'Healthy' },
    reconciledAt: new Date().toISOString(),
    resources: [{ kind: 'ConfigMap', namespace: 'one', name: 'c0', status }],
  },
});

const running = (status: string): Cluster =>
  gitopsCluster(
    [
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        resource: 'applications',
        items: [application(status)],
      },
    ],
    { one: 3 },
  );

const manifests = (count: number): Readonly<Record<string, string>> => ({
  'web/all.yaml': configMaps(count, 'one').join('---\n'),
});

describe('checker argo-cd, as every checker', () => {
  const { at, elsewhere, start } = gitopsScenarios(TOKEN);
  const silent = useSilentServer();

  const git = { git: { repositories: { [URL]: '.' } } };
  const forbidden = answerWith(({ path }) => path.endsWith('/applications'), {
    status: 403,
    body: statusBody(403, 'applications is forbidden'),
  });

  const tests = conformanceTests(argoCd, {
    scenarios: [
      {
        title: 'an Application that is synced, in a version without ApplicationSets',
        prepare: at(running('Synced'), { status: {} }),
        expect: { status: 'in_sync', drifted: [] },
        secrets: [TOKEN],
      },
      {
        title: 'an Application that is out of sync',
        prepare: at(running('OutOfSync'), { status: {} }),
        expect: { status: 'drifted', drifted: ['argocd/web/ConfigMap/one/c0'] },
      },
      {
        title: 'an Application that Argo CD cannot compare',
        prepare: at(running('Unknown'), { status: {} }),
        expect: { status: 'error', drifted: [], failures: ['task_failed'] },
      },
      {
        title: 'Applications that may not be listed',
        prepare: at(running('Synced'), { status: {} }, { fault: forbidden }),
        expect: { status: 'error', failures: ['forbidden'] },
      },
      {
        title: 'a cluster without Argo CD',
        prepare: at(gitopsCluster([]), { status: {} }),
        expect: { status: 'error', failures: ['not_found'] },
        verify: ({ failures }) => {
          if (failures[0]?.message.startsWith('Argo CD is not installed') !== true)
            throw new Error(failures[0]?.message);
        },
      },
      {
        title: 'an Application compared with git, and as git has it',
        prepare: at(running('OutOfSync'), git, { files: manifests(3) }),
        expect: { status: 'in_sync', drifted: [] },
        secrets: [TOKEN],
      },
      {
        title: 'an Application compared with git, with something gone that Argo CD does not miss',
        prepare: at(running('Synced'), git, { files: manifests(4) }),
        expect: { status: 'drifted', drifted: ['ConfigMap/one/c3'] },
      },
      {
        title: 'an Application of an Argo CD in another cluster',
        prepare: async (dir) => {
          const options = await at(gitopsCluster([], { one: 3 }), {}, { files: manifests(4) })(dir);
          const argo = await start(running('Synced'));
          await writeFile(join(dir, 'argo'), kubeconfig(argo.url));
          return { ...options, git: { ...git.git, applications_from: { kubeconfig: 'argo' } } };
        },
        expect: { status: 'drifted', drifted: ['ConfigMap/one/c3'] },
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
      'both status and git': { status: {}, ...git },
      'no repository': { git: { repositories: {} } },
      'a limit that is no duration': { status: { stale_after: 30 } },
      'no destination': { git: { repositories: { [URL]: '.' }, destinations: [] } },
    },
  });
  for (const { title, run } of tests) it(title, run);
});
