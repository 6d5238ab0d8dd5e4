import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubernetes } from '../../../../checkers/kubernetes/index.ts';
import { checkerContext, sumOfNextRun, sumOfRun, type Sum } from '../../../support/checker-context.ts';
import {
  recordedCluster,
  startReplayServer,
  type Cluster,
  type Fault,
  type LoggedRequest,
  type ReplayServer,
} from '../../../support/kube-replay-server.ts';
import { loadCorpus, RECORDED_MODES, type Corpus } from '../../../support/kubernetes-corpus.ts';
import { corpusTree, kubeconfig, writeTree } from '../../../support/kubernetes-sources.ts';

const OPTIONS = {
  kubeconfig: 'kubeconfig',
  manifests: ['cases/**/git/*', 'setup'],
  extra: { namespaces: ['dc-*'] },
  qps: 1000,
};

describe('the Kubernetes checker, run again', function () {
  this.timeout(120_000);
  let corpus: Corpus;
  let source: Awaited<ReturnType<typeof writeTree>>;
  let cluster: Cluster;
  let fault: Fault | undefined;
  let server: ReplayServer;

  before(async () => {
    corpus = await loadCorpus();
    source = await writeTree(corpusTree(corpus));
  });

  beforeEach(async () => {
    fault = undefined;
    cluster = recordedCluster(corpus, 'ssa', 'before');
    server = await startReplayServer({
      get cluster() {
        return cluster;
      },
      fault: (...asked) => fault?.(...asked) ?? false,
    });
    await writeFile(join(source.dir, 'kubeconfig'), kubeconfig(server.url));
  });

  afterEach(() => server.close());

  after(() => source.remove());

  for (const mode of RECORDED_MODES) {
    it(`says the same of what did not change (${mode})`, async () => {
      for (const moment of ['before', 'after'] as const) {
        cluster = recordedCluster(corpus, mode, moment);
        const options = kubernetes.options.parse(OPTIONS);
        const [first, again, third] = [await run(options), await run(options), await run(options)];
        expect(sorted(again)).to.deep.equal(sorted(first));
        expect(sorted(third)).to.deep.equal(sorted(first));
      }
    });

    it(`says of what changed what it says when it never ran before, and of what changed back (${mode})`, async () => {
      const options = kubernetes.options.parse(OPTIONS);
      for (const moment of ['before', 'after', 'before', 'after', 'after'] as const) {
        cluster = recordedCluster(corpus, mode, moment);
        const known = await run(options);
        expect(sorted(known)).to.deep.equal(sorted(await fresh()));
      }
    });
  }

  it('asks for no object again that is as it was', async () => {
    const options = kubernetes.options.parse(OPTIONS);
    const inSync = await run(options);
    server.requests.splice(0);
    expect(sorted(await run(options))).to.deep.equal(sorted(inSync));
    const whole = server.requests.filter((request) => isBuiltInList(request) && !asksForIdentities(request));
    expect(whole.map(({ path }) => path)).to.deep.equal(['/apis/autoscaling/v2/horizontalpodautoscalers']);
    expect(server.requests.filter(asksForIdentities).length).to.be.greaterThan(10);
  });

  it('knows undeclared objects by their labels, too', async () => {
    const selecting = { ...OPTIONS, extra: { selector: 'app' } };
    const options = kubernetes.options.parse(selecting);
    const counts: number[] = [];
    for (const moment of ['before', 'after', 'after'] as const) {
      cluster = recordedCluster(corpus, 'ssa', moment);
      const found = await run(options);
      expect(sorted(found)).to.deep.equal(sorted(await fresh(selecting)));
      counts.push(found.drift.filter(({ action }) => action === 'delete').length);
    }
    expect(counts[2]).to.be.greaterThan(0);
  });

  it('asks for the one object that changed, by a LIST that names it', async () => {
    const options = kubernetes.options.parse(OPTIONS);
    await run(options);
    const { path, changed, name } = withOneChange(cluster);
    cluster = changed;
    server.requests.splice(0);
    const found = await run(options);
    expect(found.drift.map(({ type }) => type)).to.deep.equal(['ConfigMap']);
    expect(sorted(found)).to.deep.equal(sorted(await fresh()));
    const asked = server.requests.find(({ query }) => query.get('fieldSelector') === `metadata.name=${name}`);
    expect(asked?.path.endsWith(path.slice(path.lastIndexOf('/')))).to.equal(true);
  });

  it('sees that replicas are nobody’s any more when their autoscaler went, or its range did', async () => {
    const options = kubernetes.options.parse(OPTIONS);
    cluster = recordedCluster(corpus, 'ssa', 'after');
    const path = '/apis/autoscaling/v2/horizontalpodautoscalers';
    const { documents, lists } = cluster;
    const list = lists.get(path);
    if (list === undefined) throw new Error('the corpus has no autoscaler');
    const narrow = (list.items as unknown as readonly Item[]).map((item) => ({
      ...item,
      spec: { ...(item['spec'] as object), minReplicas: 90, maxReplicas: 91 },
    })) as unknown as typeof list.items;
    const counts: number[] = [];
    for (const items of [list.items, narrow, list.items, []]) {
      cluster = { documents, lists: new Map([...lists, [path, { ...list, items }]]) };
      const found = await run(options);
      expect(sorted(found)).to.deep.equal(sorted(await fresh()));
      counts.push(found.drift.filter(({ type }) => type === 'Deployment').length);
    }
    expect(counts[1]).to.be.greaterThan(counts[0] ?? 0);
  });

  it('reads everything again when what git declares changed', async () => {
    const options = kubernetes.options.parse(OPTIONS);
    await run(options);
    const one = corpus.cases.find(({ git }) => Object.values(git).some((text) => text.includes('replicas: 2')));
    const [file, text] = Object.entries(one?.git ?? {}).find(([, content]) => content.includes('replicas: 2')) ?? [];
    const changed = join(source.dir, 'cases', one?.id ?? '', 'git', file ?? '');
    try {
      await writeFile(changed, (text ?? '').replace('replicas: 2', 'replicas: 7'));
      const found = await run(options);
      expect(found.drift.length).to.equal(1);
      expect(sorted(found)).to.deep.equal(sorted(await fresh()));
    } finally {
      await writeFile(changed, text ?? '');
    }
  });

  it('reads everything again when the options changed', async () => {
    cluster = recordedCluster(corpus, 'ssa', 'after');
    const drifted = await run(kubernetes.options.parse(OPTIONS));
    const ignoring = { ...OPTIONS, ignore_differences: [{ kind: '*', jsonPointers: ['/spec/replicas'] }] };
    const found = await run(kubernetes.options.parse(ignoring));
    expect(found.drift.length).to.be.lessThan(drifted.drift.length);
    expect(sorted(found)).to.deep.equal(sorted(await fresh(ignoring)));
  });

  it('believes no version when the server is another past of itself: an etcd that was restored', async () => {
    const options = kubernetes.options.parse(OPTIONS);
    const [former, other] = ['900000', '1'].map((newest) => versioned(cluster, newest));
    if (former === undefined || other === undefined) throw new Error('two are made of two');
    cluster = former;
    for (let time = 0; time < 2; time += 1) expect((await run(options)).drift).to.deep.equal([]);
    // The same object in the same version holds something else, and no LIST is as new as what was seen.
    cluster = withOneChange(other, { keepsVersion: true }).changed;
    const found = await run(options);
    expect(found.drift.map(({ type }) => type)).to.deep.equal(['ConfigMap']);
    expect(sorted(found)).to.deep.equal(sorted(await fresh()));
  });

  it('tells that a kind may not be listed any more', async () => {
    const options = kubernetes.options.parse(OPTIONS);
    await run(options);
    fault = ({ path }, response) => {
      if (!path.endsWith('/services')) return false;
      response.writeHead(403, { 'content-type': 'application/json' }).end('{"kind":"Status","message":"no"}');
      return true;
    };
    const found = await run(options);
    expect(found.failures.map(({ reason, address }) => `${reason} ${address}`)).to.deep.equal(['forbidden Service']);
    expect(sorted(found)).to.deep.equal(sorted(await fresh()));
    fault = undefined;
    expect(sorted(await run(options))).to.deep.equal(sorted(await fresh()));
  });

  it('does without where a server has no such answer, and does not ask it again', async () => {
    for (const status of [406, 200]) {
      const options = kubernetes.options.parse(OPTIONS);
      fault = (request, response) => {
        if (!asksForIdentities(request)) return false;
        response.writeHead(status, { 'content-type': 'application/json' }).end('{"kind":"Status"}');
        return true;
      };
      const first = await run(options);
      expect(sorted(await run(options))).to.deep.equal(sorted(first));
      server.requests.splice(0);
      expect(sorted(await run(options))).to.deep.equal(sorted(first));
      expect(server.requests.filter(asksForIdentities)).to.deep.equal([]);
    }
  });

  it('compares whole objects when an answer is cut off', async () => {
    const options = kubernetes.options.parse(OPTIONS);
    const first = await run(options);
    let cut = 0;
    fault = (request, response) => {
      if (!asksForIdentities(request) || !request.path.endsWith('/configmaps')) return false;
      cut += 1;
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(Buffer.from('k8s\0\x12\x7f\x12\x05', 'latin1'));
      return true;
    };
    expect(sorted(await run(options))).to.deep.equal(sorted(first));
    expect(cut).to.be.greaterThan(0);
  });

  async function run(options: ReturnType<typeof kubernetes.options.parse>): Promise<Sum> {
    const context = await checkerContext({ sourceDir: source.dir });
    try {
      return await sumOfNextRun(kubernetes, options, context);
    } finally {
      await context.cleanup();
    }
  }

  /** What a service that was just started says. */
  async function fresh(options: unknown = OPTIONS): Promise<Sum> {
    const context = await checkerContext({ sourceDir: source.dir });
    try {
      return await sumOfRun(kubernetes, options, context);
    } finally {
      await context.cleanup();
    }
  }
});

