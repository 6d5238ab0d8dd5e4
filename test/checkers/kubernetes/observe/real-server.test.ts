import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { kubernetes } from '../../../../checkers/kubernetes/index.ts';
import { checkerContext, sumOfNextRun, sumOfRun, type Sum } from '../../../support/checker-context.ts';
import { needsKubeApiServer, startKubeApiServer, type KubeApiServer } from '../../../support/kube-apiserver.ts';
import { loadCorpus, RECORDED_MODES, type Corpus, type CorpusCase } from '../../../support/kubernetes-corpus.ts';
import { corpusTree, writeTree } from '../../../support/kubernetes-sources.ts';
import { wrongVerdict } from '../../../support/kubernetes-verdict.ts';

const OPTIONS = { kubeconfig: 'kubeconfig', manifests: ['cases/**/git/*', 'setup'], extra: { namespaces: ['dc-*'] } };

for (const mode of RECORDED_MODES) {
  describe(`the Kubernetes checker, against a real API server (${mode})`, function () {
    this.timeout(900_000);
    let corpus: Corpus;
    let assets: string;
    let server: KubeApiServer;
    let source: Awaited<ReturnType<typeof writeTree>>;
    const options = kubernetes.options.parse(OPTIONS);

    before(async function () {
      assets = needsKubeApiServer(this);
      corpus = await loadCorpus();
      source = await writeTree(corpusTree(corpus));
      server = await startKubeApiServer(assets);
      await cp(server.kubeconfig, join(source.dir, 'kubeconfig'));
      await server.kubectl(['apply', '-f', join(source.dir, 'setup')]);
      await server.kubectl(['wait', '--for=condition=established', 'crd', '--all']);
      const namespaces = corpus.cases.map(({ namespace }) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      }));
      await server.kubectl(['create', '-f', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: namespaces }),
      });
      await inTurns(corpus.cases, async (one) => {
        const how = mode === 'ssa' ? ['--server-side', '--field-manager=gitops'] : [];
        await server.kubectl(['apply', ...how, '-f', join(source.dir, 'cases', one.id, 'git')]);
      });
    });

    after(async () => {
      await server?.close();
      await source?.remove();
    });

    it('finds every case in sync before its change', async () => {
      for (const sum of [await check(), await checkAgain(), await checkAgain()]) {
        expect(sum.failures).to.deep.equal([]);
        expect(sum.drift).to.deep.equal([]);
      }
    });

    it('finds each change at its object and field, and nothing else', async () => {
      await inTurns(corpus.cases, mutate);
      const sum = await check();
      expect(sum.failures).to.deep.equal([]);
      expect(corpus.cases.flatMap((one) => wrongVerdict(one, sum.drift) ?? [])).to.deep.equal([]);
    });

    it('says the same when it ran before, whatever changed since', async () => {
      for (let time = 0; time < 2; time += 1)
        expect(complete(await checkAgain())).to.deep.equal(complete(await check()));
    });

    it('says the same of a second page as of the first', async () => {
      const [whole, paged] = [await check(), await check({ page_size: 7 })];
      expect(sorted(paged)).to.deep.equal(sorted(whole));
    });

    async function mutate(one: CorpusCase): Promise<void> {
      const env = {
        ...process.env,
        KUBECONFIG: server.kubeconfig,
        KUBECTL: join(assets, 'kubectl'),
        MODE: mode,
        CA_FILE: join(server.dir, 'certs', 'apiserver.crt'),
      };
      await promisify(execFile)(join(source.dir, 'cases', one.id, 'mutate.sh'), [], { env });
    }

    /** As a service does, which runs a check again and again with the very same options. */
    async function checkAgain(): Promise<Sum> {
      const context = await checkerContext({ sourceDir: source.dir });
      try {
        return await sumOfNextRun(kubernetes, options, context);
      } finally {
        await context.cleanup();
      }
    }

    async function check(more: Readonly<Record<string, unknown>> = {}): Promise<Sum> {
      const context = await checkerContext({ sourceDir: source.dir });
      try {
        return await sumOfRun(kubernetes, { ...OPTIONS, ...more }, context);
      } finally {
        await context.cleanup();
      }
    }
  });
}

/** kubectl waits more than it works: two at a time. */
async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

function sorted({ drift }: Sum): unknown[] {
  return drift.toSorted((one, other) => (one.address < other.address ? -1 : 1));
}

function complete(sum: Sum): unknown {
  return { ...sum, drift: sorted(sum), notices: sum.notices.map((notice) => JSON.stringify(notice)).toSorted() };
}
