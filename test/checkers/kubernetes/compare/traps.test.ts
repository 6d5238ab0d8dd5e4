import { expect } from 'chai';
import { comparing, comparingExtra, owner, pathsOf, type Comparing } from './comparing.ts';

interface Trap extends Comparing {
  readonly title: string;
  /** Paths of the changes; empty is in sync. */
  readonly differs: readonly string[];
}

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec:\n';
const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec:\n';
const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\n';
const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n';
const WIDGET = 'apiVersion: drift.example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: shop}\nspec: ';
const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: shop}\nspec: ';
const JOB = 'apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: shop}\n';
const container = (fields: string): string => `${POD}  containers: [{name: a, image: 'a:1', ${fields}}]\n`;
const appliedBy = [owner('gitops', ['spec'], { operation: 'Apply' })];

const TRAPS: Trap[] = [
  // 1
  {
    title: 'zero values that the server drops are no drift',
    git: container(
      "env: [{name: A, value: ''}], volumeMounts: [{name: v, mountPath: /v, readOnly: false}], tty: false",
    ),
    live: container('env: [{name: A}], volumeMounts: [{name: v, mountPath: /v}]'),
    differs: [],
  },
  {
    title: 'a zero that the server keeps is drift when it is gone',
    git: container('securityContext: {allowPrivilegeEscalation: false}'),
    live: container('securityContext: {}'),
    differs: ['/spec/containers/0/securityContext/allowPrivilegeEscalation'],
  },
  {
    title: 'a dropped zero is drift when live has something else',
    git: `${POD}  hostNetwork: false\n`,
    live: `${POD}  hostNetwork: true\n`,
    differs: ['/spec/hostNetwork'],
  },
  {
    title: 'nodePort 0 leaves the choice to the server',
    git: `${SERVICE}  ports: [{port: 80, nodePort: 0}]\n`,
    live: `${SERVICE}  ports: [{port: 80, protocol: TCP, targetPort: 80, nodePort: 31000}]\n`,
    owners: appliedBy,
    differs: [],
  },
  // 2, 3
  {
    title: 'null and empty are absent',
    git: `${POD}  tolerations: []\n  nodeSelector: {}\n  containers: [{name: a, image: 'a:1', env: null}]\n`,
    live: container(''),
    differs: [],
  },
  { title: 'rules: [] is null', git: role('rules: []'), live: role('rules: null'), differs: [] },
  {
    title: 'emptyDir: null is {}',
    git: `${POD}  volumes: [{name: v, emptyDir: null}]\n`,
    live: `${POD}  volumes: [{name: v, emptyDir: {}}]\n`,
    differs: [],
  },
  {
    title: 'a null key of a map is an empty text',
    git: `${SECRET}data: {k: null}\n`,
    live: `${SECRET}data: {k: ''}\n`,
    differs: [],
  },
  {
    title: 'creationTimestamp: null is absent, in templates too',
    git: `${DEPLOYMENT}{template: {metadata: {creationTimestamp: null, labels: {a: b}}}}`,
    live: `${DEPLOYMENT}{template: {metadata: {labels: {a: b}}}}`,
    differs: [],
  },
  // 4
  ...(
    [
      ['0.2', '200m', true],
      ['1024Mi', '1Gi', true],
      ['.001Ki', '1024m', true],
      ['1E-3', '1m', true],
      ['1000', '1k', true],
      ['1.5', '1500m', true],
      ['1Gi', '1G', false],
      ['what', 'ever', false],
      ['what', 'what', true],
    ] as const
  ).map(([git, live, same]) => ({
    title: `quantities: ${git} and ${live} are ${same ? 'equal' : 'different'}`,
    git: container(`resources: {requests: {cpu: '${git}'}}`),
    live: container(`resources: {requests: {cpu: '${live}'}}`),
    differs: same ? [] : ['/spec/containers/0/resources/requests/cpu'],
  })),
  {
    title: 'a quantity may be a number in git',
    git: container('resources: {requests: {cpu: 0.5}}'),
    live: container('resources: {requests: {cpu: 500m}}'),
    differs: [],
  },
  {
    title: 'text that looks like a quantity is text',
    git: `${WIDGET}{cpu: 500m}`,
    live: `${WIDGET}{cpu: '0.5'}`,
    differs: ['/spec/cpu'],
  },
  {
    title: 'text that looks like a duration is text',
    git: `${WIDGET}{since: 8760h}`,
    live: `${WIDGET}{since: 8760h0m0s}`,
    differs: ['/spec/since'],
  },
  // 5
  {
    title: 'stringData folds into data',
    git: `${SECRET}stringData: {a: hello}\ndata: {a: b3RoZXI=, b: d29ybGQ=}\n`,
    live: `${SECRET}type: Opaque\ndata: {a: aGVsbG8=, b: d29ybGQ=}\n`,
    differs: [],
  },
  {
    title: 'base64 may be wrapped over lines',
    git: `${SECRET}data:\n  a: |\n    aGVs\n    bG8=\n`,
    live: `${SECRET}data: {a: aGVsbG8=}\n`,
    differs: [],
  },
  {
    title: 'what is no base64 equals itself',
    git: `${SECRET}data: {a: '%%'}\n`,
    live: `${SECRET}data: {a: '%%'}\n`,
    differs: [],
  },
  {
    title: 'an ignore rule for /data/key covers stringData',
    git: `${SECRET}stringData: {a: x}\n`,
    live: `${SECRET}data: {a: eQ==}\n`,
    options: { ignore_differences: [{ kind: 'Secret', jsonPointers: ['/data/a'] }] },
    differs: [],
  },
  // 6
  {
    title: 'ports are told apart by number and protocol, TCP being left out',
    git: `${SERVICE}  ports: [{name: u, port: 53, protocol: UDP}, {name: t, port: 53}]\n`,
    live: `${SERVICE}  ports: [{name: t, port: 53, protocol: TCP, targetPort: 53}, {name: u, port: 53, protocol: UDP, targetPort: 53}]\n`,
    differs: [],
  },
  // 7
  {
    title: 'arguments are ordered',
    git: container('args: [a, b]'),
    live: container('args: [b, a]'),
    differs: ['/spec/containers/0/args/0', '/spec/containers/0/args/1'],
  },
  {
    title: 'variables are not',
    git: container('env: [{name: A, value: a}, {name: B, value: b}]'),
    live: container('env: [{name: B, value: b}, {name: A, value: a}]'),
    differs: [],
  },
  {
    title: 'init containers run in order',
    git: `${POD}  initContainers: [{name: a, image: 'a:1'}, {name: b, image: 'b:1'}]\n`,
    live: `${POD}  initContainers: [{name: b, image: 'b:1'}, {name: a, image: 'a:1'}]\n`,
    differs: ['/spec/initContainers/0/name', '/spec/initContainers/1/name'],
  },
  {
    title: 'a set is not ordered',
    git: CONFIG_MAP.replace('namespace: shop', 'namespace: shop, finalizers: [a.b/c, d.e/f]'),
    live: CONFIG_MAP.replace('namespace: shop', 'namespace: shop, finalizers: [d.e/f, a.b/c]'),
    differs: [],
  },
  // 8, 9
  ...(['containers', 'env', 'ports'] as const).map((list) => ({
    title: `an extra item of ${list} is drift, whoever owns it`,
    git: container('env: [], ports: []'),
    live:
      list === 'containers'
        ? `${POD}  containers: [{name: a, image: 'a:1'}, {name: x, image: x}]\n`
        : container(list === 'env' ? 'env: [{name: X, value: x}]' : 'ports: [{containerPort: 1, protocol: TCP}]'),
    owners: [
      owner('gitops', ['spec containers k:{"name":"a"}'], { operation: 'Apply' }),
      owner('some-controller', [
        'spec containers k:{"name":"x"}',
        'spec containers k:{"name":"a"} env k:{"name":"X"}',
        'spec containers k:{"name":"a"} ports k:{"containerPort":1,"protocol":"TCP"}',
      ]),
    ],
    differs: [list === 'containers' ? '/spec/containers/1' : `/spec/containers/0/${list}/0`],
  })),
  ...(
    [
      ['kubectl-edit', ['/data/b']],
      ['my-own-tool', ['/data/b']],
      ['kube-controller-manager', []],
      ['acme-operator', []],
    ] as const
  ).map(([manager, differs]) => ({
    title: `a key added by ${manager} is ${differs.length > 0 ? 'drift' : 'bookkeeping'}`,
    git: `${CONFIG_MAP}data: {a: '1'}\n`,
    live: `${CONFIG_MAP}data: {a: '1', b: '2'}\n`,
    owners: [owner('gitops', ['data a'], { operation: 'Apply' }), owner(manager, ['data b'])],
    differs,
  })),
  {
    title: 'a controller may be made known',
    git: `${CONFIG_MAP}data: {a: '1'}\n`,
    live: `${CONFIG_MAP}data: {a: '1', b: '2'}\n`,
    owners: [owner('gitops', ['data a'], { operation: 'Apply' }), owner('my-own-tool', ['data b'])],
    options: { managers: [{ name: 'my-own-*', class: 'controller' }] },
    differs: [],
  },
  // 10
  {
    title: 'RBAC API groups are defaulted',
    git: binding(
      "apiGroup: ''",
      "{kind: User, name: u, apiGroup: ''}, {kind: ServiceAccount, name: s, namespace: shop}",
    ),
    live: binding(
      'apiGroup: rbac.authorization.k8s.io',
      '{kind: User, name: u, apiGroup: rbac.authorization.k8s.io}, {kind: ServiceAccount, name: s, namespace: shop}',
    ),
    differs: [],
  },
  {
    title: "the rules of an aggregated ClusterRole are the control plane's",
    git: clusterRole('aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}\nrules: []'),
    live: clusterRole(
      "aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}\nrules: [{apiGroups: [''], resources: [pods], verbs: [get]}]",
    ),
    differs: [],
  },
  // 11
  ...['', 'Cg=='].map((placeholder) => ({
    title: `a caBundle '${placeholder}' in git is a placeholder`,
    git: webhook(`caBundle: '${placeholder}', `),
    live: webhook('caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t, '),
    differs: [],
  })),
  {
    title: 'another certificate than git declares is drift',
    git: webhook(`caBundle: ${btoa('-----BEGIN CERTIFICATE-----\nb')}, `),
    live: webhook(`caBundle: ${btoa('-----BEGIN CERTIFICATE-----\na')}, `),
    differs: ['/webhooks/0/clientConfig/caBundle'],
  },
  // 12
  {
    title: 'defaults of a CRD schema are no drift, also inside lists',
    git: `${WIDGET}{parts: [{name: a}]}`,
    live: `${WIDGET}{color: blue, parts: [{name: a, count: 1}]}`,
    owners: appliedBy,
    differs: [],
  },
  {
    title: 'templates of claims come back as whole objects',
    git: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s, namespace: shop}\nspec: {volumeClaimTemplates: [{metadata: {name: a}, spec: {accessModes: [ReadWriteOnce]}}]}',
    live: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s, namespace: shop}\nspec: {volumeClaimTemplates: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a, creationTimestamp: null}, spec: {accessModes: [ReadWriteOnce], volumeMode: Filesystem}, status: {phase: Pending}}]}',
    owners: appliedBy,
    differs: [],
  },
  // 13
  {
    title: 'what the server sets is not compared',
    git: `${CONFIG_MAP.replace('namespace: shop', 'namespace: shop, uid: a, resourceVersion: "1", selfLink: x, generation: 7')}status: {a: b}\n`,
    live: `${CONFIG_MAP.replace('namespace: shop', 'namespace: shop, uid: b, resourceVersion: "2"')}status: {a: c}\n`,
    differs: [],
  },
  // 14
  {
    title: 'an object that owned no field has no owners, and an edit of it shows all the same',
    git: CONFIG_MAP,
    live: `${CONFIG_MAP}data: {a: b}\n`,
    differs: ['/data/a'],
  },
  // 16
  ...(
    [
      [4, []],
      [9, ['/spec/replicas']],
    ] as const
  ).map(([replicas, differs]) => ({
    title: `${replicas} replicas are ${differs.length > 0 ? 'outside' : 'inside'} an autoscaler's range of 2 to 5`,
    git: `${DEPLOYMENT}{replicas: 3}`,
    live: `${DEPLOYMENT}{replicas: ${replicas}}`,
    autoscaled: new Map([['shop/apps/Deployment/d', { min: 2, max: 5 }]]),
    differs,
  })),
  {
    title: "another object's autoscaler does not count",
    git: `${DEPLOYMENT}{replicas: 3}`,
    live: `${DEPLOYMENT}{replicas: 4}`,
    autoscaled: new Map([['other/apps/Deployment/d', { min: 2, max: 5 }]]),
    differs: ['/spec/replicas'],
  },
  // 22
  ...['{"apiVersion":"v1","ki', 'null', '[]', '{"kind":"Other","metadata":{"name":"c"},"data":{"b":"2"}}'].map(
    (text) => ({
      title: `last-applied ${text} tells nothing and hides nothing`,
      git: `${CONFIG_MAP}data: {a: '1'}\n`,
      live: `${CONFIG_MAP.replace('namespace: shop', `namespace: shop, annotations: {kubectl.kubernetes.io/last-applied-configuration: '${text}'}`)}data: {a: '2'}\n`,
      differs: ['/data/a'],
    }),
  ),
  // 23
  {
    title: 'what the cluster allocates for a service is no drift',
    git: `${SERVICE}  ports: [{port: 80}]\n  type: NodePort\n`,
    live: `${SERVICE}  ports: [{port: 80, protocol: TCP, targetPort: 80, nodePort: 31000}]\n  type: NodePort\n  clusterIP: 10.0.0.1\n  clusterIPs: [10.0.0.1]\n  ipFamilies: [IPv4]\n  ipFamilyPolicy: SingleStack\n  externalTrafficPolicy: Cluster\n  internalTrafficPolicy: Cluster\n  sessionAffinity: None\n`,
    owners: [owner('kubectl-create', ['spec'])],
    differs: [],
  },
  {
    title: 'a restart by hand is drift',
    git: `${DEPLOYMENT}{template: {metadata: {labels: {a: b}}}}`,
    live: `${DEPLOYMENT}{template: {metadata: {labels: {a: b}, annotations: {kubectl.kubernetes.io/restartedAt: now}}}}`,
    owners: [owner('kubectl-rollout', ['spec template metadata annotations kubectl.kubernetes.io/restartedAt'])],
    differs: ['/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt'],
  },
  {
    title: 'the revision of a Deployment is bookkeeping, even in git',
    git: `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: shop, annotations: {deployment.kubernetes.io/revision: '1'}}`,
    live: `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: shop, annotations: {deployment.kubernetes.io/revision: '7'}}`,
    differs: [],
  },
  // 25
  {
    title: 'large integers keep their digits',
    git: `${WIDGET}{size: 9007199254740993}`,
    live: `${WIDGET}{size: 9007199254740995}`,
    differs: ['/spec/size'],
  },
  {
    title: 'an integer that floating point has rounded is the same',
    git: `${WIDGET}{size: 9007199254740993}`,
    live: `${WIDGET}{size: 9007199254740992}`,
    differs: [],
  },
  {
    title: 'long digits that are text are text',
    git: `${CONFIG_MAP}data: {a: '9007199254740993'}\n`,
    live: `${CONFIG_MAP}data: {a: '9007199254740992'}\n`,
    differs: ['/data/a'],
  },
  {
    title: 'floats equal integers',
    git: `${WIDGET}{ratio: 1.0, size: 1e3}`,
    live: `${WIDGET}{ratio: 1, size: 1000}`,
    differs: [],
  },
  {
    title: 'what a delivery tool marks its objects with is no drift',
    git: `${CONFIG_MAP}data: {a: b}\n`,
    live: `${CONFIG_MAP.replace('namespace: shop', `namespace: shop, labels: {app.kubernetes.io/instance: x}, annotations: {argocd.argoproj.io/tracking-id: y, kubectl.kubernetes.io/last-applied-configuration: '{"kind":"ConfigMap","metadata":{"name":"c","labels":{"app.kubernetes.io/instance":"x"},"annotations":{"argocd.argoproj.io/tracking-id":"y"}}}'}`)}data: {a: b}\n`,
    owners: [owner('argocd-controller', ['metadata', 'data'])],
    differs: [],
  },
  {
    title: 'what a person gave an object that git declares otherwise is drift, without any record of it',
    git: `${DEPLOYMENT}{template: {spec: {containers: []}}}`,
    live: `${DEPLOYMENT}{replicas: 1, template: {spec: {containers: [], hostNetwork: true, dnsPolicy: ClusterFirst}}}`,
    owners: [owner('kubectl-create', ['spec'])],
    differs: ['/spec/template/spec/hostNetwork'],
  },
  {
    title: 'zero values inside the schemas of a CRD are dropped too',
    git: crd("items: {type: object, nullable: false, description: ''}, type: array"),
    live: crd('items: {type: object}, type: array'),
    differs: [],
  },
  // completed by the server
  {
    title: 'the requests of a pod follow its limits',
    git: container('resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 100m}}'),
    live: container('resources: {limits: {cpu: "1", memory: 1Gi}, requests: {cpu: 100m, memory: 1Gi}}'),
    owners: [owner('kubectl-create', ['spec'])],
    differs: [],
  },
  {
    title: 'the defaults of a LimitRange follow its bounds',
    git: limitRange('max: {cpu: 1}, min: {memory: 1Mi}, default: {memory: 1Gi}'),
    live: limitRange(
      "max: {cpu: '1'}, min: {memory: 1Mi}, default: {cpu: '1', memory: 1Gi}, defaultRequest: {cpu: '1', memory: 1Gi}",
    ),
    owners: appliedBy,
    differs: [],
  },
  {
    title: 'the labels of a Job follow its template',
    git: `${JOB}spec: {template: {metadata: {labels: {a: b}}}}`,
    live: `${JOB.replace('namespace: shop', 'namespace: shop, labels: {a: b}')}spec: {template: {metadata: {labels: {a: b, job-name: j}}}}`,
    owners: [owner('kubectl-create', ['metadata labels', 'spec'])],
    differs: [],
  },
  // keys that objects inherit
  {
    title: 'keys named like what objects inherit are keys',
    git: `${CONFIG_MAP}data: {constructor: a, toString: b}\n`,
    live: `${CONFIG_MAP}data: {hasOwnProperty: c}\n`,
    differs: ['/data/constructor', '/data/toString', '/data/hasOwnProperty'],
  },
];