function asksForIdentities({ headers }: LoggedRequest): boolean {
  return headers.accept?.includes('protobuf') === true;
}

/** Of kinds that Kubernetes itself has. */
function isBuiltInList({ path, query }: LoggedRequest): boolean {
  return query.has('limit') && !path.includes('.example.');
}

/** In an order of its own: kinds are listed at the same time. */
function sorted({ resources, ...lists }: Sum): unknown {
  const inOrder = (items: readonly unknown[]): string[] => items.map((item) => JSON.stringify(item)).toSorted();
  return { resources, ...Object.fromEntries(Object.entries(lists).map(([name, items]) => [name, inOrder(items)])) };
}

type Item = Readonly<Record<string, unknown>> & { readonly metadata: Readonly<Record<string, unknown>> };

/** All objects with versions of their own, the last of each kind with the newest. */
function versioned({ documents, lists }: Cluster, newest: string): Cluster {
  const changed = Array.from(lists, ([path, list]) => {
    const items = (list.items as unknown as readonly Item[]).map((item, at, { length }) => {
      const resourceVersion = at === length - 1 ? newest : String(10 + at);
      return { ...item, metadata: { ...item.metadata, resourceVersion } };
    });
    return [path, { ...list, items: items as unknown as typeof list.items }] as const;
  });
  return { documents, lists: new Map(changed) };
}

/** One ConfigMap is changed, and its version with it. */
function withOneChange(
  { documents, lists }: Cluster,
  { keepsVersion = false }: { readonly keepsVersion?: boolean } = {},
): { path: string; changed: Cluster; name: string } {
  const path = '/api/v1/configmaps';
  const list = lists.get(path);
  const items = (list?.items ?? []) as unknown as readonly Item[];
  const first = items.find((item) => item['data'] !== undefined);
  if (list === undefined || first === undefined) throw new Error('the corpus has no ConfigMap');
  const version = keepsVersion ? {} : { resourceVersion: '999999' };
  const other = { ...first, data: { changed: 'by hand' }, metadata: { ...first.metadata, ...version } };
  const changed = items.map((item) => (item === first ? other : item)) as unknown as typeof list.items;
  return {
    path,
    name: String(first.metadata['name']),
    changed: { documents, lists: new Map([...lists, [path, { ...list, items: changed }]]) },
  };
}
