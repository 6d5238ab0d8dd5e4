import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { flux } from '../../../checkers/flux/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { helmRecord } from '../../support/helm-record.ts';
import { installCrds } from '../../support/install-crds.ts';
import type { KubeApiServer } from '../../support/kube-apiserver.ts';
import { openStage, type Stage } from '../../support/kube-stage.ts';
import { writeTree } from '../../support/kubernetes-sources.ts';
import { needs } from '../../support/skips.ts';
import { APPLIED, FLEET, INPUTS, PODINFO } from './fleet.ts';

const GROUPS = ['source.toolkit.fluxcd.io/v1', 'kustomize.toolkit.fluxcd.io/v1', 'helm.toolkit.fluxcd.io/v2'];

/** Prints the chart's rendered.yaml with the values put in. A stand-in: helm itself is not at hand. */
const HELM = `#!/bin/sh
[ "$1" = version ] && { echo v0.0.0-stand-in; exit 0; }
for last; do [ "$previous" = --values ] && values=$last; previous=$last; done
value() { sed -n "s/.*\\"$1\\": *\\"\\{0,1\\}\\([^\\",}]*\\).*/\\1/p" "$values"; }
sed -e "s/@replicas@/$(value replicas)/" -e "s/@greeting@/$(value greeting)/" "$last/rendered.yaml"
`;

const FAILURES: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'a path that is not there',
    'Kustomization/flux-system/broken',
    'not_found',
    /Kustomization flux-system\/broken: not-there: not in the source/,
  ],
  [
    'variables that are not there',
    'Kustomization/flux-system/no-variables',
    'missing_variable',
    /Secret flux-system\/not-there is not in the cluster/,
  ],
  ['an expression that is none', 'ConfigMap bad', 'invalid', /its variables: .*closing brace/],
];

const LEFT_OUT: readonly (readonly [string, string, RegExp])[] = [
  ['what is for another cluster', 'Kustomization/flux-system/remote', /for another cluster/],
  [
    'what does not come from git',
    'Kustomization/flux-system/from-oci',
    /OCIRepository flux-system\/manifests is no git repository/,
  ],
  ['what git switched off', 'ConfigMap/infra/disabled', /reconcile: disabled/],
  ['what only has to exist', 'ConfigMap/infra/once', /IfNotPresent/],
  ['what Flux never touches', 'ConfigMap/infra/ignored', /ssa: Ignore/],
  ['what SOPS encrypted', 'Secret/infra/sealed', /encrypted with SOPS/],
  [
    'a chart from a repository of charts',
    'HelmRelease/releases/podinfo',
    /HelmRepository podinfo, not from git: compared with what Helm last applied/,
  ],
  ['a release that is not installed', 'HelmRelease/releases/absent', /and it is not in the cluster/],
];

/** `address action cause scope`, and the paths that changed. */
const DRIFT: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'replicas that a variable gives',
    'apps/Deployment/shop/web-blue update out_of_band flux-system/apps',
    ['/spec/replicas', '/spec/template/spec/containers/0/env/1/value'],
  ],
  ['what a plain manifest says', 'ConfigMap/infra/plain update out_of_band flux-system/infra', ['/data/colour']],
  ['what was deleted', 'ConfigMap/infra/more create unknown flux-system/infra', []],
  ['what git declares no more', 'ConfigMap/infra/stray delete unapplied flux-system/infra', []],
  [
    'what is to be merged, without what others put beside',
    'ConfigMap/infra/merged update out_of_band flux-system/infra',
    ['/data/colour'],
  ],
  [
    'a Kustomization that was suspended live',
    'kustomize.toolkit.fluxcd.io/Kustomization/flux-system/infra update out_of_band flux-system/flux-system',
    ['/spec/suspend'],
  ],
  [
    'only what a Kustomization does not ignore',
    'ConfigMap/infra/tolerant update out_of_band flux-system/tolerant',
    ['/data/beside'],
  ],
  ['what Helm installed', 'ConfigMap/releases/podinfo update out_of_band releases/podinfo', ['/data/colour']],
  ['what a chart in git installs', 'ConfigMap/shop/local update out_of_band shop/shop-local', ['/data/replicas']],
];

