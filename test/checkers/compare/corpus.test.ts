import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { compare } from '../../../checkers/compare/index.ts';
import { kubernetes } from '../../../checkers/kubernetes/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { recordedCluster, startReplayServer } from '../../support/kube-replay-server.ts';
import { loadCorpus, RECORDED_MODES, type Corpus, type RecordedMode } from '../../support/kubernetes-corpus.ts';
import { corpusTree, kubeconfig, writeTree } from '../../support/kubernetes-sources.ts';

type Moment = 'before' | 'after';

describe('the compare checker on the corpus of the kubernetes checker', () => {
  let corpus: Corpus;
  let source: Awaited<ReturnType<typeof writeTree>>;

  before(async () => {
    corpus = await loadCorpus();
    source = await writeTree(corpusTree(corpus));
  });
  after(() => source.remove());

  for (const mode of RECORDED_MODES) {
    it(`calls what was just applied the same as its manifests (${mode})`, async () => {
      const { drift, failures, resources } = await check(mode, { manifests: ['cases/**/git/*', 'setup'] }, 'before');
      expect(failures).to.deep.equal([]);
      expect(
        drift.map(({ address, changes }) => [address, ...changes.map(({ op, path }) => `${op} ${path}`)]),
      ).to.deep.equal([]);
      expect(resources).to.be.greaterThan(110);
    });

    it(`finds whatever the kubernetes checker finds of a cluster that was changed (${mode})`, async () => {
      const manifests = ['cases/**/git/*', 'setup'];
      const found = await check(mode, { manifests }, 'after');
      const server = await startReplayServer({ cluster: recordedCluster(corpus, mode, 'after') });
      await writeFile(join(source.dir, 'after'), kubeconfig(server.url));
      const context = await checkerContext({ sourceDir: source.dir });
      const known = await sumOfRun(kubernetes, { kubeconfig: 'after', manifests }, context);
      await context.cleanup();
      await server.close();
      const addresses = new Set(found.drift.map(({ address }) => address));
      expect(known.drift.length).to.be.greaterThan(50);
      const unseen = known.drift.map(({ address }) => address).filter((address) => !addresses.has(address));
      expect(unseen).to.deep.equal(['Service/dc-arg-nodeport/web']); // a node port that git leaves open: each cluster chooses
    });

    it(`calls a cluster the same as itself, and finds what changed between two moments (${mode})`, async () => {
      const kinds = ['apps/Deployment', 'Service', 'ConfigMap', 'Secret', 'batch/CronJob', 'networking.k8s.io/Ingress'];
      const before = { cluster: { kubeconfig: 'before', kinds } };
      const itself = await check(mode, before, 'before');
      expect([itself.failures, itself.drift]).to.deep.equal([[], []]);
      const after = await check(mode, before, 'after');
      expect(after.drift.length).to.be.greaterThan(20);
    });
  }

  async function check(mode: RecordedMode, left: object, moment: Moment): Promise<Sum> {
    const servers = [];
    for (const name of ['before', moment] as const) {
      const server = await startReplayServer({ cluster: recordedCluster(corpus, mode, name) });
      servers.push(server);
      await writeFile(join(source.dir, name), kubeconfig(server.url));
    }
    const context = await checkerContext({ sourceDir: source.dir });
    try {
      return await sumOfRun(compare, { left, right: { cluster: { kubeconfig: moment } } }, context);
    } finally {
      await context.cleanup();
      for (const server of servers) await server.close();
    }
  }
});
