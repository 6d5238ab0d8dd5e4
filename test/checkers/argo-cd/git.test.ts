import { chmod } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { argoCd } from '../../../checkers/argo-cd/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { installCrds } from '../../support/install-crds.ts';
import type { KubeApiServer } from '../../support/kube-apiserver.ts';
import { openStage, type Stage } from '../../support/kube-stage.ts';
import { writeTree } from '../../support/kubernetes-sources.ts';
import { needs } from '../../support/skips.ts';
import { APPLICATIONS, APPLIED, NAMESPACES, REPOSITORIES, REPOSITORY } from './apps.ts';

/** Prints the chart's rendered.yaml with release and values put in. A stand-in: helm itself is not at hand. */
const HELM = `#!/bin/sh
[ "$1" = version ] && { echo v0.0.0-stand-in; exit 0; }
for last; do
  [ "$previous" = --values ] && colour=$(sed -n 's/.*"*colour"*: *"*\\([a-z]*\\).*/\\1/p' "$last" | grep . || echo "$colour")
  [ "$previous" = -- ] && release=$last
  previous=$last
done
sed -e "s/@colour@/$colour/" -e "s/@release@/$release/" "$last/rendered.yaml"
`;

const FAILURES: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'ignore rules that cannot be honoured',
    'bad-rule',
    'unsupported',
    /spec\.ignoreDifferences 0\.jqPathExpressions\.0/,
  ],
  ['a path that is not there', 'not-there', 'not_found', /missing: not in the source/],
  ['manifests that cannot be read', 'broken/bad.yaml', 'invalid', /document 1/],
];

const LEFT_OUT: readonly (readonly [string, string, RegExp])[] = [
  ['another cluster', 'Application/argocd/elsewhere', /another cluster \(other-cluster\)/],
  ['another repository', 'Application/argocd/foreign', /other\.git is not this source/],
  ['a chart that is not in git', 'Application/argocd/remote-chart', /chart web is not in git/],
  ['a commit that this is not', 'Application/argocd/pinned', /held at 1{40}/],
  ['what a plugin renders', 'Application/argocd/by-plugin', /a plugin renders it/],
  ['a hook', 'ConfigMap/hook', /Argo CD hook/],
  ['a jsonnet program', 'program.jsonnet', /jsonnet/],
];

/** `address action cause scope`, and the paths that changed. */
const DRIFT: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'what was added by hand, which Argo CD does not report',
    'apps/Deployment/plain/web update out_of_band argocd/plain',
    ['/spec/template/spec/containers/0/env/1'],
  ],
  ['what was changed by hand', 'ConfigMap/plain/config update out_of_band argocd/plain', ['/data/a']],
  ['what was deleted', 'ConfigMap/tree/b create unknown argocd/tree', []],
  [
    'what a kustomization is given',
    'apps/Deployment/built/p-web update out_of_band argocd/built',
    ['/spec/minReadySeconds'],
  ],
  ['what a chart renders', 'ConfigMap/charted/chart update out_of_band argocd/charted', ['/data/colour']],
  ['what comes from the second source', 'ConfigMap/several/a update out_of_band argocd/several', ['/data/colour']],
  [
    'only what the Application does not ignore',
    'apps/Deployment/ignoring/web update out_of_band argocd/ignoring',
    ['/spec/template/spec/containers/0/env/0/value'],
  ],
  ['what is tracked and git does not declare', 'ConfigMap/plain/stray delete unapplied argocd/plain', []],
];

