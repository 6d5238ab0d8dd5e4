import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { builtIn } from '../../checkers/index.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createRegistry } from '../../src/registry.ts';
import { needs } from '../support/skips.ts';

interface Service {
  readonly '<<'?: Partial<Service>;
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[];
}

const DIR = join(import.meta.dirname, '../../deploy/compose');
const { services, volumes } = load(readFileSync(join(DIR, 'compose.yaml'), 'utf8')) as {
  services: Readonly<Record<string, Service>>;
  volumes: Readonly<Record<string, null>>;
};
const all = Object.entries(services).map(([name, service]) => [name, { ...service['<<'], ...service }] as const);

const mountsOf = (
  service: Service,
): readonly { readonly from: string; readonly to: string; readonly mode?: string }[] =>
  (service.volumes ?? []).map((text) => {
    const [from = '', to = '', mode] = text.split(':');
    return { from, to, ...(mode !== undefined && { mode }) };
  });

/** Lays out what the service sees below `path`, in a temporary directory; returns that of `path`. */
function layOut(service: Service, path: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'drift-compose-'));
  for (const { from, to } of mountsOf(service).filter((mount) => mount.to.startsWith(path))) {
    mkdirSync(dirname(join(dir, to)), { recursive: true });
    cpSync(resolve(DIR, from), join(dir, to), { recursive: true });
  }
  dirs.push(dir);
  return join(dir, path);
}

const dirs: string[] = [];

after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true });
});

describe('the compose file', () => {
  for (const [name, service] of all) {
    it(`keeps ${name} on this machine, without rights, on a read-only root`, () => {
      expect(service).to.include({ read_only: true });
      expect(service.cap_drop).to.deep.equal(['ALL']);
      for (const port of service.ports ?? []) expect(port).to.match(/^127\.0\.0\.1:(\d+):\1$/);
      if (service.build === undefined) expect(service.image).to.match(/^\$\{[A-Z]+_IMAGE:-[\w/]+:v?\d+\.\d+\.\d+\}$/);
    });

    it(`mounts into ${name} what is there`, () => {
      for (const { from, mode } of mountsOf(service)) {
        if (!from.startsWith('.')) {
          expect(Object.keys(volumes)).to.include(from);
          continue;
        }
        expect(existsSync(resolve(DIR, from)), from).to.equal(true);
        expect(mode, from).to.equal('ro');
      }
      for (const other of service.depends_on ?? []) expect(services).to.have.property(other);
    });
  }

  it('builds the image of this repository', () => {
    const { context, dockerfile } = services['drift-exporter']!.build!;
    expect(existsSync(resolve(DIR, context, dockerfile))).to.equal(true);
  });

  it('gives drift-exporter a valid configuration on the mounted volume', async () => {
    const file = join(layOut(services['drift-exporter']!, '/etc/drift-exporter'), 'drift-exporter.yaml');
    const { config } = await loadConfig(file, { environment: {}, loadCheckers: createRegistry(builtIn) });
    expect(config.store).to.deep.equal({ kind: 'sqlite', path: '/data/drift.db' });
    expect(mountsOf(services['drift-exporter']!).map(({ to }) => to)).to.include('/data');
  });

  it('gives Prometheus rules and targets that promtool accepts', function () {
    needs(this, { promtool: 'comes with Prometheus' });
    const dir = layOut(services['prometheus']!, '/etc/prometheus');
    execFileSync('promtool', ['check', 'config', join(dir, 'prometheus.yml')], { stdio: 'pipe' });
    const text = readFileSync(join(dir, 'prometheus.yml'), 'utf8');
    expect(text).to.include('drift-exporter:9152').and.include('alertmanager:9093');
  });

  it('gives Alertmanager a configuration that amtool accepts', function () {
    needs(this, { amtool: 'comes with Alertmanager' });
    const dir = layOut(services['alertmanager']!, '/etc/alertmanager');
    execFileSync('amtool', ['check-config', join(dir, 'alertmanager.yml')], { stdio: 'pipe' });
  });

  it('gives Grafana the data source and the dashboards', () => {
    const provisioning = layOut(services['grafana']!, '/etc/grafana/provisioning');
    const read = (file: string): unknown => load(readFileSync(join(provisioning, file), 'utf8'));
    expect(read('datasources/prometheus.yaml')).to.have.nested.property('datasources[0].url', 'http://prometheus:9090');
    const path = '/var/lib/grafana/dashboards';
    expect(read('dashboards/drift.yaml')).to.have.nested.property('providers[0].options.path', path);
    expect(readdirSync(layOut(services['grafana']!, path)).filter((file) => file.endsWith('.json'))).not.to.be.empty;
  });
});

describe('deploy/prometheus/scrape.yaml', () => {
  it('is what promtool accepts, beside the rules', function () {
    needs(this, { promtool: 'comes with Prometheus' });
    const dir = mkdtempSync(join(tmpdir(), 'drift-scrape-'));
    dirs.push(dir);
    const config = load(readFileSync(join(DIR, '../prometheus/scrape.yaml'), 'utf8')) as {
      scrape_configs: readonly Record<string, unknown>[];
    };
    // Distributions build promtool without the Kubernetes discovery.
    const { kubernetes_sd_configs: discovery, ...kubernetes } = config.scrape_configs[1]!;
    expect(discovery).to.deep.equal([
      { role: 'pod', selectors: [{ role: 'pod', label: 'app.kubernetes.io/name=drift-exporter' }] },
    ]);
    const checked = { ...config, scrape_configs: [config.scrape_configs[0], kubernetes] };
    writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify(checked));
    cpSync(join(DIR, '../../alerts/drift-exporter.rules.yaml'), join(dir, 'drift-exporter.rules.yaml'));
    execFileSync('promtool', ['check', 'config', join(dir, 'prometheus.yml')], { stdio: 'pipe' });
  });
});
