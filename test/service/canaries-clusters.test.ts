import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordedFleet, type RecordedObject } from '../checkers/cluster-api/recorded.ts';
import { createCanaries, investigate } from '../support/canaries.ts';
import {
  applied,
  base64,
  CHANGED,
  clusterOf,
  objectsOf,
  quotingWords,
  yaml,
  type Fields,
} from '../support/canary-objects.ts';
import { startReplayServer, statusBody, type Cluster, type KubeItem } from '../support/kube-replay-server.ts';
import { kubeconfig } from '../support/kubernetes-sources.ts';
import { configDir } from '../support/service.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const canaries = createCanaries();
const plant = (what: string): string => canaries.plant(what);
const quoting = (what: string): string => quotingWords(canaries, what);
const metadata = (name: string): Fields => ({ name, namespace: 'shop' });

/** What a command of ours prints on both streams; the tests' own servers answer meanwhile. */
async function printed(dir: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: dir, env: { ...process.env, HOME: dir } });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
  await new Promise((resolve) => child.once('close', resolve));
  return said.join('');
}

/** The API of a workload cluster: Secrets, ConfigMaps and the nodes of the recorded fleet. */
function workloadOf(items: readonly Fields[]): Cluster {
  const { documents, lists } = clusterOf([], items);
  const core = JSON.parse(documents.get('/api/v1') ?? '{}') as { readonly resources: readonly object[] };
  const node = { name: 'nodes', kind: 'Node', namespaced: false, verbs: ['list'] };
  const nodes = [0, 1, 2].map((index) => ({
    metadata: { name: `node-${index}`, annotations: { token: plant(`an annotation of node ${index}`) } },
    status: { nodeInfo: { kubeletVersion: 'v1.30.2' } },
  }));
  return {
    documents: new Map([
      ...documents,
      ['/api/v1', JSON.stringify({ ...core, resources: [...core.resources, node] }, null, 1)],
    ]),
    lists: new Map([...lists, ['/api/v1/nodes', { apiVersion: 'v1', kind: 'NodeList', items: nodes }]]),
  };
}

const CLUSTERS = '/apis/cluster.x-k8s.io/v1beta2/clusters';

/** The recorded management cluster with other Clusters, and Secrets to be listed and read one by one. */
async function managementOf(
  secrets: readonly Fields[],
  more: {
    readonly clusters?: readonly string[];
    readonly edit?: (kind: string, object: RecordedObject) => RecordedObject;
  },
): Promise<Cluster> {
  const recorded = await recordedFleet(more.edit);
  const own = recorded.lists.get(CLUSTERS)!;
  const items = more.clusters?.map((name) => ({ ...own.items[0], metadata: { name, namespace: 'prod' } }));
  const core = clusterOf([], []).documents.get('/api/v1') ?? '';
  const each = secrets.map((secret) => {
    const { namespace, name } = secret['metadata'] as { readonly namespace: string; readonly name: string };
    return [`/api/v1/namespaces/${namespace}/secrets/${name}`, JSON.stringify(secret)] as const;
  });
  const list = { apiVersion: 'v1', kind: 'SecretList', items: secrets as unknown as readonly KubeItem[] };
  return {
    documents: new Map([...recorded.documents, ['/api/v1', core], ...each]),
    lists: new Map([...recorded.lists, [CLUSTERS, { ...own, items: items ?? own.items }], ['/api/v1/secrets', list]]),
  };
}

const kubeconfigSecret = (name: string, text: string): Fields => ({
  metadata: { name: `${name}-kubeconfig`, namespace: 'prod' },
  data: { value: base64(text) },
});

