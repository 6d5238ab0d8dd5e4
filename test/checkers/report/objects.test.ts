import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { report } from '../../../checkers/report/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needsKubeApiServer, startKubeApiServer, type KubeApiServer } from '../../support/kube-apiserver.ts';
import { startReplayServer, type Cluster, type ReplayServer } from '../../support/kube-replay-server.ts';
import { kubeconfig } from '../../support/kubernetes-sources.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/report');

interface Check {
  readonly name: string;
  readonly options: { readonly kubernetes?: object };
}

function exampleOf(name: string): Check['options'] {
  const { checks } = load(readFileSync(join(EXAMPLE, 'drift-exporter.yaml'), 'utf8')) as { checks: Check[] };
  const found = checks.find((check) => check.name === name);
  if (found === undefined) throw new Error(`the example has no check ${name}`);
  return found.options;
}

/** An Instance in the shape of Tarmak's Wing (pkg/apis/wing/v1alpha1). */
function instance(
  name: string,
  status: object | undefined,
  namespace = 'prod',
): { metadata: { name: string; namespace: string } } {
  const spec = { converge: { path: 's3://prod/puppet.tar.gz', hash: 'sha256:b2', requestTimestamp: minutesAgo(30) } };
  return {
    apiVersion: 'wing.tarmak.io/v1alpha1',
    kind: 'Instance',
    metadata: { name, namespace, labels: { role: name.replace(/-.*/, '') } },
    instanceID: `i-${name}`,
    instancePool: 'worker',
    spec,
    ...(status !== undefined && { status: { converge: status } }),
  } as { metadata: { name: string; namespace: string } };
}

const minutesAgo = (minutes: number): string =>
  `${new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19)}Z`;
const converged = {
  state: 'converged',
  hash: 'sha256:b2',
  lastUpdateTimestamp: minutesAgo(10),
  exitCodes: [2, 0],
  messages: ['', ''],
};

const FLEET = [
  instance('worker-1', converged),
  instance('worker-2', { ...converged, hash: 'sha256:a1' }),
  instance('worker-3', {
    ...converged,
    state: 'error',
    exitCodes: [6, 6],
    messages: ['Error: no space left', 'token: c4n4ry-words'],
  }),
  instance('worker-4', { ...converged, lastUpdateTimestamp: '2020-01-01T00:00:00Z' }),
  instance('worker-5', undefined),
  instance('other-1', undefined, 'staging'),
];

const EXPECTED = {
  resources: 2,
  drift: [['worker-2', 'worker', 'unapplied', '/status/converge/hash']],
  failures: [
    ['task_failed', 'worker-3'],
    ['stale', 'worker-4'],
    ['bad_output', 'worker-5'],
  ],
};

function summary({ resources, drift, failures }: Sum): unknown {
  return {
    resources,
    drift: drift.map(({ address, scope, cause, changes }) => [
      address,
      scope,
      cause,
      changes.map(({ path }) => path).join(),
    ]),
    failures: failures.map(({ reason, address }) => [reason, address]),
  };
}

