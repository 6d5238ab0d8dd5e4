/** A repository as `flux bootstrap` leaves it, and what Flux makes of it in the cluster, written down by hand. */

const kustomization = (name: string, spec: string): string => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: ${name}, namespace: flux-system}
spec: {interval: 10m, prune: true, sourceRef: {kind: GitRepository, name: flux-system}, ${spec}}
`;

const configMap = (name: string, colour: string, annotations = '{}'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: infra, annotations: ${annotations}}\ndata: {colour: ${colour}}\n`;

const release = (name: string, spec: string): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ${name}, namespace: releases}
spec: {interval: 10m, ${spec}}
`;

/** Files of the repository. */
export const FLEET: Readonly<Record<string, string>> = {
  'clusters/prod/flux-system/kustomization.yaml': 'resources: [gotk-sync.yaml]\n',
  'clusters/prod/flux-system/gotk-sync.yaml': `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, ref: {branch: main}, url: 'ssh://git@git.example.org/fleet.git'}
---
${kustomization('flux-system', 'path: ./clusters/prod')}`,
  'clusters/prod/apps.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 10m
  prune: true
  path: ./apps/prod
  sourceRef: {kind: GitRepository, name: flux-system}
  targetNamespace: shop
  nameSuffix: -blue
  dependsOn: [{name: infra}]
  images: [{name: example.org/web, newName: mirror.example.org/web, newTag: 1.2.3}]
  components: [../../components/guarded]
  commonMetadata: {labels: {team: shop}}
  patches:
  - target: {kind: Deployment}
    patch: |
      - {op: add, path: /spec/template/spec/priorityClassName, value: high}
  postBuild:
    substitute: {REPLICAS: '3', COLOUR: blue}
    substituteFrom:
    - {kind: ConfigMap, name: cluster-vars}
    - {kind: Secret, name: cluster-secrets}
    - {kind: ConfigMap, name: not-there, optional: true}
`,
  'apps/base/kustomization.yaml': 'resources: [web.yaml]\n',
  'apps/base/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: \${REPLICAS}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example.org/web
        env:
        - {name: REGION, value: "\${REGION}"}
        - {name: GREETING, value: "\${PASSPHRASE}"}
        - {name: MODE, value: "\${MODE:=plain}-\${COLOUR^^}"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: script, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}
data: {run: 'echo \${REPLICAS}'}
`,
  'apps/prod/kustomization.yaml': 'resources: [../base]\n',
  'components/guarded/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {guarded: "yes"}}]\n',
  'clusters/prod/infra.yaml': kustomization('infra', 'path: ./infra'),
  'clusters/prod/tolerant.yaml': kustomization(
    'tolerant',
    "path: ./tolerant, ignore: [{paths: [/data/colour], target: {kind: ConfigMap, name: 'tolerant|other-.*'}}]",
  ),
  'tolerant/one.yaml': configMap('tolerant', 'blue'),
  'infra/plain.yaml': configMap('plain', 'blue'),
  'infra/deep/more.yaml': configMap('more', 'blue'),
  'infra/disabled.yaml': configMap('disabled', 'blue', '{kustomize.toolkit.fluxcd.io/reconcile: disabled}'),
  'infra/once.yaml': configMap('once', 'blue', '{kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}'),
  'infra/merged.yaml': configMap('merged', 'blue', '{kustomize.toolkit.fluxcd.io/ssa: Merge}'),
  'infra/ignored.yaml': configMap('ignored', 'blue', '{kustomize.toolkit.fluxcd.io/ssa: Ignore}'),
  'infra/sealed.yaml': `apiVersion: v1
kind: Secret
metadata: {name: sealed, namespace: infra}
data: {key: 'ENC[AES256_GCM,data:c4n4ry,iv:c4n4ry,tag:c4n4ry,type:str]'}
sops: {mac: 'ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]', version: 3.9.0}
`,
  'clusters/prod/others.yaml': [
    kustomization('remote', 'path: ./infra, kubeConfig: {secretRef: {name: other}}'),
    kustomization('paused', 'path: ./paused, suspend: true'),
    kustomization('broken', 'path: ./not-there'),
    kustomization('no-variables', 'path: ./paused, postBuild: {substituteFrom: [{kind: Secret, name: not-there}]}'),
    kustomization('bad-variables', 'path: ./bad, postBuild: {substitute: {A: b}}'),
    `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: from-oci, namespace: flux-system}
