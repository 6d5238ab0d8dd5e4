import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  create,
  installClusterApi,
  kubeconfigOf,
  kubeconfigSecret,
} from '../checkers/cluster-api/management-cluster.ts';
import { needsKubeApiServer, startKubeApiServer, type KubeApiServer } from '../support/kube-apiserver.ts';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';

interface Discoveries {
  readonly discoveries: readonly {
    readonly name: string;
    readonly up?: boolean;
    readonly items: number;
    readonly failures: readonly { readonly reason: string; readonly message: string }[];
  }[];
}

describe('Clusters discovered by a service', function () {
  this.timeout(180_000);
  let management: KubeApiServer;
  let workload: KubeApiServer;
  let configured: Awaited<ReturnType<typeof configDir>>;
  let service: TestService;
  const tokens: string[] = [];

  before(async function () {
    const assets = needsKubeApiServer(this);
    [management, workload] = await Promise.all([startKubeApiServer(assets), startKubeApiServer(assets)]);
    await installClusterApi(management, 'v1.12.0');
    await management.kubectl(['create', 'namespace', 'prod']);
    await management.kubectl(['create', 'namespace', 'argocd']);
    await management.kubectl([
      'create',
      'clusterrole',
      'drift-exporter',
      '--verb=list',
      '--resource=secrets,clusters.cluster.x-k8s.io',
    ]);
    await allowReader(management);
    await workload.kubectl(['create', 'namespace', 'shop']);
    await workload.kubectl(['create', 'clusterrole', 'reader', '--verb=list', '--resource=configmaps']);
    await workload.kubectl(['create', 'configmap', '-n', 'shop', 'web', '--from-literal=colour=red']);
    configured = await configDir(configuration(management.kubeconfig));
    await mkdir(join(configured.dir, 'apps'));
    await writeFile(join(configured.dir, 'apps', 'web.yaml'), MANIFEST);
    service = await startService(configured.file);
  });

  after(async () => {
    await service?.end('SIGTERM');
    await Promise.all([management?.close(), workload?.close()]);
    await configured?.remove();
  });

  it('has no checks while there are no clusters, and says that it looked', async () => {
    const { discoveries } = await eventually(async () => {
      const answer = await discovered(service);
      return answer.discoveries.every(({ up }) => up === true) && answer;
    });
    expect(discoveries.map(({ name, items, failures }) => ({ name, items, failures }))).to.deep.equal([
      { name: 'workload-clusters', items: 0, failures: [] },
      { name: 'argo', items: 0, failures: [] },
    ]);
    expect((await service.json('/diff')).checks).to.deep.equal([]);
  });

  it('makes a check when a cluster has its kubeconfig, and compares that cluster', async () => {
    await create(management, cluster('eu-1', { env: 'prod', region: 'eu' }));
    await create(management, cluster('test-1', { env: 'test' }));
    const kubeconfig = await kubeconfigOf(workload, await token(workload, tokens, 'first'));
    await create(management, kubeconfigSecret({ namespace: 'prod', name: 'eu-1' }, kubeconfig));
    await create(management, kubeconfigSecret({ namespace: 'prod', name: 'test-1' }, kubeconfig));
    const [check] = await eventually(async () => {
      const { checks } = await service.json('/diff');
      return checks[0]?.status === 'drifted' && checks;
    }, 60);
    expect(check?.['check']).to.equal('kube-eu-1');
    expect(check?.['labels']).to.deep.equal({ cluster: 'eu-1', region: 'eu', team: 'nobody' });
    expect(check?.drift.map(({ address }) => address)).to.deep.equal(['ConfigMap/shop/web']);
    expect(await service.metrics()).to.match(/drift_check_status\{check="kube-eu-1",status="drifted"\} 1/);
    expect(await service.metrics()).to.match(/drift_discovery_items\{discovery="workload-clusters"\} 1\n/);
  });

  it('reads the credentials anew for each run', async () => {
    await workload.kubectl(['delete', 'serviceaccount', '-n', 'shop', 'first']);
    await eventually(async () => (await checkOf(service, 'kube-eu-1'))?.status === 'error', 60);
    const { failures } = (await checkOf(service, 'kube-eu-1')) ?? { failures: [] };
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['unauthenticated']);
    const kubeconfig = await kubeconfigOf(workload, await token(workload, tokens, 'second'));
    const secret = kubeconfigSecret({ namespace: 'prod', name: 'eu-1' }, kubeconfig);
    await management.kubectl(['replace', '-f', '-'], { input: JSON.stringify(secret) });
    await eventually(async () => (await checkOf(service, 'kube-eu-1'))?.status === 'drifted', 60);
  });

  it('makes a check of a cluster registered in Argo CD', async () => {
    const kubeconfig = await kubeconfigOf(workload, '');
    const [{ cluster }] = kubeconfig['clusters'] as [{ cluster: Record<string, string> }];
    const config = {
      bearerToken: await token(workload, tokens, 'argo'),
      tlsClientConfig: { insecure: false, caData: cluster['certificate-authority-data'] },
    };
    await create(
      management,
      argoSecret('shop', { name: 'shop-prod', server: workload.url, config: JSON.stringify(config) }),
    );
    await create(management, argoSecret('broken', { config: 'x' }));
    await eventually(async () => (await checkOf(service, 'argo-shop-prod'))?.status === 'drifted', 60);
    const { discoveries } = await discovered(service);
    expect(discoveries[1]?.failures.map(({ message }) => message)).to.deep.equal([
      'Secret argocd/broken: expected data.name and data.server, as Argo CD writes them',
    ]);
    expect(await service.metrics()).to.match(/drift_discovery_failures\{discovery="argo",reason="invalid"\} 1\n/);
    expect(await service.metrics()).to.match(/drift_discovery_up\{discovery="argo"\} 0\n/);
  });

  it('keeps the checks when the management cluster cannot be asked, over a restart too', async () => {
    await management.kubectl(['delete', 'clusterrolebinding', 'drift-exporter']);
    const { discoveries } = await eventually(async () => {
      const answer = await discovered(service);
      return answer.discoveries[0]?.up === false && answer;
    });
    expect(discoveries[0]?.failures[0]?.reason).to.equal('forbidden');
    expect(discoveries[0]?.items).to.equal(1);
    await service.end('SIGTERM');
    service = await startService(configured.file);
    await eventually(async () => (await discovered(service)).discoveries[0]?.up === false);
    expect((await service.json('/diff')).checks.map(({ check }) => check)).to.deep.equal([
      'argo-shop-prod',
      'kube-eu-1',
    ]);
    expect(await service.metrics()).to.match(
      /drift_discovery_last_success_timestamp_seconds\{discovery="workload-clusters"\} \d/,
    );
    await allowReader(management);
    await eventually(async () => (await discovered(service)).discoveries[0]?.up);
  });

  it('shows what it found and could not on the page', async () => {
    const page = await (await service.get('/sources', { headers: { accept: 'text/html' } })).text();
    expect(page).to.include('workload-clusters');
    expect(page).to.include('Secret argocd/broken: expected data.name');
  });

  it('takes the check and its series away with the cluster', async () => {
    await management.kubectl(['delete', 'cluster', '-n', 'prod', 'eu-1']);
    await eventually(async () => (await checkOf(service, 'kube-eu-1')) === undefined, 60);
    expect(await service.metrics()).not.to.include('kube-eu-1');
    expect(await service.metrics()).to.include('argo-shop-prod');
  });

  it('gives no credential to any answer, log line or file', async () => {
    const urls = [
      '/metrics',
      '/diff',
      '/',
      '/sources',
      '/api/v1/checks',
      '/api/v1/discoveries',
      '/checks/argo-shop-prod',
    ];
    const answers = await Promise.all(urls.map(async (url) => (await service.get(url)).text()));
    const configuration = await (await service.get('/api/v1/checks/argo-shop-prod')).text();
    await service.end('SIGTERM');
    const files = await readdir(configured.dir, { recursive: true, withFileTypes: true });
    const stored = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
    );
    const everything = [...answers, configuration, JSON.stringify(service.log), ...stored].join('\n');
    expect(tokens).to.have.lengthOf(3);
    for (const secret of tokens) {
      expect(everything).not.to.include(secret);
      expect(everything).not.to.include(Buffer.from(secret).toString('base64').slice(0, 40));
    }
    service = await startService(configured.file);
  });
});

