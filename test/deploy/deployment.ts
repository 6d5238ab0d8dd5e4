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

interface Objects {
  readonly all: readonly KubernetesObject[];
  /** The only one of its kind. Throws when there are none or many. */
  one<T>(kind: string): KubernetesObject & T;
  many<T>(kind: string): readonly (KubernetesObject & T)[];
}

interface StatefulSet {
  readonly spec: {
    readonly replicas: number;
    readonly serviceName: string;
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
    readonly volumeClaimTemplates?: readonly KubernetesObject[];
  };
}

interface ServiceMonitor {
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels };
    readonly endpoints: readonly { readonly port: string; readonly path: string; readonly interval: string }[];
  };
}

const ROOT = join(import.meta.dirname, '../..');

export function parseObjects(yaml: string): Objects {
  const all = (loadAll(yaml) as (KubernetesObject | null | undefined)[]).filter(
    (object): object is KubernetesObject => object !== null && object !== undefined,
  );
  const many = <T>(kind: string) => all.filter((object) => object.kind === kind) as (KubernetesObject & T)[];
  return {
    all,
    many,
    one: <T>(kind: string) => {
      const [only, ...others] = many<T>(kind);
      if (only === undefined || others.length > 0) throw new Error(`expected one ${kind}; got ${many(kind).length}`);
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
    const { spec } = render().one<StatefulSet>('StatefulSet');
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
    const { spec } = objects.one<StatefulSet>('StatefulSet');
    const { labels } = spec.template.metadata;
    const service = objects.one<{ spec: { selector: Labels; ports: readonly { name: string; targetPort: string }[] } }>(
      'Service',
    );
    expect(service.metadata.name).to.equal(spec.serviceName);
    expect(labels).to.include(service.spec.selector);
    expect(spec.template.spec.containers[0]?.ports?.map(({ name }) => name)).to.include(
      service.spec.ports[0]?.targetPort,
    );
    const budget = objects.one<{ spec: { selector: { matchLabels: Labels } } }>('PodDisruptionBudget');
    expect(labels).to.include(budget.spec.selector.matchLabels);
    const policy = objects.one<{ spec: { podSelector: { matchLabels: Labels } } }>('NetworkPolicy');
    expect(labels).to.include(policy.spec.podSelector.matchLabels);
    for (const { spec: monitor } of objects.many<ServiceMonitor>('ServiceMonitor')) {
      expect(service.metadata.labels).to.include(monitor.selector.matchLabels);
      expect(monitor.endpoints.map(({ port }) => port)).to.deep.equal([service.spec.ports[0]?.name]);
    }
  });

  it('may get and list, and Secrets only when asked', () => {
    const objects = render();
    const bound = objects
      .many<{ roleRef: { name: string }; subjects: readonly { name: string; namespace: string }[] }>(
        'ClusterRoleBinding',
      )
      .map(({ roleRef }) => roleRef.name);
    const rules = objects
      .many<{ rules: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[] }>('ClusterRole')
      .filter(({ metadata }) => bound.includes(metadata.name) && !/-(secrets|dry-run)$/.test(metadata.name))
      .flatMap(({ rules: own }) => own);
    expect(rules).not.to.be.empty;
    for (const { apiGroups, resources, verbs } of rules) {
      expect(['get', 'list']).to.include.members(verbs);
      expect(apiGroups).not.to.include('*');
      if (apiGroups.includes('')) expect(resources).not.to.include.members(['secrets']).and.not.to.include('*');
    }
    const account = objects.one<object>('ServiceAccount').metadata.name;
    expect(objects.one<StatefulSet>('StatefulSet').spec.template.spec).to.have.property('serviceAccountName', account);
  });

  it('carries a valid configuration that keeps everything on the volume', async () => {
    const { data } = render()
      .many<{ data: Labels }>('ConfigMap')
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
    const [endpoint] = objects.one<ServiceMonitor>('ServiceMonitor').spec.endpoints;
    expect(endpoint).to.include({ path: '/metrics' });
    expect(endpoint?.interval).to.match(/^\d+s$/);
    expect(Object.keys(endpoint!)).to.have.members(['port', 'path', 'interval', 'relabelings']);
    const rules = load(await readFile(join(ROOT, 'alerts/drift-exporter.rules.yaml'), 'utf8'));
    expect(objects.one<{ spec: unknown }>('PrometheusRule').spec).to.deep.equal(rules);
  });
}