describe('Kubernetes comparison, trap by trap', () => {
  for (const { title, differs, ...input } of TRAPS) {
    it(title, async () => {
      const comparison = await comparing(input);
      expect(comparison.failures).to.deep.equal([]);
      expect(pathsOf(comparison)).to.deep.equal(differs);
    });
  }

  it('names a field that the kind does not have, as neither drift nor sync', async () => {
    const { drift, notices } = await comparing({
      git: `${POD}  nodeSelectors: {a: b}\n`,
      live: POD.replace('spec:\n', 'spec: {}\n'),
    });
    expect(drift).to.deep.equal([]);
    expect(notices?.map(({ kind, address }) => [kind, address])).to.deep.equal([['invalid_field', 'Pod/shop/p']]);
  });

  it('says that a deleted object is going, and that git wants it', async () => {
    const live = CONFIG_MAP.replace(
      'namespace: shop',
      "namespace: shop, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [a/b]",
    );
    const { drift, notices } = await comparing({ git: CONFIG_MAP, live });
    expect(drift.map(({ action, changes }) => [action, changes])).to.deep.equal([['create', []]]);
    expect(notices?.map(({ kind }) => kind)).to.deep.equal(['terminating']);
  });

  it('compares an object of a kind without a schema as plain JSON', async () => {
    const { drift } = await comparing({
      git: `${WIDGET}{free: {a: [1, {b: c}]}}`,
      live: `${WIDGET}{free: {a: [1, {b: d}]}}`,
    });
    expect(drift[0]?.changes.map(({ path }) => path)).to.deep.equal(['/spec/free/a/1/b']);
  });
});

