/** A repository of Applications' sources, the Applications, and what Argo CD makes of them, written down by hand. */

const configMap = (name: string, colour = 'blue'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {colour: ${colour}}\n`;

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'example.org/web:1', env: [{name: MODE, value: plain}]}]}
`;

/** Files of the repository. */
export const REPOSITORY: Readonly<Record<string, string>> = {
  'guestbook/web.yaml': DEPLOYMENT,
  'guestbook/config.json': JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config' },
    data: { a: '1' },
  }),
  'guestbook/deep/not-read.yaml': configMap('not-read'),
  'guestbook/hook.yaml': configMap('hook').replace(
    '{name: hook}',
    '{name: hook, annotations: {argocd.argoproj.io/hook: PreSync}}',
  ),
  'recursive/a.yaml': configMap('a'),
  'recursive/deep/b.yaml': configMap('b'),
  'recursive/deep/c-skipped.yaml': configMap('c'),
  'recursive/deep/program.jsonnet': '{}',
  'overlay/kustomization.yaml': 'resources: [web.yaml]\n',
  'overlay/web.yaml': DEPLOYMENT,
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'chart/values.yaml': 'replicas: 1\n',
  // What the stand-in for helm prints, with the values put in.
  'chart/rendered.yaml': configMap('chart', '"@colour@-@release@"'),
  'shared/values.yaml': 'colour: green\n',
  'broken/bad.yaml': 'kind: [\n',
};

const URL = 'https://git.example.org/apps.git';
export const REPOSITORIES: Readonly<Record<string, string>> = { [URL]: '.' };
const SERVER = 'https://kubernetes.default.svc';

const application = (name: string, spec: object, namespace = name): Record<string, unknown> => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name, namespace: 'argocd' },
  spec: { project: 'default', destination: { server: SERVER, namespace }, ...spec },
});

const from = (path: string, more: object = {}): object => ({ repoURL: URL, path, targetRevision: 'HEAD', ...more });

export const APPLICATIONS: readonly Record<string, unknown>[] = [
  application('plain', { source: from('guestbook') }),
  application('tree', {
    source: from('recursive', { directory: { recurse: true, exclude: '{*-skipped.yaml,**/*-skipped.yaml}' } }),
  }),
  application('built', {
    source: from('overlay', {
      repoURL: 'git@git.example.org:apps.git',
      kustomize: {
        namePrefix: 'p-',
        images: ['example.org/web=mirror.example.org/web:2'],
        commonLabels: { team: 'shop' },
        commonAnnotations: { note: 'built' },
        replicas: [{ name: 'web', count: 3 }],
        patches: [{ target: { kind: 'Deployment' }, patch: '- {op: add, path: /spec/minReadySeconds, value: 5}' }],
      },
    }),
  }),
  application('charted', {
    sources: [
      from('chart', {
        helm: {
          releaseName: 'rel',
          valueFiles: ['values.yaml', '$shared/shared/values.yaml'],
          parameters: [{ name: 'colour', value: 'red' }],
        },
      }),
      { repoURL: URL, targetRevision: 'HEAD', ref: 'shared' },
    ],
  }),
  application('several', { sources: [from('guestbook'), from('recursive')] }),
  application('ignoring', {
    source: from('guestbook'),
    ignoreDifferences: [
      { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] },
      { group: 'apps', kind: 'Deployment', jqPathExpressions: ['.spec.template.spec.containers[].image'] },
      { kind: 'ConfigMap', managedFieldsManagers: ['sidecar-writer'] },
    ],
  }),
  application('bad-rule', {
    source: from('guestbook'),
    ignoreDifferences: [{ kind: '*', jqPathExpressions: ['.spec | keys'] }],
  }),
  application('elsewhere', { source: from('guestbook'), destination: { name: 'other-cluster', namespace: 'x' } }),
  application('foreign', { source: { ...from('guestbook'), repoURL: 'https://git.example.org/other.git' } }),
  application('remote-chart', {
    source: { repoURL: 'https://charts.example.org', chart: 'web', targetRevision: '1.2.3' },
  }),
  application('pinned', { source: from('guestbook', { targetRevision: '1'.repeat(40) }) }),
  application('by-plugin', { source: from('guestbook', { plugin: { name: 'cmp' } }) }),
  application('not-there', { source: from('missing') }),
  application('unreadable', { source: from('broken') }),
];

/** Namespaces in which something is applied. */
export const NAMESPACES: readonly string[] = [
  'plain',
  'tree',
  'built',
  'charted',
  'several',
  'ignoring',
  'bad-rule',
  'by-plugin',
];

const PLAIN = [DEPLOYMENT, REPOSITORY['guestbook/config.json']];

/** What is applied, by Application. */
export const APPLIED: Readonly<Record<string, readonly (string | undefined)[]>> = {
  plain: PLAIN,
  tree: [configMap('a'), configMap('b')],
  built: [
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: p-web, labels: {team: shop}, annotations: {note: built}}
spec:
  replicas: 3
  minReadySeconds: 5
  selector: {matchLabels: {app: web, team: shop}}
  template:
    metadata: {labels: {app: web, team: shop}, annotations: {note: built}}
    spec: {containers: [{name: web, image: 'mirror.example.org/web:2', env: [{name: MODE, value: plain}]}]}
`,
  ],
  charted: [configMap('chart', 'red-rel')],
  several: [...PLAIN, configMap('a')],
  ignoring: PLAIN,
  'bad-rule': PLAIN,
};
