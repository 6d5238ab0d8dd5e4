import { load } from 'js-yaml';
import { expect } from 'chai';
import { helm } from '../../../checkers/helm/index.ts';
import { splitDocuments } from '../../../checkers/kubernetes/desired/split-documents.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { helmRecord } from '../../support/helm-record.ts';
import type { KubeApiServer } from '../../support/kube-apiserver.ts';
import { openStage, type Stage } from '../../support/kube-stage.ts';
import { skipOptional } from '../../support/skips.ts';
import { untilAllowed } from '../../support/until-allowed.ts';
import { CASES, RELEASE, WEB, type HelmCase } from './cases.ts';

/** A release whose records are ConfigMaps, and one whose objects live in another namespace than its record. */
const OTHERS = ['by-configmap', 'by-flux', 'by-flux-target'];

describe('the helm checker, on what a real API server answers', function () {
  this.timeout(600_000);
  let stage: Stage;
  let fresh: Sum;
  let edited: Sum;
  let configMaps: Sum;

  before(async () => {
    stage = await openStage({
      recording: new URL('recording.json.br', import.meta.url),
      lists: [
        ...['configmaps', 'namespaces', 'secrets', 'serviceaccounts', 'services'].map((name) => `/api/v1/${name}`),
        '/apis/apps/v1/deployments',
        '/apis/batch/v1/jobs',
        '/apis/autoscaling/v2/horizontalpodautoscalers',
        '/apis/rbac.authorization.k8s.io/v1/clusterroles',
      ],
      documents: ['/openapi/v3'],
      moments: { installed: install, changed: change },
    });
    fresh = await check(await stage.at('installed'), {
      namespaces: names(({ drift, failures }) => drift === undefined || failures === undefined),
    });
    const changed = await stage.at('changed');
    edited = await check(changed, { extra: true });
    configMaps = await check(changed, { storage: 'configmap' });
  });

  after(() => stage?.close());

  it('finds every release in sync after its installation', () => {
    const isQuiet = ({ isAbsent, beside }: HelmCase): boolean => isAbsent !== true && beside === undefined;
    const quiet = new Set(CASES.filter(isQuiet).map(({ id }) => id));
    expect(fresh.drift.filter(({ scope }) => quiet.has(scope?.split('/')[0] ?? ''))).to.deep.equal([]);
    expect(fresh.resources).to.be.above(50);
  });

  for (const one of CASES) {
    it(`finds ${one.title}`, () => {
      const mine = ({ scope = '' }: { readonly scope?: string }): boolean => scope === `${one.id}/${RELEASE}`;
      const drift = edited.drift.filter(mine);
      expect(drift.map(brief)).to.deep.equal([...(one.drift ?? [])]);
      const said = (list: readonly { address?: string; message: string }[]): readonly { message: string }[] =>
        list.filter(
          ({ message, address = '' }) => message.includes(`${one.id}/web`) || address.includes(`/${one.id}/`),
        );
      matchAll(
        said(edited.failures).map((failure) => [(failure as { reason?: string }).reason, failure.message]),
        one.failures,
      );
      matchAll(
        said(edited.notices).map((notice) => [(notice as { kind?: string }).kind, notice.message]),
        one.notices,
      );
      matchAll(
        edited.notCompared.filter(mine).map(({ address, why }) => [address, why]),
        one.notCompared,
      );
    });
  }

  it('says nothing beside, and no secret', () => {
    const beside = edited.drift.filter(({ scope }) => scope === 'by-flux-target/web');
    expect(edited.drift).to.have.length(CASES.reduce((sum, { drift = [] }) => sum + drift.length, beside.length));
    expect(edited.failures).to.have.length(CASES.reduce((sum, { failures = [] }) => sum + failures.length, 0));
    expect(JSON.stringify(edited)).to.not.include('c4n4ry');
  });

  it('reads records that are ConfigMaps', () => {
    expect(configMaps.failures).to.deep.equal([]);
    expect(configMaps.drift.map(brief)).to.deep.equal([
      ['ConfigMap/by-configmap/web update out_of_band human', ['/data/colour']],
    ]);
  });

  it('places objects where the release is, not where its record is', async () => {
    const sum = await check(await stage.at('changed'), { namespaces: 'by-flux' });
    expect(sum.failures).to.deep.equal([]);
    expect(sum.drift.map(({ address, scope }) => [address, scope])).to.deep.equal([
      ['apps/Deployment/by-flux-target/web', 'by-flux-target/web'],
    ]);
  });

  it('looks at the namespaces and releases that the options name', async () => {
    const kubeconfig = await stage.at('changed');
    const one = await check(kubeconfig, { namespaces: ['image', 'scaled'] });
    expect(one.drift.map(({ scope }) => scope)).to.have.members(['image/web', 'scaled/web']);
    const globs = await check(kubeconfig, { namespaces: { include: ['i*', 's*'], exclude: 'sc*' }, releases: 'w?b' });
    expect(globs.drift.map(({ scope }) => scope)).to.have.members(['image/web', 'secret/web']);
    const none = await check(kubeconfig, { releases: 'other-*' });
    expect(none.failures.map(({ reason }) => reason)).to.deep.equal(['not_found']);
    expect(none.failures[0]?.message).to.include('no Helm release in the namespaces');
  });

  it('says that Secrets may not be listed, and takes nothing for gone', async function () {
    if (!stage.isReal) skipOptional(this, 'the replay server allows everything; KUBEBUILDER_ASSETS is not set');
    const sum = await check(await stage.at('changed'), { context: 'reader' });
    expect(sum.failures.map(({ reason }) => reason)).to.deep.equal(['forbidden']);
    expect(sum.failures[0]?.message).to.include('cannot list resource "secrets"');
    expect(sum.drift).to.deep.equal([]);
  });

  it('needs no more than to list, in the namespaces that are named', async function () {
    if (!stage.isReal) skipOptional(this, 'the replay server allows everything; KUBEBUILDER_ASSETS is not set');
    const resources = ['secrets', 'configmaps', 'services', 'serviceaccounts', 'deployments.apps'].join(',');
    await stage.kubectl(['-n', 'image', 'create', 'role', 'lister', '--verb=list', `--resource=${resources}`]);
    await stage.kubectl(['-n', 'image', 'create', 'rolebinding', 'lister', '--role=lister', '--user=reader']);
    await untilAllowed(stage.kubectl, ['list', 'deployments.apps', '--namespace=image']);
    const named = await check(await stage.at('changed'), { context: 'reader', namespaces: 'image' });
    expect(named.failures).to.deep.equal([]);
    expect(named.drift.map(({ address }) => address)).to.deep.equal(['apps/Deployment/image/web']);
    const more = await check(await stage.at('changed'), { context: 'reader', namespaces: ['image', 'scaled'] });
    expect(more.failures.map(({ reason, message }) => `${reason}: ${message}`.slice(0, 70))).to.deep.equal([
      'forbidden: secrets may not be listed in 1 of 2 namespaces (scaled): GE',
    ]);
  });
});

