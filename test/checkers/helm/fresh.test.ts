import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { helm } from '../../../checkers/helm/index.ts';
import { parseManifests } from '../../../checkers/kubernetes/desired/parse-manifests.ts';
import { checkerContext, sumOfRun } from '../../support/checker-context.ts';
import { helmRecord } from '../../support/helm-record.ts';
import { needsKubeApiServer, startKubeApiServer, type KubeApiServer } from '../../support/kube-apiserver.ts';
import { loadCorpus } from '../../support/kubernetes-corpus.ts';
import { writeTree } from '../../support/kubernetes-sources.ts';
import { untilCrdsServed } from '../../support/until-crds-served.ts';

const RELEASE = 'fresh';

describe('the helm checker, right after an installation', function () {
  this.timeout(600_000);
  let server: KubeApiServer;
  let source: Awaited<ReturnType<typeof writeTree>>;

  before(async function () {
    const assets = needsKubeApiServer(this);
    const { cases: all, setup } = await loadCorpus();
    // Sent as JSON, integers of so many digits would arrive as others.
    const cases = all.filter(({ git }) => !Object.values(git).some((text) => /\d{16}/.test(text)));
    source = await writeTree(Object.fromEntries(Object.entries(setup).map(([name, text]) => [`setup/${name}`, text])));
    server = await startKubeApiServer(assets);
    await cp(server.kubeconfig, join(source.dir, 'kubeconfig'));
    await server.kubectl(['apply', '-f', join(source.dir, 'setup')]);
    await untilCrdsServed(server);
    const namespaces = cases.map(({ namespace }) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    }));
    await send(namespaces);
    const installed = cases.flatMap(({ git, namespace }) => {
      const manifest = Object.values(git).join('\n---\n');
      const { objects } = parseManifests({ text: manifest, name: namespace, isFile: false });
      const marked = objects.map(({ object }) => ({
        ...object,
        metadata: {
          namespace,
          ...object.metadata,
          labels: { ...object.metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' },
          annotations: {
            ...object.metadata.annotations,
            'meta.helm.sh/release-name': RELEASE,
            'meta.helm.sh/release-namespace': namespace,
          },
        },
      }));
      return [...marked, helmRecord({ name: RELEASE, namespace, manifest })];
    });
    await send(installed);
  });

  after(async () => {
    await server?.close();
    await source?.remove();
  });

  it('finds every release of the corpus of manifests in sync', async () => {
    const context = await checkerContext({ sourceDir: source.dir });
    try {
      const sum = await sumOfRun(helm, { kubeconfig: 'kubeconfig', extra: true }, context);
      expect(sum.failures).to.deep.equal([]);
      expect(sum.drift).to.deep.equal([]);
      expect(sum.resources).to.be.above(100);
    } finally {
      await context.cleanup();
    }
  });

  async function send(items: readonly unknown[]): Promise<void> {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await server.kubectl(['create', '--validate=false', '--field-manager=helm', '-f', '-'], { input });
  }
});