const MANIFEST = `apiVersion: v1
kind: ConfigMap
metadata: { name: web, namespace: shop }
data: { colour: blue }
`;

/** As a user who may read Clusters and Secrets, and nothing else. */
function configuration(kubeconfig: string): string {
  return `
sources: [{ name: apps, directory: apps }]
discover:
  - name: workload-clusters
    interval: 1s
    cluster_api: { kubeconfig: ${kubeconfig}, context: reader, namespaces: prod, selector: env=prod }
    checks:
      - name: kube-{{ name }}
        checker: kubernetes
        source: apps
        interval: 1s
        labels: { cluster: '{{ name }}', region: '{{ label.region }}', team: '{{ label.team:-nobody }}' }
        options: { kubeconfig: ${kubeconfig}, cluster_secret: '{{ cluster_secret }}', manifests: '*.yaml' }
  - name: argo
    interval: 1s
    argo_cd: { kubeconfig: ${kubeconfig} }
    checks:
      - name: argo-{{ name }}
        checker: kubernetes
        source: apps
        interval: 1s
        options: { kubeconfig: ${kubeconfig}, cluster_secret: '{{ cluster_secret }}', manifests: '*.yaml' }
`;
}

function cluster(name: string, labels: Readonly<Record<string, string>>): unknown {
  return {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Cluster',
    metadata: { name, namespace: 'prod', labels },
    spec: { infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'DockerCluster', name } },
  };
}

function argoSecret(name: string, data: Readonly<Record<string, string>>): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
    stringData: data,
  };
}

/** A token of a new service account that may read ConfigMaps: it ends with the account. */
async function token(server: KubeApiServer, tokens: string[], account: string): Promise<string> {
  await server.kubectl(['create', 'serviceaccount', '-n', 'shop', account]);
  await server.kubectl([
    'create',
    'clusterrolebinding',
    account,
    '--clusterrole=reader',
    `--serviceaccount=shop:${account}`,
  ]);
  const made = (await server.kubectl(['create', 'token', '-n', 'shop', account])).trim();
  tokens.push(made);
  return made;
}

async function allowReader(server: KubeApiServer): Promise<void> {
  await server.kubectl([
    'create',
    'clusterrolebinding',
    'drift-exporter',
    '--clusterrole=drift-exporter',
    '--user=reader',
  ]);
}

async function discovered(service: TestService): Promise<Discoveries> {
  return (await (await service.get('/api/v1/discoveries')).json()) as Discoveries;
}

type Check = Awaited<ReturnType<TestService['json']>>['checks'][number];

async function checkOf(service: TestService, name: string): Promise<Check | undefined> {
  return (await service.json('/diff')).checks.find(({ check }) => check === name);
}
