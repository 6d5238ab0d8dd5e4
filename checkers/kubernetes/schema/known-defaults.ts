import type { Json } from '../../../src/checker.ts';

/** An object as the walk sees it. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * What the API server fills in where a field is left out: a value, or a test of the live value where the default
 * depends on the fields beside it. `desired` is what git declares of the same object, absent when it does not declare it.
 */
export type KnownDefault = Json | ((live: unknown, beside: Fields, desired: Fields | undefined) => boolean);
export type KnownDefaults = Readonly<Record<string, KnownDefault>>;

/** The defaults of a built-in type (`core.Container`), which OpenAPI documents do not tell. */
export function knownDefaultsOf(type: string): KnownDefaults | undefined {
  return Object.hasOwn(DEFAULTS, type) ? DEFAULTS[type] : undefined;
}

/** Whether `live` is what the server fills in for the field. */
export function isKnownDefault(
  rule: KnownDefault,
  live: unknown,
  { beside, desired }: { readonly beside: Fields; readonly desired: Fields | undefined },
): boolean {
  if (typeof rule === 'function') return rule(live, beside, desired);
  if (rule === live) return true;
  if (typeof rule !== 'object' || typeof live !== 'object' || rule === null || live === null) return false;
  const { length } = Object.keys(rule);
  return (
    length === Object.keys(live).length &&
    (length === 0 ? Array.isArray(rule) === Array.isArray(live) : isOneOf(live, [rule]))
  );
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const MODE_0644 = 420;
const CONTAINER: KnownDefaults = {
  imagePullPolicy: (live, { image }) => live === (isLatest(image) ? 'Always' : 'IfNotPresent'),
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};
const SERVICE_REFERENCE: KnownDefaults = { port: 443 };
const WEBHOOK: KnownDefaults = {
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
};
const DEVICE_REQUEST: KnownDefaults = { allocationMode: 'ExactCount', count: 1 };
const MATCH_RESOURCES: KnownDefaults = { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };

/** By type, then field; taken from the API server's defaulting functions. */
const DEFAULTS: Readonly<Record<string, KnownDefaults>> = {
  'admissionregistration.MatchResources': MATCH_RESOURCES,
  'admissionregistration.MutatingAdmissionPolicySpec': { failurePolicy: 'Fail' },
  'admissionregistration.MutatingWebhook': { ...WEBHOOK, reinvocationPolicy: 'Never' },
  'admissionregistration.NamedRuleWithOperations': { scope: '*' },
  'admissionregistration.RuleWithOperations': { scope: '*' },
  'admissionregistration.ServiceReference': SERVICE_REFERENCE,
  'admissionregistration.ValidatingAdmissionPolicySpec': { failurePolicy: 'Fail' },
  'admissionregistration.ValidatingWebhook': WEBHOOK,
  'apiextensions.CustomResourceConversion': { strategy: 'None' },
  'apiextensions.CustomResourceDefinitionNames': {
    listKind: (live, { kind }) => live === `${String(kind)}List`,
    singular: (live, { kind }) => live === String(kind).toLowerCase(),
  },
  'apiextensions.ServiceReference': SERVICE_REFERENCE,
  'apiregistration.ServiceReference': SERVICE_REFERENCE,
  'apps.DaemonSetSpec': { revisionHistoryLimit: 10 },
  'apps.DaemonSetUpdateStrategy': { type: 'RollingUpdate' },
  'apps.DeploymentSpec': { progressDeadlineSeconds: 600, replicas: 1, revisionHistoryLimit: 10 },
  'apps.DeploymentStrategy': { type: 'RollingUpdate' },
  'apps.ReplicaSetSpec': { replicas: 1 },
  'apps.RollingUpdateDaemonSet': { maxSurge: 0, maxUnavailable: 1 },
  'apps.RollingUpdateDeployment': { maxSurge: '25%', maxUnavailable: '25%' },
  'apps.RollingUpdateStatefulSetStrategy': { maxUnavailable: 1, partition: 0 },
  'apps.StatefulSetPersistentVolumeClaimRetentionPolicy': { whenDeleted: 'Retain', whenScaled: 'Retain' },
  'apps.StatefulSetSpec': { podManagementPolicy: 'OrderedReady', replicas: 1, revisionHistoryLimit: 10 },
  'apps.StatefulSetUpdateStrategy': { type: 'RollingUpdate' },
  'autoscaling.HPAScalingRules': {
    policies: (live) => isOneOf(live, [SCALE_UP_POLICIES, SCALE_DOWN_POLICIES]),
    selectPolicy: 'Max',
    stabilizationWindowSeconds: 0,
  },
  'autoscaling.HorizontalPodAutoscalerSpec': {
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
    minReplicas: 1,
  },
  'batch.CronJobSpec': {
    concurrencyPolicy: 'Allow',
    failedJobsHistoryLimit: 1,
    successfulJobsHistoryLimit: 3,
    suspend: false,
  },
  'batch.JobSpec': {
    backoffLimit: (live, { backoffLimitPerIndex }) => live === (backoffLimitPerIndex === undefined ? 6 : 2_147_483_647),
    completionMode: 'NonIndexed',
    completions: 1,
    manualSelector: false,
    parallelism: 1,
    podReplacementPolicy: (live, { podFailurePolicy }) =>
      live === (podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'),
    selector: isGeneratedJobSelector,
    suspend: false,
  },
  'batch.PodFailurePolicyOnPodConditionsPattern': { status: 'True' },
  'core.ClientIPConfig': { timeoutSeconds: 10_800 },
  'core.ConfigMapVolumeSource': { defaultMode: MODE_0644 },
  'core.Container': CONTAINER,
  'core.ContainerPort': { protocol: 'TCP' },
  'core.DownwardAPIVolumeSource': { defaultMode: MODE_0644 },
  'core.EndpointPort': { protocol: 'TCP' },
  'core.EphemeralContainer': CONTAINER,
  'core.GRPCAction': { service: '' },
  'core.HTTPGetAction': { path: '/', scheme: 'HTTP' },
  'core.HostPathVolumeSource': { type: '' },
  'core.ImageVolumeSource': {
    pullPolicy: (live, { reference }) => live === (isLatest(reference) ? 'Always' : 'IfNotPresent'),
  },
  'core.NamespaceSpec': { finalizers: ['kubernetes'] },
  'core.ObjectFieldSelector': { apiVersion: 'v1' },
  'core.PersistentVolumeClaimSpec': { volumeMode: 'Filesystem' },
  'core.PersistentVolumeSpec': { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' },
  'core.PodSpec': {
    dnsPolicy: 'ClusterFirst',
    enableServiceLinks: true,
    // A pod has the priority of its class.
    preemptionPolicy: (live, { priorityClassName }) => isOfClass(priorityClassName) || live === 'PreemptLowerPriority',
    priority: (live, { priorityClassName }) => isOfClass(priorityClassName) || live === 0,
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    // Two names of one field: what git says under one, live says under both.
    serviceAccount: (live, { serviceAccountName }) => live === serviceAccountName,
    serviceAccountName: (live, _beside, desired) => live === (desired?.['serviceAccount'] ?? 'default'),
    terminationGracePeriodSeconds: 30,
  },
  'core.Probe': { failureThreshold: 3, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1 },
  'core.ProjectedVolumeSource': { defaultMode: MODE_0644 },
  'core.ResourceFieldSelector': { divisor: '0' },
  'core.Secret': { type: 'Opaque' },
  'core.SecretVolumeSource': { defaultMode: MODE_0644 },
  'core.ServiceAccountTokenProjection': { expirationSeconds: 3600 },
  'core.ServicePort': { protocol: 'TCP', targetPort: (live, { port }) => live === port },
  'core.ServiceSpec': {
    allocateLoadBalancerNodePorts: true,
    externalTrafficPolicy: 'Cluster',
    internalTrafficPolicy: 'Cluster',
    sessionAffinity: 'None',
    type: 'ClusterIP',
  },
  'core.Volume': { emptyDir: {} },
  'discovery.EndpointPort': { name: '', protocol: 'TCP' },
  'flowcontrol.ExemptPriorityLevelConfiguration': { lendablePercent: 0, nominalConcurrencyShares: 0 },
  'flowcontrol.FlowSchemaSpec': { matchingPrecedence: 1000 },
  'flowcontrol.LimitedPriorityLevelConfiguration': { lendablePercent: 0, nominalConcurrencyShares: 30 },
  'flowcontrol.QueuingConfiguration': { handSize: 8, queueLengthLimit: 50, queues: 64 },
  'networking.IngressClassParametersReference': { scope: 'Cluster' },
  'networking.NetworkPolicyPort': { protocol: 'TCP' },
  'networking.NetworkPolicySpec': {
    policyTypes: (live, _beside, desired) =>
      isOneOf(live, [desired?.['egress'] === undefined ? ['Ingress'] : ['Ingress', 'Egress']]),
  },
  'rbac.RoleRef': { apiGroup: RBAC_GROUP },
  'rbac.Subject': { apiGroup: (live, { kind }) => live === (kind === 'ServiceAccount' ? '' : RBAC_GROUP) },
  'resource.DeviceSubRequest': DEVICE_REQUEST,
  'resource.ExactDeviceRequest': DEVICE_REQUEST,
  'scheduling.PriorityClass': { preemptionPolicy: 'PreemptLowerPriority' },
  'storage.CSIDriverSpec': {
    attachRequired: true,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    podInfoOnMount: false,
    preventPodSchedulingIfMissing: false,
    requiresRepublish: false,
    seLinuxMount: false,
    storageCapacity: false,
    volumeLifecycleModes: ['Persistent'],
  },
  'storage.StorageClass': { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
};

const PERCENT_POLICY = { type: 'Percent', value: 100, periodSeconds: 15 };
const SCALE_DOWN_POLICIES = [PERCENT_POLICY];
const SCALE_UP_POLICIES = [{ type: 'Pods', value: 4, periodSeconds: 15 }, PERCENT_POLICY];

function isOfClass(priorityClassName: unknown): boolean {
  return typeof priorityClassName === 'string' && priorityClassName !== '';
}

/** No tag and no digest is `latest`. */
function isLatest(image: unknown): boolean {
  if (typeof image !== 'string') return false;
  if (image.includes('@')) return image.slice(0, image.indexOf('@')).endsWith(':latest');
  const tag = image.lastIndexOf(':');
  return tag <= image.lastIndexOf('/') || image.endsWith(':latest');
}

/** Whether the values are the same whatever the order of their keys. */
function isOneOf(live: unknown, values: readonly unknown[]): boolean {
  const text = JSON.stringify(sorted(live));
  return values.some((value) => JSON.stringify(sorted(value)) === text);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** A Job's selector is made of its uid, unless it says manualSelector. */
function isGeneratedJobSelector(live: unknown): boolean {
  const { matchLabels } = (live ?? {}) as { matchLabels?: Record<string, unknown> };
  return Object.keys(matchLabels ?? {}).every((key) => key.endsWith('controller-uid'));
}