describe('the argo-cd checker, comparing Applications itself', function () {
  this.timeout(600_000);
  let stage: Stage;
  let source: Awaited<ReturnType<typeof writeTree>>;
  let applied: Sum;
  let edited: Sum;

  before(async function () {
    if (process.env['KUBEBUILDER_ASSETS'] === undefined)
      needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
    source = await writeTree({ ...REPOSITORY, 'bin/helm': HELM });
    await chmod(join(source.dir, 'bin/helm'), 0o755);
    stage = await openStage({
      recording: new URL('git.json.br', import.meta.url),
      lists: [
        '/api/v1/configmaps',
        '/apis/apps/v1/deployments',
        '/apis/autoscaling/v2/horizontalpodautoscalers',
        '/apis/argoproj.io/v1alpha1/applications',
      ],
      documents: ['/apis', '/openapi/v3', '/apis/argoproj.io/v1alpha1'],
      moments: { applied: apply, edited: edit },
    });
    applied = await check(await stage.at('applied'));
    edited = await check(await stage.at('edited'));
  });

  after(async () => {
    await stage?.close();
    await source?.remove();
  });

  it('finds all of it in sync: directories, kustomizations, charts, several sources', () => {
    expect(applied.drift).to.deep.equal([]);
    expect(applied.resources).to.equal(11);
  });

  for (const [title, text, reason, message] of FAILURES) {
    it(`makes a failure of ${title}`, () => {
      const found = applied.failures.filter((failure) => failure.message.includes(text));
      expect(found.map((failure) => failure.reason)).to.deep.equal([reason]);
      expect(found[0]?.message).to.match(message);
    });
  }

  for (const [title, address, why] of LEFT_OUT) {
    it(`does not compare ${title}, and says so`, () => {
      const found = applied.notCompared.filter((one) => one.address.endsWith(address));
      expect(found.map((one) => one.why)).to.have.length.above(0);
      expect(found[0]?.why).to.match(why);
    });
  }

  it('fails in nothing else', () => {
    expect(applied.failures).to.have.length(FAILURES.length);
    expect(edited.failures).to.have.length(FAILURES.length);
  });

  for (const [title, address, paths] of DRIFT) {
    it(`finds ${title}`, () => {
      const found = edited.drift.filter((drift) => drift.address === address.split(' ', 1).join());
      expect(found.map(({ address: at, action, cause, scope }) => `${at} ${action} ${cause} ${scope}`)).to.deep.equal([
        address,
      ]);
      expect(found[0]?.changes.map(({ path }) => path)).to.deep.equal(paths);
    });
  }

  it('finds nothing beside', () => {
    expect(edited.drift.map(({ address }) => address).toSorted()).to.deep.equal(
      DRIFT.map(([, address]) => address.split(' ', 1).join()).toSorted(),
    );
  });

  it('looks for nothing undeclared when told not to', async () => {
    const { drift } = await check(await stage.at('edited'), { extra: false });
    expect(drift.filter(({ action }) => action === 'delete')).to.deep.equal([]);
  });

  async function check(kubeconfig: string, git: object = {}): Promise<Sum> {
    const path = [join(source.dir, 'bin'), process.env['KUBEBUILDER_ASSETS'] ?? '', process.env['PATH'] ?? ''];
    const context = await checkerContext({
      sourceDir: source.dir,
      revision: '2'.repeat(40),
      env: { PATH: path.join(delimiter) },
    });
    try {
      return await sumOfRun(argoCd, { kubeconfig, git: { repositories: REPOSITORIES, ...git } }, context);
    } finally {
      await context.cleanup();
    }
  }
});

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: object };
}

/** As Argo CD leaves them: with its mark, under its name. */
function tracked(text: string, namespace: string): unknown {
  const object = load(text) as Manifest;
  const group = object.apiVersion.includes('/') ? object.apiVersion.split('/', 1).join() : '';
  const id = `${namespace}:${group}/${object.kind}:${namespace}/${object.metadata.name}`;
  const annotations = { ...object.metadata.annotations, 'argocd.argoproj.io/tracking-id': id };
  return { ...object, metadata: { ...object.metadata, namespace, annotations } };
}

async function apply(server: KubeApiServer): Promise<void> {
  await installCrds(server, new URL('crds.json.br', import.meta.url));
  for (const name of ['argocd', ...NAMESPACES]) await server.kubectl(['create', 'namespace', name]);
  const objects = Object.entries(APPLIED).flatMap(([namespace, texts]) =>
    texts.map((text = '') => tracked(text, namespace)),
  );
  await send(server, ['apply', '--server-side', '--field-manager=argocd-controller'], objects);
  await send(server, ['create'], APPLICATIONS);
}

async function edit(server: KubeApiServer): Promise<void> {
  const patch = (namespace: string, name: string, body: object, by = 'kubectl-edit'): Promise<string> =>
    server.kubectl([
      '-n',
      namespace,
      'patch',
      name,
      '--type=merge',
      `--field-manager=${by}`,
      '-p',
      JSON.stringify(body),
    ]);
  await server.kubectl(['-n', 'plain', 'set', 'env', 'deployment/web', 'DEBUG=1']);
  await patch('plain', 'configmap/config', { data: { a: '2' } });
  await server.kubectl(['-n', 'tree', 'delete', 'configmap', 'b']);
  await patch('built', 'deployment/p-web', { spec: { minReadySeconds: 1 } });
  await patch('charted', 'configmap/chart', { data: { colour: 'black' } });
  await patch('several', 'configmap/a', { data: { colour: 'black' } });
  await server.kubectl(['-n', 'ignoring', 'scale', 'deployment/web', '--replicas=7']);
  await server.kubectl(['-n', 'ignoring', 'set', 'image', 'deployment/web', 'web=example.org/web:9']);
  await server.kubectl(['-n', 'ignoring', 'set', 'env', 'deployment/web', 'MODE=other']);
  await patch('ignoring', 'configmap/config', { data: { a: '3' } }, 'sidecar-writer');
  await patch('bad-rule', 'configmap/config', { data: { a: '4' } });
  const stray = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
  const copy = tracked(stray('stray'), 'plain') as { readonly metadata: object };
  const copied = { ...copy, metadata: { ...copy.metadata, name: 'copied-with-its-mark' } };
  await send(
    server,
    ['create', '--field-manager=argocd-controller'],
    [copy, copied, tracked(stray('unknown'), 'by-plugin')],
  );
}

async function send(server: KubeApiServer, args: readonly string[], items: readonly unknown[]): Promise<void> {
  await server.kubectl([...args, '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}