describe('the flux checker, on what Flux would apply from git', function () {
  this.timeout(600_000);
  let stage: Stage;
  let source: Awaited<ReturnType<typeof writeTree>>;
  let applied: Sum;
  let edited: Sum;
  let unpacked: Sum;

  before(async function () {
    if (process.env['KUBEBUILDER_ASSETS'] === undefined)
      needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
    source = await writeTree({ ...FLEET, 'bin/helm': HELM });
    await chmod(join(source.dir, 'bin/helm'), 0o755);
    stage = await openStage({
      recording: new URL('git.json.br', import.meta.url),
      lists: [
        '/api/v1/configmaps',
        '/api/v1/secrets',
        '/apis/apps/v1/deployments',
        '/apis/autoscaling/v2/horizontalpodautoscalers',
        '/apis/source.toolkit.fluxcd.io/v1/gitrepositories',
        '/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations',
        '/apis/helm.toolkit.fluxcd.io/v2/helmreleases',
      ],
      documents: [
        '/openapi/v3',
        ...GROUPS.map((group) => `/apis/${group}`),
        ...GROUPS.map((group) => `/openapi/v3/apis/${group}`),
      ],
      moments: { applied: apply, edited: edit },
    });
    applied = await check(await stage.at('applied'));
    edited = await check(await stage.at('edited'));
    unpacked = await check(await stage.at('edited'), { path: 'infra' });
  });

  after(async () => {
    await stage?.close();
    await source?.remove();
  });

  it('finds all of it in sync: builds, patches, images, components, namespaces, variables, releases', () => {
    expect(applied.drift).to.deep.equal([]);
    expect(applied.resources).to.be.above(20);
  });

  for (const [title, address, reason, message] of FAILURES) {
    it(`makes a failure of ${title}`, () => {
      const found = applied.failures.filter(
        (failure) => failure.message.includes(address) || failure.address?.includes(address),
      );
      expect(found.map((failure) => failure.reason)).to.deep.equal([reason]);
      expect(found[0]?.message).to.match(message);
    });
  }

  it('makes no other failure', () => {
    expect(applied.failures).to.have.length(FAILURES.length);
    expect(edited.failures).to.have.length(FAILURES.length);
  });

  for (const [title, address, why] of LEFT_OUT) {
    it(`does not compare ${title}, and says so`, () => {
      const found = applied.notCompared.filter((one) => one.address.includes(address));
      expect(found.map((one) => one.why)).to.have.length(1);
      expect(found[0]?.why).to.match(why);
    });
  }

  it('leaves nothing else out', () => {
    expect(applied.notCompared.map(({ address }) => address)).to.have.length(LEFT_OUT.length);
  });

  it('says what is suspended and what is sealed', () => {
    const said = applied.notices.map(({ kind, address, message }) => `${kind} ${address} ${message}`);
    expect(said.filter((text) => text.startsWith('suspended'))).to.have.length(1);
    expect(said.filter((text) => text.includes('Secret/infra/sealed encrypted with SOPS'))).to.have.length(1);
  });

  for (const [title, address, paths] of DRIFT) {
    it(`finds ${title}`, () => {
      const found = edited.drift.filter((drift) => drift.address === address.split(' ')[0]);
      expect(found.map(({ address: at, action, cause, scope }) => `${at} ${action} ${cause} ${scope}`)).to.deep.equal([
        address,
      ]);
      expect(found[0]?.changes.map(({ path }) => path)).to.deep.equal(paths);
    });
  }

  it('finds nothing beside, and tells no secret', () => {
    expect(edited.drift.map(({ address }) => address).toSorted()).to.deep.equal(
      DRIFT.map(([, address]) => address.split(' ', 1).join()).toSorted(),
    );
    expect(JSON.stringify(edited)).to.not.include('c4n4ry');
  });

  it('needs no kustomize for plain manifests, and tells their lines', () => {
    const found = unpacked.drift.find(({ address }) => address === 'ConfigMap/infra/plain');
    expect(found?.origin).to.deep.equal({ file: 'infra/plain.yaml', line: 1 });
  });

  it('knows this source by its URL, whatever way it is written', async () => {
    const kubeconfig = await stage.at('edited');
    const by = (url: string): Promise<Sum> => check(kubeconfig, { sources: {}, url });
    const known = await by('https://git.example.org/fleet');
    expect(known.drift.map(({ address }) => address)).to.deep.equal(edited.drift.map(({ address }) => address));
    const unknown = await by('https://git.example.org/other');
    expect(unknown.notCompared.filter(({ why }) => why.includes('is not this source'))).to.have.length(9);
  });

  it('looks for nothing that is to be pruned when told not to', async () => {
    const { drift } = await check(await stage.at('edited'), { prune: false });
    expect(drift.filter(({ action }) => action === 'delete')).to.deep.equal([]);
  });

  it('compares releases with their records where there is no helm', async () => {
    const { notCompared, drift } = await check(await stage.at('edited'), {}, { PATH: process.env['PATH'] ?? '' });
    const said = notCompared.filter(({ address }) => address.endsWith('HelmRelease/releases/local'));
    if (said.length > 0) expect(said[0]?.why).to.include('helm is not on PATH: and it is not in the cluster');
    expect(drift.some(({ address }) => address === 'ConfigMap/releases/podinfo')).to.equal(true);
  });

  it('fails as a whole where Flux begins nowhere', async () => {
    const { failures } = await check(await stage.at('edited'), { path: 'clusters/none' });
    expect(failures.map(({ phase, reason }) => `${phase} ${reason}`)).to.deep.equal(['source not_found']);
  });

  async function check(kubeconfig: string, git: object = {}, env?: Readonly<Record<string, string>>): Promise<Sum> {
    const path = [join(source.dir, 'bin'), process.env['KUBEBUILDER_ASSETS'] ?? '', process.env['PATH'] ?? ''];
    const context = await checkerContext({ sourceDir: source.dir, env: env ?? { PATH: path.join(delimiter) } });
    try {
      return await sumOfRun(flux, { kubeconfig, git: { path: 'clusters/prod', ...git } }, context);
    } finally {
      await context.cleanup();
    }
  }

  async function apply(server: KubeApiServer): Promise<void> {
    await installCrds(server, new URL('crds.json.br', import.meta.url));
    for (const name of ['flux-system', 'shop', 'infra', 'releases'])
      await server.kubectl(['create', 'namespace', name]);
    const tree = join(source.dir, 'applied');
    await mkdir(tree);
    await writeFile(join(tree, 'applied.yaml'), APPLIED);
    const files = Object.keys(FLEET).filter((file) => /^clusters\/.*(?<!kustomization)\.yaml$/.test(file));
    const own = files.flatMap((file) => ['-f', join(source.dir, file)]);
    await server.kubectl(['apply', '--server-side', '--field-manager=kustomize-controller', ...own, '-f', tree]);
    await server.kubectl(['create', '-f', '-'], { input: INPUTS });
    const record = helmRecord({ name: 'podinfo', namespace: 'releases', manifest: PODINFO });
    await server.kubectl(['create', '-f', '-'], { input: JSON.stringify(record) });
    await server.kubectl(['-n', 'releases', 'create', '--field-manager=helm-controller', '-f', '-'], {
      input: PODINFO,
    });
  }
});

