import { expect } from 'chai';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createCanaries, investigate } from '../support/canaries.ts';
import {
  applied,
  base64,
  CHANGED,
  clusterOf,
  objectsOf,
  quotingWords,
  yaml,
  type Applied,
  type Fields,
} from '../support/canary-objects.ts';
import type { CustomKind } from '../support/gitops-cluster.ts';
import { helmRecord, recordObject } from '../support/helm-record.ts';
import { startReplayServer, statusBody, type Cluster } from '../support/kube-replay-server.ts';
import { kubeconfig } from '../support/kubernetes-sources.ts';
import { configDir } from '../support/service.ts';

const canaries = createCanaries();
const plant = (what: string): string => canaries.plant(what);
const quoting = (what: string): string => quotingWords(canaries, what);
const application = (what: string, size: string): Applied => applied(canaries, what, size);

const STATES = ['synced', 'drifted', 'failing'] as const;
type State = (typeof STATES)[number];

/** Everything that a check of this kind needs in one state: its cluster, its files and its options. */
interface Scene {
  readonly cluster: Cluster;
  readonly files?: Readonly<Record<string, string>>;
  readonly options: Fields;
}

const sceneOfHelm = (state: State): Scene => {
  const what = `helm, ${state}`;
  const metadata = (name: string): Fields => ({ name, namespace: 'shop' });
  const withValue = (where: string, size: string): Applied => ({
    ...application(where, size),
    elsewhere: plant(`${where}: a value under a harmless key`),
  });
  const git = withValue(`${what}, in the release`, '1');
  const live = state === 'drifted' ? withValue(`${what}, in the cluster`, '2') : git;
  const hook = objectsOf(application(`${what}, a hook`, '1'), metadata);
  const release = (name: string, manifest: string, revision: number, status: string): Fields =>
    helmRecord({
      name,
      namespace: 'shop',
      manifest,
      revision,
      status,
      values: {
        auth: { password: git.elsewhere, unused: plant(`${what}, a value`) },
        notes: plant(`${what}, another value`),
      },
      release: {
        info: { status, notes: `password: ${plant(`${what}, notes`)}`, description: quoting(`${what}, description`) },
        hooks: [{ name: 'hook', kind: 'Secret', path: 'x', manifest: yaml(hook), events: ['pre-install'] }],
      },
    });
  const former = application(`${what}, a former revision`, '3');
  const records = [
    release('app', yaml(objectsOf(former, metadata)), 1, 'superseded'),
    release('app', yaml(objectsOf(git, metadata)), 2, 'deployed'),
  ];
  if (state === 'failing') {
    const record = (name: string, payload: string): Fields =>
      recordObject({ name, namespace: 'shop', revision: 1, status: 'deployed', driver: 'secret', payload });
    records.push(
      release('cut', `kind: Secret\nstringData: {a: ${plant(`${what}, a manifest that is cut`)}`, 1, 'deployed'),
      record('plain', plant(`${what}, a payload that is none`)),
      record('encrypted', base64(`Salted__${plant(`${what}, a payload of a plugin`)}`)),
      record('json', base64(`{"name": "${plant(`${what}, JSON that is cut`)}`)),
    );
  }
  return { cluster: clusterOf([], [...records, ...objectsOf(live, metadata)]), options: {} };
};

const LONG_AGO = '2026-01-01T00:00:00Z';
const at = (name: string, namespace: string, more: Fields = {}): Fields => ({
  name,
  namespace,
  generation: 1,
  creationTimestamp: LONG_AGO,
  ...more,
});

