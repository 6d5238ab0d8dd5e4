import { expect } from 'chai';
import { flux } from '../../../checkers/flux/index.ts';
import { FLUX_KINDS } from '../../../checkers/flux/status/flux-kinds.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { installCrds } from '../../support/install-crds.ts';
import type { KubeApiServer } from '../../support/kube-apiserver.ts';
import { openStage, type Stage } from '../../support/kube-stage.ts';
import { shownRole } from '../../support/shown-role.ts';
import { skipOptional } from '../../support/skips.ts';
import { untilAllowed } from '../../support/until-allowed.ts';
import { EVENT_MESSAGE, EVENTS, NAMESPACE, STATUS_CASES } from './status-cases.ts';

const VERSIONS: Readonly<Record<string, string>> = {
  'source.toolkit.fluxcd.io': 'v1',
  'kustomize.toolkit.fluxcd.io': 'v1',
  'helm.toolkit.fluxcd.io': 'v2',
};

describe('the flux checker, on Flux’s objects as a real API server has them', function () {
  this.timeout(600_000);
  let stage: Stage;
  let sum: Sum;

  before(async () => {
    stage = await openStage({
      recording: new URL('status.json.br', import.meta.url),
      lists: [
        '/api/v1/events',
        ...FLUX_KINDS.map(({ group, resource }) => `/apis/${group}/${VERSIONS[group]}/${resource}`),
      ],
      documents: ['/apis', ...Object.entries(VERSIONS).map(([group, version]) => `/apis/${group}/${version}`)],
      moments: { installed: install, 'in use': use },
    });
    const installed = await check(await stage.at('installed'));
    expect(installed.failures.map(({ reason }) => reason)).to.deep.equal(['not_found']);
    expect(installed.failures[0]?.message).to.include('Flux has nothing to do');
    sum = await check(await stage.at('in use'));
  });

  after(() => stage?.close());

  for (const one of STATUS_CASES) {
    it(`finds ${one.title}`, () => {
      const own = ({ address = '' }: { readonly address?: string }): boolean =>
        `${address}/`.includes(`/${one.kind}/${NAMESPACE}/${one.id}/`);
      expect(sum.drift.filter(own).map(brief)).to.deep.equal([...(one.drift ?? [])]);
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

  it('says nothing beside', () => {
    expect(sum.resources).to.equal(STATUS_CASES.length);
    expect(sum.drift).to.have.length(STATUS_CASES.reduce((all, { drift = [] }) => all + drift.length, 0));
    expect(sum.failures).to.have.length(STATUS_CASES.reduce((all, { failures = [] }) => all + failures.length, 0));
    expect(new Set(sum.drift.map(({ address }) => address)).size).to.equal(sum.drift.length);
  });

  it('takes what is not ready for a failure once its grace is over', async () => {
    const { failures } = await check(await stage.at('in use'), { grace: '0s' });
    const found = failures.filter(({ address }) => address?.endsWith('/build-failed') === true);
    expect(found.map(({ reason, message }) => [reason, message])).to.deep.equal([
      ['invalid', 'not ready: BuildFailed: kustomize build failed'],
    ]);
  });

  it('takes what was not looked at for several intervals for a failure', async () => {
    const { failures } = await check(await stage.at('in use'), { grace: '0s', intervals: 1 });
    const found = failures.filter(({ reason }) => reason === 'stale');
    expect(found.map(({ address }) => address)).to.deep.equal([
      `kustomize.toolkit.fluxcd.io/Kustomization/${NAMESPACE}/stale`,
    ]);
    expect(found[0]?.message).to.match(/^last reconciled \d+ s ago; its interval is 0 s$/);
  });

  it('looks at the namespaces that the options name', async () => {
    const none = await check(await stage.at('in use'), { namespaces: 'elsewhere' });
    expect(none.failures.map(({ reason }) => reason)).to.deep.equal(['not_found']);
    const globs = await check(await stage.at('in use'), { namespaces: { include: 'flux-*' } });
    expect(globs.resources).to.equal(STATUS_CASES.length);
    const named = await check(await stage.at('in use'), { namespaces: NAMESPACE });
    expect(named.drift.map(brief)).to.deep.equal(sum.drift.map(brief));
  });

  it('makes a failure of each kind that may not be listed', async function () {
    if (!stage.isReal) skipOptional(this, 'the replay server allows everything; KUBEBUILDER_ASSETS is not set');
    const found = await check(await stage.at('in use'), {}, { context: 'reader' });
    expect(found.drift).to.deep.equal([]);
    expect(found.failures.map(({ reason, address }) => [reason, address])).to.deep.equal(
      FLUX_KINDS.map(({ group, kind }) => ['forbidden', `${group}/${kind}`]),
    );
    expect(found.notices.map(({ message }) => message).join('\n')).to.include('events may not be listed');
  });

  it('needs no more than the role that its page shows', async function () {
    if (!stage.isReal) skipOptional(this, 'the replay server allows everything; KUBEBUILDER_ASSETS is not set');
    await stage.kubectl(['apply', '-f', '-'], { input: await shownRole('flux') });
    await stage.kubectl([
      'create',
      'clusterrolebinding',
      'shown',
      '--clusterrole=drift-exporter-flux',
      '--user=reader',
    ]);
    await untilAllowed(stage.kubectl, ['list', 'events', '--all-namespaces']);
    const found = await check(await stage.at('in use'), {}, { context: 'reader' });
    expect(found.drift.map(brief)).to.deep.equal(sum.drift.map(brief));
    expect(found.failures).to.have.length(sum.failures.length);
    expect(found.notices).to.have.length(sum.notices.length);
  });
});

function brief({ address, action, cause, changes }: Sum['drift'][number]): [string, string[]] {
  return [`${address} ${action} ${cause}`, changes.map(({ path }) => path)];
}

function matchAll(
  found: readonly (readonly [string, string])[],
  wanted: readonly (readonly [string, RegExp])[] = [],
): void {
  expect(found.map(([what]) => what)).to.deep.equal(wanted.map(([what]) => what));
  for (const [index, [, message]] of found.entries()) expect(message).to.match(wanted[index]![1]);
}

async function check(kubeconfig: string, status: object = {}, more: object = {}): Promise<Sum> {
  const context = await checkerContext({ sourceDir: '/' });
  try {
    return await sumOfRun(flux, { kubeconfig, status: { grace: '1h', ...status }, ...more }, context);
  } finally {
    await context.cleanup();
  }
}

async function install(server: KubeApiServer): Promise<void> {
  await installCrds(server, new URL('crds.json.br', import.meta.url));
}

async function use(server: KubeApiServer): Promise<void> {
  await server.kubectl(['create', 'namespace', NAMESPACE]);
  const objects = STATUS_CASES.map(({ id, kind, spec }) => {
    const group = FLUX_KINDS.find((known) => known.kind === kind)?.group ?? '';
    return { apiVersion: `${group}/${VERSIONS[group]}`, kind, metadata: { name: id, namespace: NAMESPACE }, spec };
  });
  await create(server, [...objects, ...EVENTS.map(eventOf)]);
  for (const { id, kind, status } of STATUS_CASES) {
    if (status === undefined) continue;
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
    await server.kubectl(['-n', NAMESPACE, 'patch', kind, id, '--field-manager=flux', ...patch]);
  }
}

function eventOf({ of, reason, minutesAgo }: (typeof EVENTS)[number], index: number): object {
  const at = new Date(Date.now() - minutesAgo * 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${of}.${index}`, namespace: NAMESPACE },
    involvedObject: { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', name: of, namespace: NAMESPACE },
    type: 'Warning',
    reason,
    message: EVENT_MESSAGE,
    lastTimestamp: at,
    firstTimestamp: at,
  };
}

async function create(server: KubeApiServer, items: readonly unknown[]): Promise<void> {
  await server.kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}
