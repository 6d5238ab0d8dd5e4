import type { KubeObject, ResourceKind } from '../observation.ts';

/** Kinds that only the cluster writes, by `group/Kind`. */
const KINDS: ReadonlySet<string> = new Set([
  '/Binding',
  '/ComponentStatus',
  '/Endpoints',
  '/Event',
  '/Node',
  'apps/ControllerRevision',
  'coordination.k8s.io/Lease',
  'coordination.k8s.io/LeaseCandidate',
  'discovery.k8s.io/EndpointSlice',
  'events.k8s.io/Event',
  'metrics.k8s.io/NodeMetrics',
  'metrics.k8s.io/PodMetrics',
  'networking.k8s.io/IPAddress',
  'resource.k8s.io/ResourceSlice',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/CSIStorageCapacity',
  'storage.k8s.io/VolumeAttachment',
]);

/** Objects that every cluster or namespace has, by `group/Kind/name`. */
const OBJECTS: ReadonlySet<string> = new Set([
  '/ConfigMap/istio-ca-root-cert',
  '/ConfigMap/kube-root-ca.crt',
  '/ConfigMap/openshift-service-ca.crt',
  '/Namespace/default',
  '/Namespace/kube-node-lease',
  '/Namespace/kube-public',
  '/Namespace/kube-system',
  '/ServiceAccount/default',
  'networking.k8s.io/ServiceCIDR/kubernetes',
  'scheduling.k8s.io/PriorityClass/system-cluster-critical',
  'scheduling.k8s.io/PriorityClass/system-node-critical',
]);

/** Secrets that hold a token or a tool's own records. */
const SECRET_TYPES: ReadonlySet<unknown> = new Set([
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
]);

const LABELS = ['kubernetes.io/bootstrapping', 'kube-aggregator.kubernetes.io/automanaged'];
const ANNOTATIONS = ['apf.kubernetes.io/autoupdate-spec', 'kubernetes.io/config.mirror'];

/** Whether the cluster or a delivery tool made the object for itself, so that git need not declare it. */
export function isClusterMade(live: KubeObject, { group, kind }: ResourceKind): boolean {
  const { name, namespace, labels, annotations } = live.metadata;
  if (KINDS.has(`${group}/${kind}`) || OBJECTS.has(`${group}/${kind}/${name}`)) return true;
  if (group === '' && kind === 'Service' && namespace === 'default' && name === 'kubernetes') return true;
  if (group === '' && kind === 'Secret' && SECRET_TYPES.has(live['type'])) return true;
  if (labels?.['owner'] === 'helm' && name.startsWith('sh.helm.release.')) return true;
  return has(labels, LABELS) || has(annotations, ANNOTATIONS);
}

function has(marks: Readonly<Record<string, string>> | null | undefined, keys: readonly string[]): boolean {
  return marks !== undefined && marks !== null && keys.some((key) => Object.hasOwn(marks, key));
}
