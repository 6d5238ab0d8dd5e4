import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubernetes } from '../../../../checkers/kubernetes/index.ts';
import { parseManifests } from '../../../../checkers/kubernetes/desired/parse-manifests.ts';
import { checkerContext, sumOfRun, type Sum } from '../../../support/checker-context.ts';
import { needsKubeApiServer, startKubeApiServer, type KubeApiServer } from '../../../support/kube-apiserver.ts';
import { writeTree } from '../../../support/kubernetes-sources.ts';

const ROLES = new URL('../../../../deploy/kubernetes/rbac.yaml', import.meta.url);

/** Scalars whose reading differs between versions of YAML. */
const SCALARS = [
  '0644',
  '0o17',
  '0899',
  '1_000',
  '12:30:45',
  '2001-01-01',
  'yes',
  'n',
  'oN',
  '~',
  '.5',
  '1e3',
  '1.0',
  '0x1F',
  '0b11',
  '"on"',
  '-012',
  '+5',
];

const GIT = {
  'git/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'web:1'}]}
`,
  'git/secret.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: shop}\nstringData: {password: from-git}\n',
  'git/scalars.yaml': `apiVersion: drift.example.com/v1
kind: Free
metadata: {name: scalars, namespace: shop}
spec:
${SCALARS.map((text, index) => `  s${index}: ${text}\n`).join('')}`,
  'crd.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: frees.drift.example.com}
spec:
  group: drift.example.com
  scope: Namespaced
  names: {kind: Free, plural: frees}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
`,
};

describe('what a real API server allows', function () {
  this.timeout(180_000);
  let server: KubeApiServer;
  let source: Awaited<ReturnType<typeof writeTree>>;

  before(async function () {
    const assets = needsKubeApiServer(this);
    source = await writeTree(GIT);
    server = await startKubeApiServer(assets);
    await cp(server.kubeconfig, join(source.dir, 'kubeconfig'));
    await server.kubectl(['apply', '-f', join(source.dir, 'crd.yaml')]);
    await server.kubectl(['wait', '--for=condition=established', 'crd', '--all']);
    await server.kubectl(['create', 'namespace', 'shop']);
    await server.kubectl(['apply', '-f', join(source.dir, 'git')]);
  });

  after(async () => {
    await server?.close();
    await source?.remove();
  });

  it('reads YAML as kubectl does', async () => {
    const live = JSON.parse(await server.kubectl(['get', '-n', 'shop', 'free', 'scalars', '-o', 'json'])) as {
      spec: unknown;
    };
    const { objects } = parseManifests({ text: GIT['git/scalars.yaml'], name: 'x', isFile: false });
    const spec = objects[0]?.object['spec'] as Record<string, unknown> | undefined;
    // kubectl apply does not send what is null.
    expect(Object.fromEntries(Object.entries(spec ?? {}).filter(([, value]) => value !== null))).to.deep.equal(
      live.spec,
    );
  });

  it('makes a failure of each kind without permission, and nothing missing', async () => {
    const sum = await check({ context: 'reader' });
    expect(sum.failures.map(({ reason, address }) => [reason, address])).to.have.deep.members([
      ['forbidden', 'apps/Deployment'],
      ['forbidden', 'drift.example.com/Free'],
    ]);
    expect(sum.notCompared.map(({ address }) => address)).to.deep.equal(['Secret/shop/login']);
    expect(sum.drift).to.deep.equal([]);
  });

  it('needs no more than the roles that are shipped', async () => {
    const roles = await readFile(ROLES, 'utf8');
    await server.kubectl(['apply', '-f', '-'], { input: roles });
    await bind('drift-exporter');
    await grant('drift-exporter-frees', ['--verb=get,list', '--resource=frees.drift.example.com']);
    const sum = await check({ context: 'reader' });
    expect(sum.failures).to.deep.equal([]);
    expect(sum.drift).to.deep.equal([]);
    expect(sum.notCompared.map(({ address }) => address)).to.deep.equal(['Secret/shop/login']);
    await bind('drift-exporter-secrets');
    expect((await check({ context: 'reader' })).notCompared).to.deep.equal([]);
  });

  it('confirms with a dry run where it may, says so where it may not, and writes nothing', async () => {
    await server.kubectl(['-n', 'shop', 'set', 'image', 'deployment/web', 'web=web:2']);
    const version = (): Promise<string> =>
      server.kubectl(['-n', 'shop', 'get', 'deployment', 'web', '-o', 'jsonpath={.metadata.resourceVersion}']);
    const before = await version();
    const refused = await check({ context: 'reader', confirm: 'dry_run' });
    expect(refused.drift.map(({ address }) => address)).to.deep.equal(['apps/Deployment/shop/web']);
    expect(refused.notices.map(({ kind, address }) => [kind, address])).to.deep.equal([
      ['warning', 'apps/Deployment/shop/web'],
    ]);
    expect(refused.notices[0]?.message).to.include('cannot patch resource "deployments"');
    await bind('drift-exporter-dry-run');
    const confirmed = await check({ context: 'reader', confirm: 'dry_run' });
    expect(confirmed.notices).to.deep.equal([]);
    expect(confirmed.drift.map(({ changes }) => changes.map(({ path }) => path))).to.deep.equal([
      ['/spec/template/spec/containers/0/image'],
    ]);
    expect(await version()).to.equal(before);
  });

  it('takes back what an apply would not change', async () => {
    // What a mutating webhook would do: the server makes live out of git.
    const policy = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: 'pin-image' },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['CREATE', 'UPDATE'] },
          ],
        },
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: {
              expression:
                'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "web", image: "web:2"}]}}}}',
            },
          },
        ],
      },
    };
    const binding = {
      apiVersion: policy.apiVersion,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: policy.metadata,
      spec: { policyName: 'pin-image' },
    };
    await server.kubectl(['apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [policy, binding] }),
    });
    let drift = await check({ confirm: 'dry_run' });
    // The policy is taken up within some seconds.
    for (let tries = 0; tries < 50 && drift.drift.length > 0; tries += 1) drift = await check({ confirm: 'dry_run' });
    expect(drift.drift).to.deep.equal([]);
    expect((await check()).drift).to.have.length(1);
  });

  async function bind(role: string): Promise<void> {
    await server.kubectl(['create', 'clusterrolebinding', `test-${role}`, `--clusterrole=${role}`, '--user=reader']);
  }

  async function grant(name: string, args: readonly string[]): Promise<void> {
    await server.kubectl(['create', 'clusterrole', name, ...args]);
    await bind(name);
  }

  async function check(options: Readonly<Record<string, unknown>> = {}): Promise<Sum> {
    const context = await checkerContext({ sourceDir: source.dir });
    try {
      return await sumOfRun(kubernetes, { kubeconfig: 'kubeconfig', manifests: 'git', ...options }, context);
    } finally {
      await context.cleanup();
    }
  }
});
