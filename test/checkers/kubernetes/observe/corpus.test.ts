import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubernetes } from '../../../../checkers/kubernetes/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../../support/checker-context.ts';
import { recordedCluster, startReplayServer, type LoggedRequest } from '../../../support/kube-replay-server.ts';
import { loadCorpus, RECORDED_MODES, type Corpus, type RecordedMode } from '../../../support/kubernetes-corpus.ts';
import { corpusTree, kubeconfig, writeTree } from '../../../support/kubernetes-sources.ts';
import { wrongVerdict } from '../../../support/kubernetes-verdict.ts';

describe('the Kubernetes checker, over HTTP', () => {
  let corpus: Corpus;
  let source: Awaited<ReturnType<typeof writeTree>>;

  before(async () => {
    corpus = await loadCorpus();
    source = await writeTree(corpusTree(corpus));
  });

  after(() => source.remove());

  it('asks for one LIST a kind, the index, and each document once', async () => {
    const { requests } = await check('csa', 'after');
    expect(new Set(requests.map(({ method }) => method))).to.deep.equal(new Set(['GET']));
    const paths = requests.map(({ path }) => path);
    expect(paths.length).to.equal(new Set(paths).size);
    expect(paths.filter((path) => !isList(path) && !isDiscovery(path))).to.deep.equal([]);
  });

  for (const mode of RECORDED_MODES) {
    it(`finds every case in sync before its change (${mode})`, async () => {
      const { sum } = await check(mode, 'before');
      expect(sum.failures).to.deep.equal([]);
      expect(sum.drift).to.deep.equal([]);
      expect(sum.resources).to.be.greaterThan(110);
    });

    it(`finds each change at its object and field, and nothing else (${mode})`, async () => {
      const { sum } = await check(mode, 'after');
      expect(sum.failures).to.deep.equal([]);
      expect(corpus.cases.flatMap((one) => wrongVerdict(one, sum.drift) ?? [])).to.deep.equal([]);
    });
  }

  async function check(
    mode: RecordedMode,
    moment: 'before' | 'after',
  ): Promise<{ sum: Sum; requests: LoggedRequest[] }> {
    const server = await startReplayServer({ cluster: recordedCluster(corpus, mode, moment) });
    await writeFile(join(source.dir, 'kubeconfig'), kubeconfig(server.url));
    const context = await checkerContext({ sourceDir: source.dir });
    try {
      const options = {
        kubeconfig: 'kubeconfig',
        manifests: ['cases/**/git/*', 'setup'],
        extra: { namespaces: ['dc-*'] },
      };
      return { sum: await sumOfRun(kubernetes, options, context), requests: server.requests };
    } finally {
      await context.cleanup();
      await server.close();
    }
  }
});

function isDiscovery(path: string): boolean {
  return path.startsWith('/openapi/v3') || /^\/apis?\/([^/]+\/)?v\d\w*$/.test(path);
}

function isList(path: string): boolean {
  return /^\/apis?\/([^/]+\/){1,2}[a-z]+$/.test(path) && !isDiscovery(path);
}