const sceneOfFluxStatus = (state: State): Scene => {
  const what = `flux status, ${state}`;
  const applied = state === 'drifted' ? 'main@sha1:0' : 'main@sha1:1';
  const condition = (type: string, status: string, reason: string): Fields => ({
    type,
    status,
    reason,
    message: quoting(`${what}, ${reason}`),
    lastTransitionTime: new Date().toISOString(),
  });
  const status = (more: Fields = {}): Fields => ({
    observedGeneration: 1,
    conditions: [
      state === 'failing' ? condition('Stalled', 'True', 'AuthenticationFailed') : condition('Ready', 'True', 'Done'),
      ...(state === 'drifted' ? [condition('Drifted', 'True', 'DriftDetected')] : []),
    ],
    ...more,
  });
  const url = `https://bot:${plant(`${what}, the URL of a source`)}@git.example.org/fleet.git`;
  const artifact = { url, revision: 'main@sha1:1', lastUpdateTime: LONG_AGO };
  const sourceRef = { kind: 'GitRepository', name: 'fleet' };
  const kind = (group: string, version: string, kind: string, resource: string, item: Fields): CustomKind => ({
    apiVersion: `${group}.toolkit.fluxcd.io/${version}`,
    kind,
    resource,
    items: [item],
  });
  const kinds = [
    kind('source', 'v1', 'GitRepository', 'gitrepositories', {
      metadata: at('fleet', 'flux-system', { annotations: { token: plant(`${what}, an annotation`) } }),
      spec: { interval: '1m', url },
      status: status({ artifact }),
    }),
    kind('kustomize', 'v1', 'Kustomization', 'kustomizations', {
      metadata: at('apps', 'flux-system'),
      spec: {
        interval: '10m',
        sourceRef,
        suspend: state === 'drifted',
        postBuild: { substitute: { DB_PASSWORD: plant(`${what}, a variable`) } },
      },
      status: status({ lastAppliedRevision: applied }),
    }),
    kind('helm', 'v2', 'HelmRelease', 'helmreleases', {
      metadata: at('web', 'flux-system'),
      spec: {
        interval: '10m',
        chart: { spec: { chart: 'web', sourceRef } },
        values: { auth: { password: plant(`${what}, a value`) } },
      },
      status: status({ lastAttemptedValuesChecksum: plant(`${what}, what nobody reads`) }),
    }),
  ];
  return { cluster: clusterOf(kinds, []), options: { status: {} } };
};

/** The chart of a stand-in for helm: prints this file, with the value called `greeting` put in. */
const HELM = `#!/bin/sh
[ "$1" = version ] && { echo v0.0.0-stand-in; exit 0; }
for last; do [ "$previous" = --values ] && values=$last; previous=$last; done
greeting=$(sed -n 's/.*"password": *"\\([^"]*\\)".*/\\1/p' "$values")
[ -e "$last/fails" ] && { echo "Error: execution error at (web/x.yaml:1:1): cannot use $greeting" >&2; exit 1; }
sed -e "s/@greeting@/$greeting/" "$last/rendered.yaml"
`;
const CHART = (namespace: string): Readonly<Record<string, string>> => ({
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'chart/rendered.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: chart, namespace: ${namespace}}\ndata: {greeting: "@greeting@", size: "1"}\n`,
});
const chartObject = (greeting: string, size: string): Fields => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'chart', namespace: 'shop' },
  data: { greeting, size },
});

