import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needs } from '../support/skips.ts';
import { itDeploys, parseObjects, type Objects } from './deployment.ts';
import { createKubernetesValidator } from './kubernetes-schema.ts';
import { podSecurityIssues, type PodSpec } from './pod-security.ts';

const ROOT = join(import.meta.dirname, '../..');

const kustomize = (dir: string): Objects =>
  parseObjects(execFileSync('kubectl', ['kustomize', dir], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }));

for (const [dir, operator] of [
  ['deploy/kubernetes', false],
  ['deploy/kubernetes-prometheus-operator', true],
] as const) {
  describe(`kubectl kustomize ${dir}`, function () {
    let objects: Objects;
    before(function () {
      needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
      objects = kustomize(join(ROOT, dir));
    });
    itDeploys(() => objects, { operator });

    it('puts everything into a namespace that admits restricted pods only', () => {
      const namespace = objects.one('Namespace').metadata;
      expect(namespace.labels).to.have.property('pod-security.kubernetes.io/enforce', 'restricted');
      const cluster = new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding']);
      const namespaces = objects.all.filter(({ kind }) => !cluster.has(kind)).map(({ metadata }) => metadata.namespace);
      expect(new Set(namespaces)).to.deep.equal(new Set([namespace.name]));
    });
  });
}

describe('kubectl kustomize deploy/kubernetes-fleet', function () {
  let objects: Objects;
  before(function () {
    needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
    objects = kustomize(join(ROOT, 'deploy/kubernetes-fleet'));
  });
  const pods = (): readonly { readonly labels: Readonly<Record<string, string>>; readonly spec: PodSpec }[] =>
    [objects.one('Deployment'), objects.one('StatefulSet')].map(({ spec }) => ({
      labels: spec.template.metadata.labels,
      spec: spec.template.spec,
    }));

  it('has only objects that the API server knows, and restricted pods of one image', async () => {
    const validate = await createKubernetesValidator();
    expect(objects.all.flatMap((object) => validate(object))).to.deep.equal([]);
    expect(pods().flatMap(({ spec }) => podSecurityIssues(spec))).to.deep.equal([]);
    expect(new Set(pods().map(({ spec }) => spec.containers[0]?.image)).size).to.equal(1);
  });

  it('serves from servers, runs checks on workers, and lets both reach the database', () => {
    const [server, worker] = pods();
    expect(server?.spec.containers[0]?.args).to.include.members(['--role', 'server']);
    expect(worker?.spec.containers[0]?.args).to.include.members(['--role', 'worker']);
    const { selector } = objects.one('Service').spec;
    expect(server?.labels).to.include(selector);
    expect(worker?.labels).not.to.include(selector);
    const policy = objects.one('NetworkPolicy');
    for (const { labels } of [server, worker].filter((pod) => pod !== undefined))
      expect(labels).to.include(policy.spec.podSelector.matchLabels);
    expect(JSON.stringify(policy)).to.include('5432');
  });

  it('gives servers the Secret of the database only, and all the same configuration', () => {
    const [server, worker] = pods();
    const volume = (spec: PodSpec | undefined, name: string): unknown =>
      spec?.volumes?.find((one) => one['name'] === name);
    expect(volume(server?.spec, 'secrets')).to.have.nested.property('secret.items').with.length(1);
    expect(volume(server?.spec, 'config')).to.deep.equal(volume(worker?.spec, 'config'));
    expect(objects.one('ConfigMap').data['drift-exporter.yaml']).to.include('url_file:');
  });
});

describe('an overlay on deploy/kubernetes', function () {
  let dir: string;
  before(function () {
    needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
    dir = mkdtempSync(join(tmpdir(), 'drift-overlay-'));
    cpSync(join(ROOT, 'deploy/kubernetes'), join(dir, 'kubernetes'), { recursive: true });
    mkdirSync(join(dir, 'mine'));
    writeFileSync(join(dir, 'mine/drift-exporter.yaml'), 'checks: []\n');
    writeFileSync(
      join(dir, 'mine/kustomization.yaml'),
      `resources: [../kubernetes]
components: [../kubernetes/secrets]
namespace: drift
configMapGenerator:
  - { name: drift-exporter, behavior: replace, files: [drift-exporter.yaml] }
images: [{ name: registry.example.org/drift-exporter, newName: my/image, digest: 'sha256:${'0'.repeat(64)}' }]
`,
    );
  });
  after(() => {
    if (dir !== undefined) rmSync(dir, { recursive: true });
  });

  it('can bring another namespace, image and configuration, and Secrets', () => {
    const objects = kustomize(join(dir, 'mine'));
    const bindings = objects.many('ClusterRoleBinding');
    expect(bindings.map(({ roleRef }) => roleRef.name)).to.have.members(['drift-exporter', 'drift-exporter-secrets']);
    expect(bindings.flatMap(({ subjects }) => subjects.map(({ namespace }) => namespace))).to.deep.equal([
      'drift',
      'drift',
    ]);
    const config = objects.one('ConfigMap');
    expect(config.data['drift-exporter.yaml']).to.equal('checks: []\n');
    expect(JSON.stringify(objects.one('StatefulSet')))
      .to.include('my/image@sha256:')
      .and.include(config.metadata.name);
  });
});