describe('Kubernetes objects that git does not declare', () => {
  const CASES: readonly (readonly [string, string, boolean])[] = [
    ['a ConfigMap made by hand', CONFIG_MAP, true],
    ['kube-root-ca.crt', CONFIG_MAP.replace('name: c', 'name: kube-root-ca.crt'), false],
    [
      'the default ServiceAccount',
      'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: shop}',
      false,
    ],
    ['a token', `${SECRET}type: kubernetes.io/service-account-token\n`, false],
    ['a release of Helm', `${SECRET}type: helm.sh/release.v1\n`, false],
    ['a Lease', 'apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: l, namespace: shop}', false],
    ['an Event', 'apiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: shop}', false],
    ['Endpoints', 'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: e, namespace: shop}', false],
    [
      'a child of another object',
      POD.replace(
        'namespace: shop',
        'namespace: shop, ownerReferences: [{apiVersion: v1, kind: Job, name: j, uid: u}]',
      ),
      false,
    ],
    [
      'what asks to be left alone',
      CONFIG_MAP.replace(
        'namespace: shop',
        'namespace: shop, annotations: {argocd.argoproj.io/compare-options: IgnoreExtraneous}',
      ),
      false,
    ],
  ];
  for (const [title, live, isReported] of CASES) {
    it(`${isReported ? 'reports' : 'does not report'} ${title}`, async () => {
      const { drift } = await comparingExtra(live, [owner('kubectl-create', ['data'])]);
      expect(drift.map(({ action }) => action)).to.deep.equal(isReported ? ['delete'] : []);
    });
  }

  it('does not report what a controller made', async () => {
    const { drift } = await comparingExtra(CONFIG_MAP, [
      owner('kube-controller-manager', ['data a']),
      owner('kubectl-label', []),
    ]);
    expect(drift).to.deep.equal([]);
  });
});

function crd(schema: string): string {
  return `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.b.c}\nspec: {versions: [{name: v1, schema: {openAPIV3Schema: {${schema}}}}]}\n`;
}

function limitRange(limits: string): string {
  return `apiVersion: v1\nkind: LimitRange\nmetadata: {name: l, namespace: shop}\nspec: {limits: [{type: Container, ${limits}}]}`;
}

function role(rules: string): string {
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: shop}\n${rules}\n`;
}

function clusterRole(fields: string): string {
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n${fields}\n`;
}

function binding(group: string, subjects: string): string {
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: shop}\nroleRef: {${group}, kind: Role, name: r}\nsubjects: [${subjects}]\n`;
}

function webhook(bundle: string): string {
  return `apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: m}\nwebhooks: [{name: a.b.c, clientConfig: {${bundle}url: 'https://x'}}]\n`;
}
