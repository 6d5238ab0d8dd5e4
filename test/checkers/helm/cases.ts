import { gzipSync } from 'node:zlib';
import { helmRecord, recordObject, type RecordOptions } from '../../support/helm-record.ts';

/** One namespace with one release, what is then done to it, and what the checker must say of it. */
export interface HelmCase {
  /** Also the namespace. */
  readonly id: string;
  readonly title: string;
  /** Of the deployed revision; its objects are created as Helm creates them. Default: `WEB`. */
  readonly manifest?: string;
  /** Records instead of one deployed revision of `manifest`. */
  readonly records?: readonly Record<string, unknown>[];
  /** Objects that are there beside those of the manifest, as manifests. */
  readonly beside?: string;
  /** Whether nothing of the manifest is there. */
  readonly isAbsent?: boolean;
  /** Arguments of kubectl, run in the namespace. */
  readonly mutate?: readonly (readonly string[])[];
  /** `address action cause actor` and the paths that changed. */
  readonly drift?: readonly (readonly [string, readonly string[]])[];
  /** Reasons, and text of the messages. */
  readonly failures?: readonly (readonly [string, RegExp])[];
  readonly notices?: readonly (readonly [string, RegExp])[];
  readonly notCompared?: readonly (readonly [string, RegExp])[];
}

export const RELEASE = 'web';

export const WEB = `---
# Source: web/templates/serviceaccount.yaml
apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
  labels:
    helm.sh/chart: web-1.2.3
    app.kubernetes.io/name: web
    app.kubernetes.io/managed-by: Helm
automountServiceAccountToken: true
---
# Source: web/templates/config.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  colour: blue
---
# Source: web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata:
  name: web
type: Opaque
stringData:
  key: c4n4ry-in-the-manifest
---
# Source: web/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
    app.kubernetes.io/name: web
spec:
  type: ClusterIP
  ports:
    - port: 80
      targetPort: http
      protocol: TCP
      name: http
  selector:
    app.kubernetes.io/name: web
---
# Source: web/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    helm.sh/chart: web-1.2.3
    app.kubernetes.io/name: web
    app.kubernetes.io/managed-by: Helm
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: web
  template:
    metadata:
      labels:
        app.kubernetes.io/name: web
    spec:
      serviceAccountName: web
      securityContext: {}
      containers:
        - name: web
          securityContext: {}
          image: "nginx:1.16.0"
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: 80
              protocol: TCP
          livenessProbe:
            httpGet:
              path: /
              port: http
          resources: {}
`;

