import { expect } from 'chai';
import { argoCd } from '../../../checkers/argo-cd/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { installCrds } from '../../support/install-crds.ts';
import type { KubeApiServer } from '../../support/kube-apiserver.ts';
import { openStage, type Stage } from '../../support/kube-stage.ts';
import { shownRole } from '../../support/shown-role.ts';
import { skipOptional } from '../../support/skips.ts';
import { untilAllowed } from '../../support/until-allowed.ts';
import { NAMESPACE, SETS, SPEC, STATUS_CASES } from './status-cases.ts';

const API = '/apis/argoproj.io/v1alpha1';

describe('the argo-cd checker, on Applications as a real API server has them', function () {
  this.timeout(600_000);
  let stage: Stage;
  let sum: Sum;

  before(async () => {
    stage = await openStage({
      recording: new URL('status.json.br', import.meta.url),
      lists: [`${API}/applications`, `${API}/applicationsets`],
      documents: ['/apis', API],
      moments: { installed: install, 'in use': use },
    });
    const installed = await check(await stage.at('installed'));
    expect(installed.failures.map(({ message }) => message)).to.deep.equal(['no Application is where the options say']);
    sum = await check(await stage.at('in use'));
  });

  after(() => stage?.close());

  for (const one of STATUS_CASES) {
    it(`finds ${one.title}`, () => {
      const scope = `${NAMESPACE}/${one.id}`;
      const own = ({ address }: { readonly address?: string }): boolean =>
        address === `argoproj.io/Application/${scope}`;
      expect(sum.drift.filter((drift) => drift.scope === scope).map(brief)).to.deep.equal([...(one.drift ?? [])]);
      matchAll(
        sum.failures.filter(own).map(({ reason, message }) => [reason, message]),
        one.failures,
      );
      matchAll(
        sum.notices.filter(own).map(({ kind, message }) => [kind, message]),
        one.notices,
      );
      expect(sum.notCompared.filter(own)).to.have.length(one.notCompared ?? 0);
    });
  }

  for (const { name, drift = [], failures, notices } of SETS) {
    it(`reads the ApplicationSet ${name}`, () => {
      const own = ({ address }: { readonly address?: string }): boolean =>
        address === `argoproj.io/ApplicationSet/${NAMESPACE}/${name}`;
      const missing = sum.drift.filter(({ type, scope }) => type === 'Application' && scope === `${NAMESPACE}/${name}`);
      expect(missing.filter(({ action }) => action === 'create').map(brief)).to.deep.equal([...drift]);
      matchAll(
        sum.failures.filter(own).map(({ reason, message }) => [reason, message]),
        failures,
      );
      matchAll(
        sum.notices.filter(own).map(({ kind, message }) => [kind, message]),
        notices,
      );
    });
  }

  it('says nothing beside', () => {
    const all = [...STATUS_CASES, ...SETS];
    expect(sum.drift).to.have.length(all.reduce((found, { drift = [] }) => found + drift.length, 0));
    expect(sum.failures).to.have.length(all.reduce((found, { failures = [] }) => found + failures.length, 0));
    expect(new Set(sum.drift.map(({ address }) => address)).size).to.equal(sum.drift.length);
  });

  it('takes an Application that was never compared for a failure once its grace is over', async () => {
    const { failures } = await check(await stage.at('in use'), { status: { grace: '0s' } });
    const found = failures.filter(({ address }) => address === `argoproj.io/Application/${NAMESPACE}/new`);
    expect(found.map(({ reason, message }) => `${reason}: ${message}`)).to.deep.equal([
      'stale: never compared; expected at least every 1800 s',
    ]);
  });

  it('looks at the Applications that the options name', async () => {
    const kubeconfig = await stage.at('in use');
    const found = async (options: object): Promise<(string | undefined)[]> =>
      (await check(kubeconfig, { status: { application_sets: false }, ...options })).drift.map(({ scope }) => scope);
    expect(await found({ applications: ['edit*', 'behind'] })).to.have.members(['argocd/edited', 'argocd/behind']);
    expect(
      await found({ namespaces: NAMESPACE, applications: { include: 'multi-*', exclude: '*-behind' } }),
    ).to.have.members(['argocd/multi-edited']);
    const none = await check(kubeconfig, { projects: 'other' });
    expect(none.failures.map(({ reason }) => reason)).to.deep.equal(['not_found']);
  });

  it('says that Applications may not be listed', async function () {
    if (!stage.isReal) skipOptional(this, 'the replay server allows everything; KUBEBUILDER_ASSETS is not set');
    const { drift, failures } = await check(await stage.at('in use'), { context: 'reader' });
    expect(drift).to.deep.equal([]);
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['forbidden']);
    expect(failures[0]?.message).to.include('cannot list resource "applications"');
  });

  it('needs no more than the role that its page shows', async function () {
    if (!stage.isReal) skipOptional(this, 'the replay server allows everything; KUBEBUILDER_ASSETS is not set');
    await stage.kubectl(['apply', '-f', '-'], { input: await shownRole('argo-cd') });
    await stage.kubectl([
      'create',
      'clusterrolebinding',
      'shown',
      '--clusterrole=drift-exporter-argo-cd',
      '--user=reader',
    ]);
    await untilAllowed(stage.kubectl, ['list', 'applicationsets.argoproj.io', '--all-namespaces']);
    const found = await check(await stage.at('in use'), { context: 'reader' });
    expect(found.drift.map(brief)).to.deep.equal(sum.drift.map(brief));
    expect(found.failures).to.have.length(sum.failures.length);
    expect(found.notices).to.have.length(sum.notices.length);
  });
});

function brief({ address, action, cause }: Sum['drift'][number]): string {
  return `${address} ${action} ${cause}`;
}

function matchAll(
  found: readonly (readonly [string, string])[],
  wanted: readonly (readonly [string, RegExp])[] = [],
): void {
  expect(found.map(([what]) => what)).to.deep.equal(wanted.map(([what]) => what));
  for (const [index, [, message]] of found.entries()) expect(message).to.match(wanted[index]![1]);
}

async function check(kubeconfig: string, options: object = {}): Promise<Sum> {
  const context = await checkerContext({ sourceDir: '/' });
  try {
    return await sumOfRun(argoCd, { kubeconfig, status: { grace: '1h' }, ...options }, context);
  } finally {
    await context.cleanup();
  }
}

async function install(server: KubeApiServer): Promise<void> {
  await installCrds(server, new URL('crds.json.br', import.meta.url));
}

async function use(server: KubeApiServer): Promise<void> {
  await server.kubectl(['create', 'namespace', NAMESPACE]);
  const apiVersion = 'argoproj.io/v1alpha1';
  const applications = STATUS_CASES.map(({ id, spec = SPEC, annotations, status }) => ({
    apiVersion,
    kind: 'Application',
    metadata: { name: id, namespace: NAMESPACE, annotations },
    spec,
    status,
  }));
  const sets = SETS.map(({ name }) => ({
    apiVersion,
    kind: 'ApplicationSet',
    metadata: { name, namespace: NAMESPACE },
    spec: { generators: [], template: { metadata: { name: 'x' }, spec: SPEC } },
  }));
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...applications, ...sets] });
  await server.kubectl(['create', '-f', '-'], { input });
  for (const { name, status } of SETS) {
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
    await server.kubectl(['-n', NAMESPACE, 'patch', 'applicationset', name, ...patch]);
  }
}
