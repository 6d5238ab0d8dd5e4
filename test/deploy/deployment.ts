import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { builtIn } from '../../checkers/index.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createRegistry } from '../../src/registry.ts';
import { createKubernetesValidator, isExtension, type KubernetesObject } from './kubernetes-schema.ts';
import { podSecurityIssues, type PodSpec } from './pod-security.ts';

type Labels = Readonly<Record<string, string>>;

/** The parts of each kind that tests look at. */
interface Kinds {
  readonly Namespace: unknown;
  readonly ServiceAccount: unknown;
  readonly ClusterRole: {
    readonly rules: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[];
  };
  readonly ClusterRoleBinding: {
    readonly roleRef: { readonly name: string };
    readonly subjects: readonly { readonly name: string; readonly namespace: string }[];
  };
  readonly ConfigMap: { readonly data: Readonly<Record<string, string>> };
  readonly Service: {
    readonly spec: { readonly selector: Labels; readonly ports: readonly { name: string; targetPort: string }[] };
  };
  readonly Deployment: {
    readonly spec: {
      readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
    };
  };
  readonly StatefulSet: {
    readonly spec: {
      readonly replicas: number;
      readonly serviceName: string;
      readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
      readonly volumeClaimTemplates?: readonly KubernetesObject[];
    };
  };
  readonly PodDisruptionBudget: { readonly spec: { readonly selector: { readonly matchLabels: Labels } } };
  readonly NetworkPolicy: { readonly spec: { readonly podSelector: { readonly matchLabels: Labels } } };
  readonly ServiceMonitor: {
    readonly spec: {
      readonly selector: { readonly matchLabels: Labels };
      readonly endpoints: readonly { readonly port: string; readonly path: string; readonly interval: string }[];
    };
  };
  readonly PrometheusRule: { readonly spec: unknown };
}

export interface Objects {
  readonly all: readonly KubernetesObject[];
  /** The only one of its kind. Throws when there are none or many. */
  one<K extends keyof Kinds>(kind: K): KubernetesObject & Kinds[K];
  many<K extends keyof Kinds>(kind: K): readonly (KubernetesObject & Kinds[K])[];
}

const ROOT = join(import.meta.dirname, '../..');

export function parseObjects(yaml: string): Objects {
  const all = (loadAll(yaml) as (KubernetesObject | null | undefined)[]).filter(
    (object): object is KubernetesObject => object !== null && object !== undefined,
  );
  const many = <K extends keyof Kinds>(kind: K) =>
    all.filter((object) => object.kind === kind) as (KubernetesObject & Kinds[K])[];
  return {
    all,
    many,
    one: <K extends keyof Kinds>(kind: K) => {
      const found = many<K>(kind);
      const [only] = found;
      if (only === undefined || found.length > 1) throw new Error(`expected one ${kind}; got ${found.length}`);
      return only;
    },
  };
}

/** Defines the tests that every way to deploy to Kubernetes must pass. `render` is called when they run. */
export function itDeploys(render: () => Objects, expected: { readonly operator: boolean }): void {
  it('has only objects that the API server knows, field by field', async () => {
    const validate = await createKubernetesValidator();
    const issues = render()
      .all.filter((object) => !isExtension(object))
      .flatMap((object) => validate(object));
    expect(issues).to.deep.equal([]);
  });

  it('names each object once, with the common label', () => {
    const names = render().all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(names).size).to.equal(names.length);
    for (const { metadata } of render().all) {
      expect(metadata.labels, metadata.name).to.have.property('app.kubernetes.io/name', 'drift-exporter');
    }
  });

  it('runs a restricted pod with one writer of the store', () => {
    const { spec } = render().one('StatefulSet');
    expect(podSecurityIssues(spec.template.spec)).to.deep.equal([]);
    expect(spec.replicas).to.equal(1);
    const [container] = spec.template.spec.containers;
    expect(container?.resources).to.have.nested.property('limits.memory');
    expect(container?.resources).to.have.nested.property('requests.cpu');
    const volumes = [
      ...(spec.template.spec.volumes ?? []).map(({ name }) => name),
      ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
    ];
    expect(container?.volumeMounts?.map(({ name }) => name)).to.have.members(volumes);
  });

  it('selects its own pods and port with every selector', () => {
    const objects = render();
    const { spec } = objects.one('StatefulSet');
    const { labels } = spec.template.metadata;
    const service = objects.one('Service');
    expect(service.metadata.name).to.equal(spec.serviceName);
    expect(labels).to.include(service.spec.selector);
    expect(spec.template.spec.containers[0]?.ports?.map(({ name }) => name)).to.include(
      service.spec.ports[0]?.targetPort,
    );
    const budget = objects.one('PodDisruptionBudget');
    expect(labels).to.include(budget.spec.selector.matchLabels);
    const policy = objects.one('NetworkPolicy');
    expect(labels).to.include(policy.spec.podSelector.matchLabels);
    for (const { spec: monitor } of objects.many('ServiceMonitor')) {
      expect(service.metadata.labels).to.include(monitor.selector.matchLabels);
      expect(monitor.endpoints.map(({ port }) => port)).to.deep.equal([service.spec.ports[0]?.name]);
    }
  });

  it('may get and list, and Secrets only when asked', () => {
    const objects = render();
    const bound = new Set(objects.many('ClusterRoleBinding').map(({ roleRef }) => roleRef.name));
    const rules = objects
      .many('ClusterRole')
      .filter(({ metadata }) => bound.has(metadata.name) && !/-(secrets|dry-run)$/.test(metadata.name))
      .flatMap(({ rules: own }) => own);
    expect(rules).not.to.be.empty;
    for (const { apiGroups, resources, verbs } of rules) {
      expect(['get', 'list']).to.include.members(verbs);
      expect(apiGroups).not.to.include('*');
      if (apiGroups.includes('')) expect(resources).not.to.include.members(['secrets']).and.not.to.include('*');
    }
    const account = objects.one('ServiceAccount').metadata.name;
    expect(objects.one('StatefulSet').spec.template.spec).to.have.property('serviceAccountName', account);
  });

  it('carries a valid configuration that keeps everything on the volume', async () => {
    const { data } = render()
      .many('ConfigMap')
      .find(({ data: files }) => 'drift-exporter.yaml' in files)!;
    const dir = await mkdtemp(join(tmpdir(), 'drift-deploy-'));
    try {
      const file = join(dir, 'drift-exporter.yaml');
      await writeFile(file, data['drift-exporter.yaml']!);
      const { config } = await loadConfig(file, { environment: {}, loadCheckers: createRegistry(builtIn) });
      expect(config.global.dataDir).to.equal('/data');
      expect(config.store).to.deep.equal({ kind: 'sqlite', path: '/data/drift.db' });
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  if (!expected.operator) return;

  it("has the operator's objects, with the alerts as they are", async () => {
    const objects = render();
    const [endpoint] = objects.one('ServiceMonitor').spec.endpoints;
    expect(endpoint).to.include({ path: '/metrics' });
    expect(endpoint?.interval).to.match(/^\d+s$/);
    expect(Object.keys(endpoint!)).to.have.members(['port', 'path', 'honorLabels', 'interval', 'relabelings']);
    const rules = load(await readFile(join(ROOT, 'alerts/drift-exporter.rules.yaml'), 'utf8'));
    expect(objects.one('PrometheusRule').spec).to.deep.equal(rules);
  });
}