describe('the report checker on Kubernetes objects', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-report-'));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function check(options: object): Promise<Sum> {
    const context = await checkerContext({ sourceDir: dir });
    try {
      return await sumOfRun(report, options, context);
    } finally {
      await context.cleanup();
    }
  }

  describe('of a recorded server', () => {
    let server: ReplayServer;

    beforeEach(async () => {
      server = await startReplayServer({ cluster: wingCluster() });
      await writeFile(join(dir, 'kubeconfig'), kubeconfig(server.url));
    });
    afterEach(() => server.close());

    it("tells Wing's converged, pending, failed, silent and never converged instances apart", async () => {
      const { kubernetes, ...rest } = exampleOf('wing');
      const found = await check({ kubernetes: { ...kubernetes, kubeconfig: 'kubeconfig' }, ...rest });
      expect(summary(found)).to.deep.equal(EXPECTED);
      expect(found.failures[0]?.message).to.equal(
        'wing.tarmak.io/Instance/prod/worker-3: reports error: Error: no space left\ntoken: (sensitive)',
      );
      expect(server.requests.every(({ method }) => method === 'GET')).to.equal(true);
    });

    it('reads the report in the data of a ConfigMap, and names the ones without', async () => {
      const mapping = { address: 'host', status: { path: 'state', values: { ok: 'in_sync', no: 'drifted' } } };
      const given = { kubeconfig: 'kubeconfig', api_version: 'v1', kind: 'ConfigMap', data_key: 'report.yaml' };
      const found = await check({ kubernetes: given, mapping });
      expect([found.resources, found.drift.map(({ address }) => address)]).to.deep.equal([2, ['h2']]);
      expect(found.failures.map(({ message }) => message)).to.deep.equal([
        'ConfigMap/prod/bare: expected a report at data.report.yaml, got nothing',
        'ConfigMap/prod/broken data.report.yaml: document 1, line 1: expected YAML: unexpected end of the stream within a flow collection',
      ]);
    });

    it('says that the server does not know the kind', async () => {
      const kubernetes = { kubeconfig: 'kubeconfig', api_version: 'wing.tarmak.io/v1alpha1', kind: 'Machine' };
      const found = await check({ ...exampleOf('wing'), kubernetes });
      expect(found.failures.map(({ reason, message }) => `${reason}: ${message}`)).to.deep.equal([
        'not_found: wing.tarmak.io/v1alpha1 Machine: the server does not know it',
      ]);
    });
  });

  describe('of a real server', () => {
    let server: KubeApiServer;

    before(async function () {
      this.timeout(120_000);
      server = await startKubeApiServer(needsKubeApiServer(this));
    });
    after(() => server?.close());

    it('finds the same, by one LIST, and only what the selector names', async function () {
      this.timeout(120_000);
      const definition = customResource();
      await server.kubectl(['apply', '-f', '-'], { input: JSON.stringify(definition) });
      await server.kubectl(['wait', '--for=condition=Established', 'crd/instances.wing.tarmak.io', '--timeout=60s']);
      for (const namespace of ['prod', 'staging']) await server.kubectl(['create', 'namespace', namespace]);
      const list = { apiVersion: 'v1', kind: 'List', items: FLEET };
      await server.kubectl(['create', '-f', '-'], { input: JSON.stringify(list) });
      const { kubernetes, ...rest } = exampleOf('wing');
      const found = await check({ kubernetes: { ...kubernetes, kubeconfig: server.kubeconfig }, ...rest });
      expect(summary(found)).to.deep.equal(EXPECTED);
      const narrowed = { ...kubernetes, kubeconfig: server.kubeconfig, namespaces: undefined, selector: 'role=other' };
      const none = await check({ kubernetes: narrowed, ...rest, expected: 1 });
      expect(none.failures.map(({ address }) => address)).to.deep.equal(['other-1']);
    });
  });

  it('finds in the files of the example what they say, and who is silent', async () => {
    const context = await checkerContext({ sourceDir: EXAMPLE });
    try {
      const found = await sumOfRun(report, exampleOf('patch-level'), context);
      expect([found.resources, found.drift.map(({ address }) => address)]).to.deep.equal([2, ['web-02']]);
      expect(found.drift[0]?.changes.map(({ op, path }) => [op, path])).to.deep.equal([
        ['replace', '/openssl'],
        ['add', '/sudo'],
      ]);
      expect(found.failures.map(({ message }) => message)).to.deep.equal(['db-01: expected a report, got none']);
    } finally {
      await context.cleanup();
    }
  });
});

function customResource(): object {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'instances.wing.tarmak.io' },
    spec: {
      group: 'wing.tarmak.io',
      scope: 'Namespaced',
      names: { kind: 'Instance', plural: 'instances' },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema: { openAPIV3Schema: open } }],
    },
  };
}

/** A server that knows Instances and ConfigMaps, and publishes no OpenAPI. */
function wingCluster(): Cluster {
  const verbs = ['get', 'list'];
  const resources = (name: string, kind: string): string =>
    JSON.stringify({ kind: 'APIResourceList', resources: [{ name, kind, namespaced: true, verbs }] });
  const map = (
    name: string,
    text: string | undefined,
  ): { metadata: { name: string; namespace: string }; data?: object } => ({
    metadata: { name, namespace: 'prod' },
    ...(text !== undefined && { data: { 'report.yaml': text } }),
  });
  const maps = [
    map('h1', 'host: h1\nstate: ok\n'),
    map('h2', 'host: h2\nstate: "no"\n'),
    map('bare', undefined),
    map('broken', '{'),
  ];
  return {
    documents: new Map([
      ['/apis/wing.tarmak.io/v1alpha1', resources('instances', 'Instance')],
      ['/api/v1', resources('configmaps', 'ConfigMap')],
    ]),
    lists: new Map([
      [
        '/apis/wing.tarmak.io/v1alpha1/instances',
        { apiVersion: 'wing.tarmak.io/v1alpha1', kind: 'InstanceList', items: FLEET },
      ],
      ['/api/v1/configmaps', { apiVersion: 'v1', kind: 'ConfigMapList', items: maps }],
    ]),
  };
}
