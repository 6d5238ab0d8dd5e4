/** Flux's own objects in some state, and what the checker must say of it. */
export interface StatusCase {
  /** Also the name of the object. */
  readonly id: string;
  readonly title: string;
  readonly kind: 'GitRepository' | 'HelmChart' | 'OCIRepository' | 'HelmRepository' | 'Kustomization' | 'HelmRelease';
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Absent: the controller did not look at it yet. */
  readonly status?: Readonly<Record<string, unknown>>;
  /** `address action cause` and the paths that changed. */
  readonly drift?: readonly (readonly [string, readonly string[]])[];
  readonly failures?: readonly (readonly [string, RegExp])[];
  readonly notices?: readonly (readonly [string, RegExp])[];
  readonly notCompared?: number;
}

export const NAMESPACE = 'flux-system';
const LONG_AGO = '2026-01-01T00:00:00Z';
const NOW = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
const HEAD = 'main@sha1:6e1a3c9bd43a4d4e1f1dd5b4a3f0b0c9d8e7f6a5';
const OLD = 'main@sha1:0000000000000000000000000000000000000000';
const DIGEST = `sha256:${'a'.repeat(64)}`;

const condition = (type: string, status: string, reason: string, message: string): Record<string, unknown> => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: LONG_AGO,
  observedGeneration: 1,
});
const READY = condition('Ready', 'True', 'ReconciliationSucceeded', 'Applied revision');
const ready = { observedGeneration: 1, conditions: [READY] };
const artifact = (revision: string, lastUpdateTime = LONG_AGO): Record<string, unknown> => ({
  artifact: { path: 'x.tar.gz', url: 'http://source/x.tar.gz', revision, digest: DIGEST, lastUpdateTime },
});
const git = { url: 'https://git.example.org/fleet.git', interval: '10m' };
const applies = (name: string, kind = 'GitRepository'): Record<string, unknown> => ({
  interval: '10m',
  prune: true,
  path: './apps',
  sourceRef: { kind, name },
});
const installs = {
  interval: '10m',
  chart: { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
};
const deployed = (chartVersion: string, more: object = {}): Record<string, unknown> => ({
  name: 'web',
  namespace: NAMESPACE,
  version: 3,
  chartName: 'web',
  chartVersion,
  configDigest: DIGEST,
  digest: DIGEST,
  firstDeployed: LONG_AGO,
  lastDeployed: LONG_AGO,
  status: 'deployed',
  ...more,
});
const DRIFTED =
  `Cluster state of release ${NAMESPACE}/web.v3 has drifted from the desired state:\n` +
  'Deployment/shop/web changed (0 additions, 1 changes, 0 removals)\nService/shop/web removed';

const path = (kind: string, id: string): string =>
  `${kind === 'HelmRelease' ? 'helm' : 'kustomize'}.toolkit.fluxcd.io/${kind}/${NAMESPACE}/${id}`;

export const STATUS_CASES: readonly StatusCase[] = [
  {
    id: 'fleet',
    title: 'nothing of a source that is ready',
    kind: 'GitRepository',
    spec: git,
    status: { ...ready, ...artifact(HEAD) },
  },
  {
    id: 'fleet-just-now',
    title: 'nothing of a source with a revision that just came',
    kind: 'GitRepository',
    spec: git,
    status: { ...ready, ...artifact(HEAD, NOW) },
  },
  {
    id: 'no-password',
    title: 'a source whose credentials are refused',
    kind: 'GitRepository',
    spec: git,
    status: {
      observedGeneration: 1,
      conditions: [condition('Stalled', 'True', 'AuthenticationFailed', 'unable to authenticate')],
    },
    failures: [['unauthenticated', /^stalled: AuthenticationFailed: unable to authenticate$/]],
  },
  {
    id: 'suspended-source',
    title: 'a suspended source',
    kind: 'GitRepository',
    spec: { ...git, suspend: true },
    status: { observedGeneration: 1, conditions: [condition('Ready', 'False', 'GitOperationFailed', 'gone')] },
    notices: [['suspended', /suspended/]],
    notCompared: 1,
  },
  {
    id: 'charts',
    title: 'nothing of a Helm repository',
    kind: 'HelmRepository',
    spec: { url: 'https://charts.example.org' },
    status: ready,
  },
  {
    id: 'flux-system-web',
    title: 'nothing of a chart',
    kind: 'HelmChart',
    spec: { chart: 'web', interval: '10m', sourceRef: { kind: 'HelmRepository', name: 'charts' } },
    status: { ...ready, ...artifact('1.4.0') },
  },
  {
    id: 'oci',
    title: 'nothing of an OCI repository',
    kind: 'OCIRepository',
    spec: { url: 'oci://registry.example.org/web', interval: '10m' },
    status: { ...ready, ...artifact(`1.4.0@${DIGEST}`) },
  },
  {
    id: 'applied',
    title: 'nothing of a Kustomization that applied what its source has',
    kind: 'Kustomization',
    spec: applies('fleet'),
    status: { ...ready, lastAppliedRevision: HEAD },
  },
  {
    id: 'behind',
    title: 'a Kustomization that is behind its source',
    kind: 'Kustomization',
    spec: applies('fleet'),
    status: { ...ready, lastAppliedRevision: OLD },
    drift: [[`${path('Kustomization', 'behind')} update unapplied`, ['/status/lastAppliedRevision']]],
  },
  {
    id: 'just-behind',
    title: 'a Kustomization whose source moved just now, as at work',
    kind: 'Kustomization',
    spec: applies('fleet-just-now'),
    status: { ...ready, lastAppliedRevision: OLD },
    notices: [['deferred', /came just now/]],
  },
  {
    id: 'suspended',
    title: 'a suspended Kustomization and what it is behind',
    kind: 'Kustomization',
    spec: { ...applies('fleet'), suspend: true },
    status: { ...ready, lastAppliedRevision: OLD },
    drift: [[`${path('Kustomization', 'suspended')} update unapplied`, ['/status/lastAppliedRevision']]],
    notices: [['suspended', /Flux leaves it alone/]],
    notCompared: 1,
  },
  {
    id: 'build-failed',
    title: 'a Kustomization that cannot be built: new, so not yet a failure',
    kind: 'Kustomization',
    spec: applies('fleet'),
    status: {
      observedGeneration: 1,
      lastAppliedRevision: HEAD,
      conditions: [condition('Ready', 'False', 'BuildFailed', 'kustomize build failed')],
    },
    notices: [['deferred', /not ready yet: kustomize build failed/]],
  },
  {
    id: 'stalled',
    title: 'a Kustomization that is stalled',
    kind: 'Kustomization',
    spec: applies('fleet'),
    status: {
      observedGeneration: 1,
      lastAppliedRevision: HEAD,
      conditions: [condition('Stalled', 'True', 'InvalidCELExpression', 'bad expression')],
    },
    failures: [['invalid', /^stalled: InvalidCELExpression: bad expression$/]],
  },
  {
    id: 'lagging',
    title: 'a generation that the controller did not see yet, as at work',
    kind: 'Kustomization',
    spec: applies('fleet'),
    status: { ...ready, observedGeneration: 0, lastAppliedRevision: HEAD },
    notices: [['deferred', /generation 1 is not reconciled yet/]],
  },
  {
    id: 'at-work',
    title: 'a Kustomization being reconciled, as at work',
    kind: 'Kustomization',
    spec: applies('fleet'),
    status: {
      observedGeneration: 1,
      lastAppliedRevision: HEAD,
      conditions: [condition('Ready', 'Unknown', 'Progressing', 'Reconciliation in progress')],
    },
    notices: [['deferred', /at work: Reconciliation in progress/]],
  },
  {
    id: 'fresh',
    title: 'a Kustomization that was made just now, as at work',
    kind: 'Kustomization',
    spec: applies('fleet'),
    notices: [['deferred', /generation 1 is not reconciled yet; observed: none/]],
  },
  {
    id: 'stale',
    title: 'nothing of an interval that is shorter than the grace',
    kind: 'Kustomization',
    spec: { ...applies('fleet'), interval: '1ms' },
    status: { ...ready, lastAppliedRevision: HEAD },
  },
  {
    id: 'no-source',
    title: 'nothing more of a Kustomization whose source is not there',
    kind: 'Kustomization',
    spec: applies('not-there'),
    status: { ...ready, lastAppliedRevision: OLD },
  },
  {
    id: 'web',
    title: 'nothing of a HelmRelease that installed its chart',
    kind: 'HelmRelease',
    spec: installs,
    status: { ...ready, helmChart: `${NAMESPACE}/flux-system-web`, history: [deployed('1.4.0')] },
  },
  {
    id: 'old-chart',
    title: 'a HelmRelease that is behind its chart',
    kind: 'HelmRelease',
    spec: installs,
    status: { ...ready, helmChart: `${NAMESPACE}/flux-system-web`, history: [deployed('1.3.0')] },
    drift: [[`${path('HelmRelease', 'old-chart')} update unapplied`, ['/status/history/0/chartVersion']]],
  },
  {
    id: 'from-oci',
    title: 'a HelmRelease that is behind its OCI repository',
    kind: 'HelmRelease',
    spec: { interval: '10m', chartRef: { kind: 'OCIRepository', name: 'oci' } },
    status: { ...ready, history: [deployed('1.3.0', { ociDigest: `sha256:${'b'.repeat(64)}` })] },
    drift: [[`${path('HelmRelease', 'from-oci')} update unapplied`, ['/status/history/0/ociDigest']]],
  },
  {
    id: 'drifted',
    title: 'the objects that helm-controller found drifted, by its condition',
    kind: 'HelmRelease',
    spec: { ...installs, driftDetection: { mode: 'warn' } },
    status: {
      observedGeneration: 1,
      conditions: [READY, condition('Drifted', 'True', 'DriftDetected', DRIFTED)],
      helmChart: `${NAMESPACE}/flux-system-web`,
      history: [deployed('1.4.0')],
    },
    drift: [
      [`${path('HelmRelease', 'drifted')}/Deployment/shop/web update out_of_band`, []],
      [`${path('HelmRelease', 'drifted')}/Service/shop/web create out_of_band`, []],
    ],
  },
  {
    id: 'drift-event',
    title: 'the objects that helm-controller found drifted, by its event',
    kind: 'HelmRelease',
    spec: { ...installs, driftDetection: { mode: 'warn' } },
    status: { ...ready, helmChart: `${NAMESPACE}/flux-system-web`, history: [deployed('1.4.0')] },
    drift: [[`${path('HelmRelease', 'drift-event')}/Deployment/shop/web update out_of_band`, []]],
  },
  {
    id: 'drift-corrected',
    title: 'nothing of a drift that was corrected since',
    kind: 'HelmRelease',
    spec: { ...installs, driftDetection: { mode: 'enabled' } },
    status: { ...ready, helmChart: `${NAMESPACE}/flux-system-web`, history: [deployed('1.4.0')] },
  },
  {
    id: 'no-drift',
    title: 'nothing of a release whose condition says that there is no drift',
    kind: 'HelmRelease',
    spec: { ...installs, driftDetection: { mode: 'warn' } },
    status: {
      observedGeneration: 1,
      conditions: [READY, condition('Drifted', 'False', 'NoDriftDetected', 'No drift detected')],
      helmChart: `${NAMESPACE}/flux-system-web`,
      history: [deployed('1.4.0')],
    },
  },
];

/** Events, newest last: of which release, why, and how many minutes ago. */
export const EVENTS: readonly { readonly of: string; readonly reason: string; readonly minutesAgo: number }[] = [
  { of: 'drift-event', reason: 'DriftDetected', minutesAgo: 4 },
  { of: 'drift-event', reason: 'DriftCorrected', minutesAgo: 30 },
  { of: 'drift-corrected', reason: 'DriftDetected', minutesAgo: 4 },
  { of: 'drift-corrected', reason: 'DriftCorrected', minutesAgo: 1 },
];

export const EVENT_MESSAGE: string = DRIFTED.split('\n').slice(0, 2).join('\n');