const sceneOfFluxGit = (state: State): Scene => {
  const what = `flux git, ${state}`;
  const metadata = (name: string): Fields => ({ name, namespace: 'shop' });
  const git = application(`${what}, in git`, '1');
  const other = application(`${what}, in the cluster`, '2');
  const isDrifted = state === 'drifted';
  const live = isDrifted ? other : git;
  const variables = { PASSPHRASE: plant(`${what}, a Secret of variables`), PIN: 'x7Z' };
  const capitals = canaries.adopt(`${what}, a variable in capitals`, variables.PASSPHRASE.toUpperCase());
  const substituted = { API_TOKEN: plant(`${what}, a variable in git`), COLOUR: 'blue' };
  const was = { secret: plant(`${what}, a former variable`), token: plant(`${what}, a former variable of git`) };
  const value = plant(`${what}, a value of a chart`);
  const template: Fields = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('filled'),
    data: {
      plain: '${PASSPHRASE}',
      capitals: 'x-${PASSPHRASE^^}',
      token: '${API_TOKEN}',
      note: 'a ${API_TOKEN} b',
      greet: '${API_TOKEN}',
      size: '1',
    },
  };
  const filled = (secret: string, upper: string, token: string, size: string): Fields => ({
    ...template,
    data: { plain: secret, capitals: `x-${upper}`, token, note: `a ${token} b`, greet: token, size },
  });
  const sealed = (of: string): string => `ENC[AES256_GCM,data:${plant(of)},iv:eA==,tag:eA==,type:str]`;
  const sops: Fields = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata('sealed'),
    data: { key: sealed(`${what}, SOPS data`) },
    sops: { mac: sealed(`${what}, SOPS mac`), age: [{ recipient: 'age1x', enc: plant(`${what}, SOPS key`) }] },
  };
  const flux = (kind: string, group: string, name: string, spec: Fields): Fields => ({
    apiVersion: `${group}.toolkit.fluxcd.io/${group === 'helm' ? 'v2' : 'v1'}`,
    kind,
    metadata: { name, namespace: kind === 'HelmRelease' ? 'shop' : 'flux-system' },
    spec: { interval: '10m', ...spec },
  });
  const sourceRef = { kind: 'GitRepository', name: 'flux-system', namespace: 'flux-system' };
  const kustomization = (name: string, path: string, postBuild: Fields): Fields =>
    flux('Kustomization', 'kustomize', name, { prune: true, sourceRef, path, postBuild });
  const substituteFrom = [{ kind: 'Secret', name: 'variables' }];
  const release = (name: string, chart: string): Fields =>
    flux('HelmRelease', 'helm', name, { chart: { spec: { chart, sourceRef } }, values: { password: value } });
  const fleet = [
    flux('GitRepository', 'source', 'flux-system', {
      url: `https://bot:${plant(`${what}, the URL of a source`)}@git.example.org/fleet.git`,
    }),
    kustomization('apps', './apps', { substituteFrom, substitute: substituted }),
    release('chart', './chart'),
  ];
  const files: Record<string, string> = {
    'apps/all.yaml': yaml([...objectsOf(git, metadata), template, sops]),
    ...CHART('shop'),
  };
  if (state === 'failing') {
    fleet.push(
      kustomization('no-variables', './apps', { substituteFrom: [{ kind: 'Secret', name: 'not-there' }] }),
      kustomization('bad-value', './bad', { substituteFrom: [{ kind: 'Secret', name: 'bad' }] }),
      kustomization('bad-expression', './worse', { substituteFrom }),
      release('broken', './broken'),
    );
    files['bad/x.yaml'] = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${BAD}}\n';
    files['worse/x.yaml'] =
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: w}\ndata: {password: '\${PASSPHRASE:?${plant(`${what}, an expression`)}'}\n`;
    files['broken/Chart.yaml'] = 'apiVersion: v2\nname: broken\nversion: 1.0.0\n';
    files['broken/fails'] = '';
  }
  files['clusters/fleet.yaml'] = yaml(fleet);
  const inputs = (name: string, values: Readonly<Record<string, string>>): Fields => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'flux-system' },
    data: Object.fromEntries(Object.entries(values).map(([key, text]) => [key, base64(text)])),
  });
  const resources = {
    GitRepository: ['source', 'gitrepositories'],
    Kustomization: ['kustomize', 'kustomizations'],
    HelmRelease: ['helm', 'helmreleases'],
  };
  const kinds = Object.entries(resources).map(([kind, [group = '', resource = '']]): CustomKind => ({
    apiVersion: `${group}.toolkit.fluxcd.io/${group === 'helm' ? 'v2' : 'v1'}`,
    kind,
    resource,
    items: fleet.filter((one) => one['kind'] === kind),
  }));
  const here = [
    ...objectsOf(live, metadata),
    isDrifted
      ? filled(
          was.secret,
          canaries.adopt(`${what}, a former one in capitals`, was.secret.toUpperCase()),
          was.token,
          '2',
        )
      : filled(variables.PASSPHRASE, capitals, substituted.API_TOKEN, '1'),
    chartObject(isDrifted ? plant(`${what}, a former value of a chart`) : value, isDrifted ? '2' : '1'),
    inputs('variables', variables),
    inputs('bad', { BAD: `": [ ${plant(`${what}, a variable that breaks the YAML`)}` }),
  ];
  return { cluster: clusterOf(kinds, here), files, options: { git: { path: 'clusters' } } };
};

const URL = 'https://git.example.org/apps.git';

const argo = (kind: string, resource: string, items: readonly Fields[]): CustomKind => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind,
  resource,
  items,
});
const DESTINATION = { server: 'https://kubernetes.default.svc', namespace: 'shop' };