spec: {interval: 10m, prune: true, path: ./, sourceRef: {kind: OCIRepository, name: manifests}}
`,
  ].join('---\n'),
  'paused/one.yaml': configMap('paused', 'blue'),
  'bad/one.yaml': configMap('bad', "'${A'"),
  'clusters/prod/releases.yaml': [
    release(
      'podinfo',
      'chart: {spec: {chart: podinfo, sourceRef: {kind: HelmRepository, name: podinfo}}}, driftDetection: {mode: warn, ignore: [{paths: [/data/size]}]}',
    ),
    release('absent', 'chart: {spec: {chart: podinfo, sourceRef: {kind: HelmRepository, name: podinfo}}}'),
    release(
      'local',
      'chart: {spec: {chart: ./charts/local, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}, targetNamespace: shop, values: {replicas: 4}, valuesFrom: [{kind: Secret, name: local-values}]',
    ),
  ].join('---\n'),
  'charts/local/Chart.yaml': 'apiVersion: v2\nname: local\nversion: 1.0.0\n',
  // What the stand-in for helm prints, with the values put in.
  'charts/local/rendered.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: local}\ndata: {replicas: "@replicas@", greeting: "@greeting@"}\n',
};

/** What podinfo's chart came to, as Helm keeps it. */
export const PODINFO = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: podinfo}\ndata: {colour: blue, size: "1"}\n';

/** Read by postBuild and valuesFrom. */
export const INPUTS = `apiVersion: v1
kind: ConfigMap
metadata: {name: cluster-vars, namespace: flux-system}
data: {REGION: "eu-1\\n", REPLICAS: '9'}
---
apiVersion: v1
kind: Secret
metadata: {name: cluster-secrets, namespace: flux-system}
stringData: {PASSPHRASE: c4n4ry-passphrase}
---
apiVersion: v1
kind: Secret
metadata: {name: local-values, namespace: releases}
stringData: {values.yaml: "greeting: c4n4ry-greeting\\nreplicas: 1\\n"}
`;

/** What kustomize-controller made of it, beside the objects that stand in the repository as they are. */
export const APPLIED: string = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-blue
  namespace: shop
  labels: {team: shop, guarded: "yes", kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      priorityClassName: high
      containers:
      - name: web
        image: mirror.example.org/web:1.2.3
        env:
        - {name: REGION, value: eu-1}
        - {name: GREETING, value: c4n4ry-passphrase}
        - {name: MODE, value: plain-BLUE}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: script-blue
  namespace: shop
  labels: {team: shop, guarded: "yes", kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}
  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}
data: {run: 'echo \${REPLICAS}'}
---
${['plain', 'more', 'once', 'merged', 'ignored'].map((name) => infra(name, 'blue')).join('---\n')}---
${infra('disabled', 'whatever')}---
apiVersion: v1
kind: Secret
metadata: {name: sealed, namespace: infra, labels: {kustomize.toolkit.fluxcd.io/name: infra, kustomize.toolkit.fluxcd.io/namespace: flux-system}}
stringData: {key: value}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: paused, namespace: infra, labels: {kustomize.toolkit.fluxcd.io/name: paused, kustomize.toolkit.fluxcd.io/namespace: flux-system}}
data: {colour: blue}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: tolerant, namespace: infra}
data: {colour: blue}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: local, namespace: shop}
data: {replicas: '4', greeting: c4n4ry-greeting}
`;

function infra(name: string, colour: string): string {
  const file =
    Object.entries(FLEET).find(([path]) => path.endsWith(`/${name}.yaml`) && path.startsWith('infra/'))?.[1] ?? '';
  const labels =
    'labels: {kustomize.toolkit.fluxcd.io/name: infra, kustomize.toolkit.fluxcd.io/namespace: flux-system}';
  return file.replace('colour: blue', `colour: ${colour}`).replace('namespace: infra,', `namespace: infra, ${labels},`);
}