async function edit(server: KubeApiServer): Promise<void> {
  const patch = (namespace: string, name: string, body: object): Promise<string> =>
    server.kubectl([
      '-n',
      namespace,
      'patch',
      name,
      '--type=merge',
      '--field-manager=kubectl-edit',
      '-p',
      JSON.stringify(body),
    ]);
  await server.kubectl(['-n', 'shop', 'scale', 'deployment/web-blue', '--replicas=5']);
  await server.kubectl(['-n', 'shop', 'set', 'env', 'deployment/web-blue', 'GREETING=c4n4ry-live']);
  await patch('infra', 'configmap/plain', { data: { colour: 'red' } });
  await patch('infra', 'configmap/once', { data: { colour: 'red' } });
  await patch('infra', 'configmap/ignored', { data: { colour: 'red' } });
  await patch('infra', 'configmap/merged', { data: { colour: 'red', beside: 'x' } });
  await patch('flux-system', 'kustomization/infra', { spec: { suspend: true } });
  await patch('infra', 'configmap/tolerant', { data: { colour: 'red', beside: 'x' } });
  await patch('releases', 'configmap/podinfo', { data: { colour: 'red', size: '2' } });
  await patch('shop', 'configmap/local', { data: { replicas: '6' } });
  await server.kubectl(['-n', 'infra', 'delete', 'configmap', 'more']);
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'infra',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
  };
  const marked = (name: string, annotations: object): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'infra', labels, annotations },
  });
  const items = [marked('stray', {}), marked('kept', { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' })];
  await server.kubectl(['create', '--field-manager=kustomize-controller', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
}