const sceneOfArgoStatus = (state: State): Scene => {
  const what = `argo-cd status, ${state}`;
  const isDrifted = state === 'drifted';
  const source = {
    repoURL: `https://bot:${plant(`${what}, a repository`)}@git.example.org/apps.git`,
    path: 'web',
    helm: { parameters: [{ name: 'auth.password', value: plant(`${what}, a parameter`) }] },
  };
  const status = {
    sync: { status: isDrifted ? 'OutOfSync' : 'Synced', revision: 'abc', comparedTo: { source } },
    health: { status: isDrifted ? 'Degraded' : 'Healthy', message: quoting(`${what}, health`) },
    reconciledAt: new Date().toISOString(),
    resources: [{ kind: 'Secret', namespace: 'shop', name: 'app', status: isDrifted ? 'OutOfSync' : 'Synced' }],
    conditions: [
      { type: 'SharedResourceWarning', message: quoting(`${what}, a warning`) },
      ...(state === 'failing' ? [{ type: 'ComparisonError', message: quoting(`${what}, an error`) }] : []),
    ],
    operationState: {
      phase: state === 'synced' ? 'Failed' : 'Error',
      message: quoting(`${what}, an operation`),
      syncResult: { revision: 'abc', source },
    },
  };
  const sets = [
    {
      metadata: at('all', 'argocd'),
      status: {
        conditions: [
          {
            type: 'ErrorOccurred',
            status: state === 'failing' ? 'True' : 'False',
            reason: 'x',
            message: quoting(`${what}, a set`),
          },
        ],
        applicationStatus: [{ application: 'web', status: 'Pending', message: quoting(`${what}, a progressive sync`) }],
      },
    },
  ];
  const web = { metadata: at('web', 'argocd'), spec: { source, destination: DESTINATION }, status };
  const kinds = [argo('Application', 'applications', [web]), argo('ApplicationSet', 'applicationsets', sets)];
  return { cluster: clusterOf(kinds, []), options: { status: {} } };
};

const sceneOfArgoGit = (state: State): Scene => {
  const what = `argo-cd git, ${state}`;
  const isDrifted = state === 'drifted';
  const metadata = (name: string): Fields => ({ name, namespace: 'shop' });
  const git = application(`${what}, in git`, '1');
  const live = isDrifted ? application(`${what}, in the cluster`, '2') : git;
  const parameter = plant(`${what}, a parameter`);
  const one = (name: string, spec: Fields): Fields => ({
    metadata: at(name, 'argocd'),
    spec: { project: 'default', destination: DESTINATION, ...spec },
  });
  const from = (path: string, more: Fields = {}): Fields => ({ repoURL: URL, path, targetRevision: 'main', ...more });
  const items = [
    one('plain', {
      source: from('apps'),
      ignoreDifferences: [{ kind: 'ConfigMap', jqPathExpressions: [`.data["${plant(`${what}, an ignore rule`)}"]`] }],
    }),
    one('chart', { source: from('chart', { helm: { parameters: [{ name: 'password', value: parameter }] } }) }),
    one('foreign', {
      source: from('x', {
        repoURL: `https://${plant(`${what}, the token of a URL`)}:x-oauth-basic@other.example.org/a.git`,
      }),
    }),
    one('other-cluster', {
      source: from('apps'),
      destination: { server: `https://u:${plant(`${what}, a destination`)}@k8s.example.org` },
    }),
  ];
  if (state === 'failing')
    items.push(
      one('bad-values', { source: from('chart', { helm: { values: `password: [${plant(`${what}, bad values`)}` } }) }),
      one('broken', {
        source: from('broken', { helm: { valuesObject: { password: plant(`${what}, a value of a broken chart`) } } }),
      }),
      one('bad-rule', {
        source: from('apps'),
        ignoreDifferences: [
          { kind: '*', jqPathExpressions: [`.data.password | select(. == "${plant(`${what}, a bad rule`)}`] },
        ],
      }),
    );
  const here = [
    ...objectsOf(live, metadata),
    chartObject(isDrifted ? plant(`${what}, a former parameter`) : parameter, isDrifted ? '2' : '1'),
  ];
  const files = {
    'apps/all.yaml': yaml(objectsOf(git, metadata)),
    ...CHART('shop'),
    'broken/Chart.yaml': 'apiVersion: v2\nname: broken\nversion: 1.0.0\n',
    'broken/fails': '',
  };
  return {
    cluster: clusterOf([argo('Application', 'applications', items)], here),
    files,
    options: { git: { repositories: { [URL]: '.' } } },
  };
};