function names(isWanted: (one: HelmCase) => boolean): string[] {
  return CASES.filter(isWanted).map(({ id }) => id);
}

function brief({ address, action, cause, actor, changes }: Sum['drift'][number]): [string, string[]] {
  return [`${address} ${action} ${cause} ${actor?.class ?? '-'}`, changes.map(({ path }) => path)];
}

function matchAll(
  found: readonly (readonly [string | undefined, string])[],
  wanted: readonly (readonly [string, RegExp])[] = [],
): void {
  expect(found.map(([what]) => what)).to.deep.equal(wanted.map(([what]) => what));
  for (const [index, [, message]] of found.entries()) expect(message).to.match(wanted[index]![1]);
}

async function check(kubeconfig: string, options: Readonly<Record<string, unknown>>): Promise<Sum> {
  const context = await checkerContext({ sourceDir: '/' });
  try {
    return await sumOfRun(helm, { kubeconfig, ...options }, context);
  } finally {
    await context.cleanup();
  }
}

interface Manifest {
  metadata: { readonly labels?: object; readonly annotations?: object };
}

async function install(server: KubeApiServer): Promise<void> {
  const namespaces = [...CASES.map(({ id }) => id), ...OTHERS].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  await create(server, namespaces);
  const objects = CASES.flatMap((one) => [
    ...(one.isAbsent === true ? [] : installed(one.manifest ?? WEB, one.id)),
    ...installed(one.beside ?? '', one.id),
  ]);
  const records = CASES.flatMap(
    ({
      id,
      manifest = WEB,
      records = [helmRecord({ name: RELEASE, namespace: id, manifest, values: { password: 'c4n4ry-value' } })],
    }) => records,
  );
  const byConfigMap = helmRecord({ name: RELEASE, namespace: 'by-configmap', manifest: WEB, driver: 'configmap' });
  const byFlux = helmRecord({ name: RELEASE, namespace: 'by-flux', manifest: WEB, releaseNamespace: 'by-flux-target' });
  const others = [...installed(WEB, 'by-configmap'), ...installed(WEB, 'by-flux-target')];
  await create(server, [...objects, ...others, ...records, byConfigMap, byFlux]);
}

/** As Helm leaves them: with its marks, under its name. */
function installed(text: string, namespace: string): Manifest[] {
  return splitDocuments(text).flatMap((document) => {
    let object: Manifest;
    try {
      object = load(document.text) as Manifest;
    } catch {
      return [];
    }
    const { labels = {}, annotations = {}, ...metadata } = object.metadata;
    return [
      {
        ...object,
        metadata: {
          namespace,
          ...metadata,
          labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' },
          annotations: {
            ...annotations,
            'meta.helm.sh/release-name': RELEASE,
            'meta.helm.sh/release-namespace': namespace,
          },
        },
      },
    ];
  });
}

async function create(server: KubeApiServer, items: readonly unknown[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await server.kubectl(['create', '--field-manager=helm', '-f', '-'], { input });
}

async function change(server: KubeApiServer): Promise<void> {
  for (const { id, mutate = [] } of CASES) {
    for (const args of mutate) await server.kubectl(['-n', id, ...args]);
  }
  await server.kubectl(['-n', 'by-configmap', 'patch', 'configmap/web', '-p', '{"data":{"colour":"red"}}']);
  await server.kubectl(['-n', 'by-flux-target', 'scale', 'deployment/web', '--replicas=7']);
}
