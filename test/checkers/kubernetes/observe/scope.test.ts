import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubernetes } from '../../../../checkers/kubernetes/index.ts';
import { parseLabelSelector } from '../../../../checkers/kubernetes/live/label-selector.ts';
import { checkerContext, sumOfRun, type Sum } from '../../../support/checker-context.ts';
import {
  recordedCluster,
  startReplayServer,
  type Cluster,
  type ReplayServer,
} from '../../../support/kube-replay-server.ts';
import { loadCorpus } from '../../../support/kubernetes-corpus.ts';
import { kubeconfig, writeTree } from '../../../support/kubernetes-sources.ts';

describe('which objects are compared', () => {
  let recorded: Cluster;
  let server: ReplayServer;
  let source: Awaited<ReturnType<typeof writeTree>>;
  /** Lists that stand in for recorded ones. */
  const live = new Map<string, { apiVersion: string; kind: string; items: ReturnType<typeof configMap>[] }>();

  before(async () => {
    recorded = recordedCluster(await loadCorpus(), 'ssa', 'before');
    source = await writeTree({});
    const lists = { get: (path: string) => live.get(path) ?? recorded.lists.get(path) } as Cluster['lists'];
    server = await startReplayServer({ cluster: { documents: recorded.documents, lists } });
    await writeFile(join(source.dir, 'kubeconfig'), kubeconfig(server.url));
  });

  beforeEach(() => {
    server.requests.length = 0;
    live.clear();
    live.set('/api/v1/configmaps', { apiVersion: 'v1', kind: 'ConfigMapList', items: [] });
  });

  after(async () => {
    await server.close();
    await source.remove();
  });

  it('gives namespaced objects the namespace of the options, the context, or default, and others none', async () => {
    const text = [
      manifest('ConfigMap', 'a'),
      manifest('ConfigMap', 'b', 'own'),
      manifest('Namespace', 'ns', 'odd'),
    ].join('---\n');
    expect(addresses(await check(text))).to.deep.equal(['ConfigMap/default/a', 'ConfigMap/own/b', 'Namespace/ns']);
    expect(addresses(await check(text, { namespace: 'given' }))).to.deep.equal([
      'ConfigMap/given/a',
      'ConfigMap/own/b',
      'Namespace/ns',
    ]);
  });

  it('counts what is declared twice once, and says so', async () => {
    const text = [
      manifest('ConfigMap', 'a'),
      manifest('ConfigMap', 'a', 'default'),
      manifest('Namespace', 'ns'),
      manifest('Namespace', 'ns', 'odd'),
    ];
    const sum = await check(text.join('---\n'));
    expect(addresses(sum)).to.deep.equal(['ConfigMap/default/a', 'Namespace/ns']);
    expect(sum.notices.map(({ kind, address }) => [kind, address])).to.deep.equal([
      ['duplicate', 'ConfigMap/default/a'],
      ['duplicate', 'Namespace/ns'],
    ]);
  });

  it('counts an object declared in two versions once', async () => {
    const autoscaler = (version: string): string =>
      `apiVersion: autoscaling/${version}\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n`;
    const sum = await check(`${autoscaler('v2')}---\n${autoscaler('v1')}`);
    expect(addresses(sum)).to.deep.equal(['autoscaling/HorizontalPodAutoscaler/default/a']);
    expect(sum.notices.map(({ message }) => message)).to.deep.equal([
      'declared in autoscaling/v2 and autoscaling/v1: the first counts',
    ]);
  });

  it('makes one failure of a kind the server does not know, and compares the rest', async () => {
    const unknown = Array.from(
      { length: 410 },
      (_, index) => `apiVersion: acme.io/v1\nkind: Gadget\nmetadata: {name: g${index}}\n`,
    );
    const version = 'apiVersion: apps/v1beta9\nkind: Deployment\nmetadata: {name: old}\n';
    const sum = await check([...unknown, version, manifest('ConfigMap', 'a')].join('---\n'));
    expect(sum.failures.map(({ reason, address }) => [reason, address])).to.deep.equal([
      ['not_found', 'acme.io/Gadget'],
      ['not_found', 'apps/Deployment'],
    ]);
    expect(sum.failures[0]?.message).to.include('acme.io/v1 Gadget').and.include('410 objects not compared');
    expect(addresses(sum)).to.deep.equal(['ConfigMap/default/a']);
  });

  it('takes objects for missing whose definition git brings along', async () => {
    const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.acme.io}
spec:
  group: acme.io
  scope: Namespaced
  names: {kind: Gadget, plural: gadgets}
  versions: [{name: v1, served: true, storage: true}]
`;
    const sum = await check(`${definition}---\napiVersion: acme.io/v1\nkind: Gadget\nmetadata: {name: g}\n`);
    expect(sum.failures).to.deep.equal([]);
    expect(addresses(sum)).to.deep.equal([
      'acme.io/Gadget/default/g',
      'apiextensions.k8s.io/CustomResourceDefinition/gadgets.acme.io',
    ]);
  });

  it('does not compare kinds that only answer', async () => {
    const sum = await check(
      'apiVersion: authorization.k8s.io/v1\nkind: SelfSubjectAccessReview\nmetadata: {name: a}\n',
    );
    expect(sum.notCompared.map(({ address }) => address)).to.deep.equal([
      'authorization.k8s.io/SelfSubjectAccessReview/a',
    ]);
  });

  it('lists one namespace as such, and several at once', async () => {
    await check(
      [manifest('ConfigMap', 'a'), manifest('Service', 's', 'x'), manifest('Service', 's', 'z')].join('---\n'),
    );
    const lists = server.requests.map(({ path }) => path).filter((path) => /(configmaps|services)$/.test(path));
    expect(lists.toSorted()).to.deep.equal(['/api/v1/namespaces/default/configmaps', '/api/v1/services']);
  });

  it('is not in sync with a source that says nothing', async () => {
    const sum = await check('# nothing\n');
    expect(sum.failures.map(({ reason, phase }) => [phase, reason])).to.deep.equal([['source', 'not_found']]);
    expect(server.requests).to.deep.equal([]);
  });

  it('only needs to find what Flux is told to make once', async () => {
    live.set('/api/v1/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMapList',
      items: [configMap('a', 'default', { edited: 'yes' })],
    });
    const once = (name: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}}\ndata: {k: v}\n`;
    const sum = await check(`${once('a')}---\n${once('b')}`);
    expect(addresses(sum)).to.deep.equal(['ConfigMap/default/b']);
    expect(sum.notCompared.map(({ address }) => address)).to.deep.equal(['ConfigMap/default/a']);
  });

  it('leaves replicas to a live autoscaler only inside its range', async () => {
    const deployment = (name: string, namespace: string): string =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {replicas: 1}\n`;
    const sum = await check(deployment('web', 'dc-arg-hpa-replicas'));
    expect(server.requests.map(({ path }) => path)).to.include(
      '/apis/autoscaling/v2/namespaces/dc-arg-hpa-replicas/horizontalpodautoscalers',
    );
    const paths = sum.drift.flatMap(({ changes }) => changes.map(({ path }) => path));
    expect(paths).to.not.include('/spec/replicas');
  });

  describe('beside what git declares', () => {
    beforeEach(() => {
      const items = [
        configMap('declared', 'shop'),
        configMap('stray', 'shop'),
        configMap('labelled', 'elsewhere', {}, { team: 'shop' }),
        configMap('other', 'elsewhere'),
      ];
      live.set('/api/v1/configmaps', { apiVersion: 'v1', kind: 'ConfigMapList', items });
    });

    const git = [manifest('ConfigMap', 'declared', 'shop'), manifest('Namespace', 'shop')].join('---\n');
    const scopes: readonly (readonly [Readonly<Record<string, unknown>> | undefined, readonly string[]])[] = [
      [undefined, []],
      [{}, ['stray']],
      [{ namespaces: ['shop'] }, ['stray']],
      [{ namespaces: ['*'] }, ['labelled', 'other', 'stray']],
      [{ selector: 'team=shop' }, ['labelled']],
      [{ selector: 'team=shop', namespaces: ['shop'] }, []],
      [{ namespaces: ['shop'], kinds: ['Namespace'] }, []],
      [{ namespaces: ['shop'], kinds: ['ConfigMap', 'apps/Deployment'] }, ['stray']],
    ];
    for (const [extra, expected] of scopes) {
      it(`finds ${expected.join(', ') || 'nothing'} with ${JSON.stringify(extra) ?? 'no scope'}`, async () => {
        const { drift, failures } = await check(git, extra === undefined ? {} : { extra });
        expect(failures).to.deep.equal([]);
        const found = drift.filter(({ action, type }) => action === 'delete' && type === 'ConfigMap');
        expect(found.map(({ address }) => address.split('/').at(-1))).to.have.members([...expected]);
      });
    }

    it('looks for every kind that can be listed when asked to, in its newest version', async () => {
      await check(git, { extra: { namespaces: ['shop'], kinds: ['*'] } });
      const lists = server.requests.map(({ path }) => path);
      expect(lists).to.include('/apis/apps/v1/namespaces/shop/deployments');
      expect(lists).to.include('/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers');
      expect(
        lists.filter((path) => /autoscaling\/v1\/.*autoscalers|events$|leases$|endpoints/.test(path)),
      ).to.deep.equal([]);
    });

    it('refuses a kind that the server does not have', async () => {
      const { failures } = await check(git, { extra: { kinds: ['Gadget'] } });
      expect(failures.map(({ reason, message }) => [reason, message])).to.deep.equal([
        ['invalid', 'extra.kinds: the server has no kind "Gadget"'],
      ]);
    });

    it('looks for nothing beside manifests that come with a request', async () => {
      const { drift } = await check(git, { extra: {} }, git);
      expect(drift.filter(({ action }) => action === 'delete')).to.deep.equal([]);
    });
  });

  const selectors: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
    ['a=b', { a: 'b' }, true],
    ['a == b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a in (b, c),d', { a: 'c', d: '' }, true],
    ['a notin (b,c)', { a: 'c' }, false],
    ['!a', { a: '' }, false],
    ['app.kubernetes.io/name=x,!y', { 'app.kubernetes.io/name': 'x' }, true],
    ['a=', { a: '' }, true],
    ['constructor', {}, false],
  ];
  for (const [selector, labels, expected] of selectors) {
    it(`reads the selector ${selector} as kubectl does`, () => {
      expect(parseLabelSelector(selector)(labels)).to.equal(expected);
    });
  }

  for (const selector of ['', 'a=b=c', 'a in b', 'a b', ',a']) {
    it(`refuses the selector ${JSON.stringify(selector)}`, () => {
      expect(() => parseLabelSelector(selector)).to.throw('expected a label selector');
    });
  }

  async function check(text: string, options: Readonly<Record<string, unknown>> = {}, input?: string): Promise<Sum> {
    await writeFile(join(source.dir, 'git.yaml'), text);
    const context = await checkerContext({ sourceDir: source.dir, ...(input !== undefined && { input }) });
    try {
      return await sumOfRun(
        kubernetes,
        { kubeconfig: 'kubeconfig', manifests: 'git.yaml', qps: 1000, ...options },
        context,
      );
    } finally {
      await context.cleanup();
    }
  }
});

function manifest(kind: string, name: string, namespace?: string): string {
  return `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}\n`;
}

function configMap(
  name: string,
  namespace: string,
  data: Readonly<Record<string, string>> = {},
  labels: Readonly<Record<string, string>> = {},
): { metadata: { name: string; namespace: string; labels: object }; data: object } {
  return { metadata: { name, namespace, labels }, data };
}

function addresses({ drift }: Sum): string[] {
  return drift.map(({ address }) => address).toSorted();
}