const SCENES: Readonly<Record<string, readonly [checker: string, scene: (state: State) => Scene]>> = {
  helm: ['helm', sceneOfHelm],
  'flux-status': ['flux', sceneOfFluxStatus],
  'flux-git': ['flux', sceneOfFluxGit],
  'argo-status': ['argo-cd', sceneOfArgoStatus],
  'argo-git': ['argo-cd', sceneOfArgoGit],
};

describe('no secret of Helm, Flux and Argo CD', () => {
  it('is in anything that is said or kept, and what differs is said to differ', async function () {
    this.timeout(240_000);
    const { dir, file, remove } = await configDir('');
    const servers: { close(): Promise<void> }[] = [];
    const lines: string[] = [];
    const sources: string[] = [];
    const add = async (name: string, checker: string, { files = {}, options }: Omit<Scene, 'cluster'>, url: string) => {
      const root = join(dir, 'src', name);
      const token = plant(`the token of ${name}`);
      await mkdir(root, { recursive: true });
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), text);
      }
      await writeFile(join(root, 'kubeconfig'), kubeconfig(url, { token }));
      sources.push(`  - { name: ${name}, directory: src/${name} }`);
      const all = JSON.stringify({ kubeconfig: 'kubeconfig', ...options });
      lines.push(`  - { name: ${name}, checker: ${checker}, source: ${name}, options: ${all} }`);
    };
    for (const [name, [checker, sceneOf]] of Object.entries(SCENES)) {
      for (const state of STATES) {
        const { cluster, ...scene } = sceneOf(state);
        const server = await startReplayServer({ cluster });
        servers.push(server);
        await add(`${name}-${state}`, checker, scene, server.url);
      }
    }
    const words = quoting('a server');
    const refusing = await startReplayServer({
      cluster: clusterOf([], []),
      fault: ({ headers }, response) => {
        const message = `no: ${headers.authorization}; ${words}`;
        response.writeHead(500, { 'content-type': 'application/json' }).end(statusBody(500, message));
        return true;
      },
    });
    servers.push(refusing);
    for (const [checker, options] of [
      ['helm', {}],
      ['flux', { status: {} }],
      ['argo-cd', { status: {} }],
    ] as const)
      await add(`${checker}-refused`, checker, { options }, refusing.url);
    await mkdir(join(dir, 'bin'));
    await writeFile(join(dir, 'bin/helm'), HELM);
    await chmod(join(dir, 'bin/helm'), 0o755);
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0' }
global: { log_level: trace, compatible_metrics: [promrun, terradiff] }
sources:
${sources.join('\n')}
checks:
${lines.join('\n')}
`,
    );
    const env = { PATH: `${join(dir, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
    const { places, checks } = await investigate({ dir, file, env, outputs: ['json', 'text'], seconds: 120 });
    await Promise.all(servers.map((server) => server.close()));
    expect(canaries.leaks(places).join('\n'), 'leaks').to.equal('');
    expect(canaries.count).to.be.above(200);

    const of = (name: string) => checks.find(({ check }) => check === name)!;
    for (const name of Object.keys(SCENES)) {
      expect(of(`${name}-synced`).failures, name).to.deep.equal([]);
      expect(of(`${name}-synced`).status, name).to.equal('in_sync');
      expect(of(`${name}-drifted`).drift, name).to.not.deep.equal([]);
      expect(of(`${name}-failing`).status, name).to.equal('error');
    }
    for (const name of ['helm', 'flux', 'argo-cd']) expect(of(`${name}-refused`).status).to.equal('error');
    const changed = (check: string): Record<string, string[]> =>
      Object.fromEntries(
        of(check).drift.map((drift) => [
          drift.address.replace('/shop/', '/'),
          (drift['changes'] as { path: string }[]).map(({ path }) => path).toSorted(),
        ]),
      );
    expect(changed('helm-drifted')).to.deep.equal(CHANGED);
    const chart = { 'ConfigMap/chart': ['/data/greeting', '/data/size'] };
    expect(changed('argo-git-drifted')).to.deep.equal({ ...CHANGED, ...chart });
    const filled = ['capitals', 'greet', 'note', 'plain', 'size', 'token'].map((key) => `/data/${key}`);
    expect(changed('flux-git-drifted')).to.deep.equal({ ...CHANGED, ...chart, 'ConfigMap/filled': filled });
    expect(places.get('/diff?format=text')).to.include('(sensitive').and.include('size');
    await remove();
  });
});