const argoSecret = (name: string, server: string, config: string): Fields => ({
  metadata: { name, namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
  data: { name: base64(name), server: base64(server), config: base64(config) },
});

/** Machines with what providers say of them, and a control plane with credentials in its configuration. */
const talking =
  (state: string, isPatched: boolean) =>
  (kind: string, object: RecordedObject): RecordedObject => {
    const what = `cluster-api ${state}, ${kind} ${object.metadata.name}`;
    const { metadata: own, spec, status } = object;
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': quoting(`${what}, an annotation`) };
    const told = { ...object, metadata: { ...own, annotations } };
    if (kind === 'KubeadmControlPlane') {
      const kubeadmConfigSpec = {
        files: [{ path: '/etc/x', content: plant(`${what}, a file`) }],
        clusterConfiguration: { apiServer: { extraArgs: [{ name: 'token', value: plant(`${what}, an argument`) }] } },
      };
      return { ...told, spec: { ...spec, kubeadmConfigSpec } };
    }
    if (kind !== 'Machine') return told;
    const message = quoting(`${what}, a condition`);
    const condition = { type: 'UpToDate', status: isPatched ? 'False' : 'True', reason: 'x', message };
    const failure = { failureReason: 'CreateError', failureMessage: quoting(`${what}, a failure`) };
    return { ...told, status: { ...status, conditions: [condition], deprecated: { v1beta1: failure } } };
  };

describe('no secret of a comparison of clusters, of Cluster API or of discovered clusters', () => {
  it('is in anything that is said or kept, and what differs is said to differ', async function () {
    this.timeout(240_000);
    const { dir, file, remove } = await configDir('');
    const [git, other] = [applied(canaries, 'the left side', '1'), applied(canaries, 'the right side', '2')];
    const tokens: string[] = [];
    const token = (what: string): string => tokens[tokens.push(plant(what)) - 1] ?? '';
    const servers: { readonly url: string; close(): Promise<void> }[] = [];
    const serve = async (cluster: Cluster): Promise<string> => {
      const server = await startReplayServer({
        cluster,
        fault: ({ headers }, response) => {
          const given = headers.authorization?.replace('Bearer ', '') ?? '';
          if (tokens.includes(given)) return false;
          const message = `no: ${headers.authorization}; ${words}`;
          response.writeHead(500, { 'content-type': 'application/json' }).end(statusBody(500, message));
          return true;
        },
      });
      servers.push(server);
      return server.url;
    };
    const words = quoting('a server');
    const left = await serve(workloadOf(objectsOf(git, metadata)));
    const right = await serve(workloadOf(objectsOf(other, metadata)));
    const write = async (path: string, text: string): Promise<void> => {
      await mkdir(join(dir, 'src', path, '..'), { recursive: true });
      await writeFile(join(dir, 'src', path), text);
    };
    await write('left/all.yaml', yaml(objectsOf(git, metadata)));
    await write('right/all.yaml', yaml(objectsOf(other, metadata)));
    await write('broken/all.yaml', `kind: Secret\nstringData: {a: ${plant('a side that is cut')}\n`);
    await write('to-left', kubeconfig(left, { token: token('the token of the left side') }));
    await write('to-right', kubeconfig(right, { token: token('the token of the right side') }));
    await write('refused', kubeconfig(right, { token: plant('a wrong token of a side') }));
    await write('git-token', `${plant('the token of the git of a side')}\n`);

    const user = (what: string): Fields => ({ token: token(what) });
    const secrets = [
      kubeconfigSecret('good', kubeconfig(right, user('the kubeconfig of a workload cluster'))),
      kubeconfigSecret('wrong', kubeconfig(right, { token: plant('a wrong token of a workload cluster') })),
      kubeconfigSecret('cut', `clusters: []\nusers: [{user: {token: ${plant('a kubeconfig that is cut')}`),
      kubeconfigSecret(
        'userinfo',
        kubeconfig(
          right.replace('//', `//u:${plant('the URL of a workload cluster')}@`),
          user('the token beside a URL'),
        ),
      ),
      kubeconfigSecret(
        'runs',
        kubeconfig(right, {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'get-token',
            args: [`--password=${plant('an argument of a login program')}`],
            env: [{ name: 'TOKEN', value: plant('the environment of a login program') }],
          },
        }),
      ),
      argoSecret(
        'argo-good',
        right,
        JSON.stringify({ bearerToken: token('a cluster Secret of Argo CD'), tlsClientConfig: { insecure: true } }),
      ),
      argoSecret('argo-wrong', right, JSON.stringify({ bearerToken: plant('a wrong token of Argo CD') })),
      argoSecret('argo-basic', right, JSON.stringify({ username: 'u', password: plant('a password of Argo CD') })),
      argoSecret('argo-cut', right, `{"bearerToken": "${plant('a cluster Secret that is cut')}`),
      argoSecret('argo-userinfo', right.replace('//', `//u:${plant('the URL of a cluster Secret')}@`), '{}'),
      {
        metadata: { ...metadata('argo-nameless'), namespace: 'argocd' },
        data: { config: base64(plant('a nameless cluster')) },
      },
    ];
    const names = ['good', 'wrong', 'cut', 'userinfo', 'runs'];
    const management = await serve(await managementOf(secrets, { clusters: names }));
    await write('management', kubeconfig(management, user('the token of the management cluster')));
    const fleets = { synced: right, drifted: right, failing: right };
    for (const [state, server] of Object.entries(fleets)) {
      const credentials =
        state === 'failing' ? { token: plant('a wrong token of nodes') } : user(`the kubeconfig of nodes, ${state}`);
      const fleet = await managementOf([kubeconfigSecret('eu-1', kubeconfig(server, credentials))], {
        edit: talking(state, state === 'drifted'),
      });
      await write(`fleet-${state}`, kubeconfig(await serve(fleet), user(`the token of the fleet, ${state}`)));
    }

    const cluster = (name: string): Fields => ({
      cluster: { kubeconfig: name, namespaces: ['shop'], kinds: ['Secret', 'ConfigMap'] },
    });
    const fields = [{ name: 'data', path: '/data/*' }];
    const gone = { url: 'https://127.0.0.1:1/a.git', token_file: join(dir, 'src/git-token') };
    const comparisons: Readonly<Record<string, Fields>> = {
      'git-synced': { left: { manifests: 'left' }, right: cluster('to-left') },
      'git-drifted': { left: { manifests: 'left' }, right: { manifests: 'right' } },
      'git-live': { left: { manifests: 'left' }, right: cluster('to-right') },
      'live-synced': { left: cluster('to-left'), right: cluster('to-left') },
      'live-drifted': { left: cluster('to-left'), right: cluster('to-right') },
      fields: { left: { manifests: 'left' }, right: { manifests: 'right' }, fields },
      allowed: {
        left: { manifests: 'left' },
        right: { manifests: 'right' },
        allowed: [{ path: '/data/**', reason: 'they may' }],
      },
      broken: { left: { manifests: 'broken' }, right: { manifests: 'right' } },
      refused: { left: { manifests: 'left' }, right: cluster('refused') },
      gone: { left: { manifests: 'left' }, right: { manifests: 'x', git: gone } },
    };
    const check = (name: string, checker: string, options: Fields): string =>
      `  - { name: ${name}, checker: ${checker}, source: here, options: ${JSON.stringify(options)} }`;
    const lines = [
      ...Object.entries(comparisons).map(([name, options]) => check(`compare-${name}`, 'compare', options)),
      ...Object.keys(fleets).map((state) =>
        check(`fleet-${state}`, 'cluster-api', { kubeconfig: `fleet-${state}`, nodes: true }),
      ),
      check('fleet-refused', 'cluster-api', { kubeconfig: 'refused' }),
    ];
    const discovered = (prefix: string): string =>
      `checks: [{ name: '${prefix}-{{ name }}', checker: kubernetes, source: here, options: { kubeconfig: '${join(dir, 'src/management')}', cluster_secret: '{{ cluster_secret }}', manifests: left } }]`;
    const discovery = (name: string, key: string, config: string, prefix: string): string =>
      `  - { name: ${name}, ${key}: { kubeconfig: '${join(dir, 'src', config)}' }, ${discovered(prefix)} }`;
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0' }
global: { log_level: trace, compatible_metrics: [promrun, kubediff] }
sources: [{ name: here, directory: src }]
checks:
${lines.join('\n')}
discover:
${discovery('capi', 'cluster_api', 'management', 'capi')}
${discovery('argo', 'argo_cd', 'management', 'argo')}
${discovery('refused', 'cluster_api', 'refused', 'refused')}
`,
    );
    const count = lines.length + names.length + 5;
    const { places, checks } = await investigate({
      dir,
      file,
      count,
      outputs: ['json', 'text'],
      seconds: 120,
      more: async () => {
        const said = new Map<string, string>();
        const K = ['--kubeconfig', 'to-right'];
        const all: readonly (readonly string[])[] = [
          ...['text', 'markdown', 'json', 'html', 'summary'].map((output) => [
            'compare',
            'left',
            'right',
            '-o',
            output,
          ]),
          ['compare', 'left', 'right', '-f', '/data/*'],
          ['compare', 'left', 'broken'],
          ['compare', 'left', 'git:https://127.0.0.1:1/a.git@main:x'],
          ['kubediff', ...K, 'left'],
          ['kubediff', ...K, '--json', 'left'],
          ['kubediff', ...K, 'broken'],
          ['kubediff', '--kubeconfig', 'refused', 'left'],
          ['kubediff', '--kubeconfig', 'to-left', 'left'],
        ];
        for (const args of all) said.set(args.join(' '), await printed(join(dir, 'src'), args));
        return said;
      },
    });
    await Promise.all(servers.map((server) => server.close()));
    expect(canaries.leaks(places).join('\n'), 'leaks').to.equal('');
    expect(canaries.count).to.be.above(150);

    const statuses = Object.fromEntries(checks.map((one) => [one.check, one.status]));
    expect(statuses).to.deep.equal({
      'argo-argo-basic': 'error',
      'argo-argo-cut': 'error',
      'argo-argo-good': 'drifted',
      'argo-argo-userinfo': 'error',
      'argo-argo-wrong': 'error',
      'capi-cut': 'error',
      'capi-good': 'drifted',
      'capi-runs': 'error',
      'capi-userinfo': 'drifted',
      'capi-wrong': 'error',
      'compare-allowed': 'in_sync',
      'compare-broken': 'error',
      'compare-fields': 'drifted',
      'compare-git-drifted': 'drifted',
      'compare-git-live': 'drifted',
      'compare-git-synced': 'in_sync',
      'compare-gone': 'error',
      'compare-live-drifted': 'drifted',
      'compare-live-synced': 'in_sync',
      'compare-refused': 'error',
      'fleet-drifted': 'drifted',
      'fleet-failing': 'error',
      'fleet-refused': 'error',
      'fleet-synced': 'in_sync',
    });
    for (const name of [
      'compare-git-drifted',
      'compare-git-live',
      'compare-live-drifted',
      'capi-good',
      'argo-argo-good',
    ]) {
      const drift = checks.find((one) => one.check === name)?.drift ?? [];
      const changed = drift.map(({ address, ...more }) => [
        address.replace('/shop/', '/'),
        (more['changes'] as { path: string }[]).map(({ path }) => path).toSorted(),
      ]);
      expect(Object.fromEntries(changed), name).to.deep.equal(CHANGED);
    }
    const kept = [...places].filter(([place]) => place.includes('data/discovery/'));
    expect(kept.map(([, text]) => text).join(''), 'what was discovered is kept').to.include('good-kubeconfig');
    expect(places.get('/api/v1/discoveries')).to.include('capi').and.include('"argo"');
    for (const args of ['compare left right -o text', 'kubediff --kubeconfig to-right left'])
      expect(places.get(args), args).to.match(/app/).and.include('size');
    await remove();
  });
});