const CONFIG = (name: string, data = 'colour: blue'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  ${data}\n`;

const record = (namespace: string, more: Partial<RecordOptions> = {}): Record<string, unknown> =>
  helmRecord({ name: RELEASE, namespace, manifest: WEB, ...more });

const damaged = (namespace: string, payload: string): Record<string, unknown> =>
  recordObject({ name: RELEASE, namespace, revision: 1, status: 'deployed', driver: 'secret', payload });

const whole = gzipSync(JSON.stringify({ name: RELEASE, version: 1, manifest: WEB })).toString('base64');

export const CASES: readonly HelmCase[] = [
  { id: 'untouched', title: 'nothing of a release that nobody touched' },
  {
    id: 'image',
    title: 'an image set by hand',
    mutate: [['set', 'image', 'deployment/web', 'web=nginx:1.27']],
    drift: [['apps/Deployment/image/web update out_of_band human', ['/spec/template/spec/containers/0/image']]],
  },
  {
    id: 'scaled',
    title: 'replicas scaled by hand',
    mutate: [['scale', 'deployment/web', '--replicas=5']],
    drift: [['apps/Deployment/scaled/web update out_of_band human', ['/spec/replicas']]],
  },
  {
    id: 'variable',
    title: 'a variable that somebody added',
    mutate: [['set', 'env', 'deployment/web', 'DEBUG=1']],
    drift: [['apps/Deployment/variable/web update out_of_band human', ['/spec/template/spec/containers/0/env/0']]],
  },
  {
    id: 'removed-label',
    title: 'a label that somebody took away',
    mutate: [['label', 'service/web', 'app.kubernetes.io/name-']],
    drift: [['Service/removed-label/web update out_of_band -', ['/metadata/labels/app.kubernetes.io~1name']]],
  },
  {
    id: 'type',
    title: 'a service opened by hand',
    mutate: [['patch', 'service/web', '-p', '{"spec":{"type":"NodePort"}}']],
    drift: [['Service/type/web update out_of_band human', ['/spec/type']]],
  },
  {
    id: 'deleted',
    title: 'an object that was deleted',
    mutate: [['delete', 'configmap', 'web']],
    drift: [['ConfigMap/deleted/web create out_of_band -', []]],
  },
  {
    id: 'secret',
    title: 'a Secret that differs, without its values',
    mutate: [['patch', 'secret/web', '-p', '{"stringData":{"key":"c4n4ry-live"}}']],
    drift: [['Secret/secret/web update out_of_band human', ['/data/key']]],
  },
  {
    id: 'own-label',
    title: 'nothing of the marks that Helm sets beside the manifest, or of a controller',
    mutate: [
      ['annotate', '--field-manager=kube-controller-manager', 'deployment/web', 'deployment.kubernetes.io/revision=7'],
    ],
  },
  {
    id: 'failed-upgrade',
    title: 'an upgrade that failed, compared with what was deployed before',
    records: [
      record('failed-upgrade', { revision: 3 }),
      record('failed-upgrade', { revision: 4, status: 'failed', manifest: CONFIG('other') }),
    ],
    notices: [['warning', /revision 4 is failed; compared with revision 3/]],
  },
  {
    id: 'pending-upgrade',
    title: 'an upgrade under way, beside drift',
    records: [
      record('pending-upgrade', { revision: 1 }),
      record('pending-upgrade', { revision: 2, status: 'pending-upgrade', manifest: CONFIG('other') }),
    ],
    mutate: [['set', 'image', 'deployment/web', 'web=nginx:1.27']],
    drift: [
      ['apps/Deployment/pending-upgrade/web update out_of_band human', ['/spec/template/spec/containers/0/image']],
    ],
    notices: [['warning', /revision 2 is pending-upgrade; compared with revision 1/]],
  },
  {
    id: 'failed-install',
    title: 'a release that was never deployed',
    isAbsent: true,
    records: [record('failed-install', { status: 'failed' })],
    notices: [['warning', /no revision is deployed: revision 1 is failed/]],
    notCompared: [['helm.sh/Release/failed-install/web', /no revision is deployed/]],
  },
  {
    id: 'pending-install',
    title: 'a release being installed',
    isAbsent: true,
    records: [record('pending-install', { status: 'pending-install' })],
    notices: [['warning', /revision 1 is pending-install/]],
    notCompared: [['helm.sh/Release/pending-install/web', /no revision is deployed/]],
  },
  {
    id: 'superseded',
    title: 'the newest revision, not those before',
    records: [
      ...[1, 2, 9].map((revision) =>
        record('superseded', { revision, status: 'superseded', manifest: CONFIG('gone') }),
      ),
      record('superseded', { revision: 10 }),
    ],
  },
  {
    id: 'twice-deployed',
    title: 'the newer of two revisions that are both said to be deployed',
    records: [
      record('twice-deployed', { revision: 10 }),
      record('twice-deployed', { revision: 9, manifest: CONFIG('gone') }),
    ],
  },
  {
    id: 'uninstalled',
    title: 'nothing of a release that was uninstalled with its history kept',
    isAbsent: true,
    records: [record('uninstalled', { status: 'uninstalled' })],
  },
  {
    id: 'left-behind',
    title: 'an object left behind by a release that was uninstalled',
    isAbsent: true,
    records: [record('left-behind', { status: 'uninstalled' })],
    beside: CONFIG('stray'),
    drift: [['ConfigMap/left-behind/stray delete unapplied pipeline', []]],
  },
  {
    id: 'stray',
    title: 'an object marked as of a release that its manifest does not have',
    beside: CONFIG('stray'),
    drift: [['ConfigMap/stray/stray delete unapplied pipeline', []]],
  },
  {
    id: 'kept',
    title: 'an object that helm.sh/resource-policy kept',
    beside: CONFIG('kept').replace('metadata:', 'metadata:\n  annotations: {helm.sh/resource-policy: keep}'),
    notices: [['outside_change', /release kept\/web has it no more, and helm\.sh\/resource-policy: keep left it/]],
  },
  {
    id: 'not-base64',
    title: 'a record that is no base64',
    records: [damaged('not-base64', '?????')],
    failures: [['bad_output', /release not-base64\/web: sh\.helm\.release\.v1\.web\.v1: .*not base64/]],
  },
  {
    id: 'cut',
    title: 'a record that is cut',
    records: [damaged('cut', whole.slice(0, whole.length / 2 - ((whole.length / 2) % 4)))],
    failures: [['bad_output', /release cut\/web: .*gzip is cut or damaged/]],
  },
  {
    id: 'encrypted',
    title: 'a record that a plugin encrypted',
    records: [damaged('encrypted', Buffer.from('Salted__c4n4ry-payload').toString('base64'))],
    failures: [['bad_output', /release encrypted\/web: .*neither gzip nor JSON/]],
  },
  {
    id: 'not-json',
    title: 'a record with something else packed in it',
    records: [damaged('not-json', gzipSync('c4n4ry: payload').toString('base64'))],
    failures: [['bad_output', /release not-json\/web: .*not JSON/]],
  },
  {
    id: 'no-version',
    title: 'a record whose JSON is not a release',
    records: [damaged('no-version', gzipSync('{"name":"web"}').toString('base64'))],
    failures: [['bad_output', /release no-version\/web: .*no name and version/]],
  },
  {
    id: 'empty',
    title: 'a record without its data',
    records: [{ ...damaged('empty', ''), data: {} }],
    failures: [['bad_output', /release empty\/web: .*no data\.release/]],
  },
  {
    id: 'unpacked',
    title: 'a record from before records were packed',
    records: [
      damaged('unpacked', Buffer.from(JSON.stringify({ name: RELEASE, version: 1, manifest: WEB })).toString('base64')),
    ],
  },
  {
    id: 'hook',
    title: 'a hook that stands in the manifest as not compared',
    manifest: CONFIG('hook').replace('metadata:', 'metadata:\n  annotations: {helm.sh/hook: pre-install}'),
    isAbsent: true,
    notCompared: [['ConfigMap/hook', /Helm hook/]],
  },
  {
    id: 'broken',
    title: 'a manifest with a document that cannot be read, beside drift',
    manifest: `${CONFIG('whole')}---\nkind: [\n`,
    isAbsent: true,
    drift: [['ConfigMap/broken/whole create out_of_band -', []]],
    failures: [['invalid', /release broken\/web: document 2/]],
  },
  {
    id: 'no-objects',
    title: 'nothing of a release without objects',
    manifest: '',
  },
  {
    id: 'job',
    title: 'a Job that went by itself as not compared',
    manifest: `apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  ttlSecondsAfterFinished: 60
  template: {spec: {restartPolicy: Never, containers: [{name: migrate, image: 'migrate:1'}]}}
`,
    isAbsent: true,
    notCompared: [['batch/Job/job/migrate', /ttlSecondsAfterFinished/]],
  },
  {
    id: 'cluster-wide',
    title: 'an object of no namespace, and one that names another',
    manifest: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web-reader}
rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]
---
${CONFIG('elsewhere').replace('name: elsewhere', 'name: elsewhere\n  namespace: default')}`,
    mutate: [
      [
        'patch',
        'clusterrole',
        'web-reader',
        '--type=json',
        '-p',
        '[{"op":"add","path":"/rules/0/verbs/-","value":"delete"}]',
      ],
    ],
    drift: [['rbac.authorization.k8s.io/ClusterRole/web-reader update out_of_band human', ['/rules/0/verbs/1']]],
  },
  {
    id: 'autoscaled',
    title: 'nothing of replicas inside the range of an autoscaler',
    manifest: `${WEB}---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 1, maxReplicas: 9}
`,
    mutate: [['scale', 'deployment/web', '--replicas=5']],
  },
];
