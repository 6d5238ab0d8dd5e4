import type { KubeObject } from '../kubernetes/observation.ts';
import { splitApiVersion } from '../kubernetes/address.ts';
import type { Cluster, Common, Machine, Node, Owner, Template } from './facts.ts';

const CLUSTER_NAME = 'cluster.x-k8s.io/cluster-name';
const PAUSED = 'cluster.x-k8s.io/paused';

type Fields = Readonly<Record<string, unknown>>;

export function readCluster(object: KubeObject): Cluster {
  const spec = fields(object['spec']);
  const status = fields(object['status']);
  const reference = fields(spec['controlPlaneRef']);
  const { kind, name } = reference;
  const group = reference['apiGroup'] ?? splitApiVersion(text(reference['apiVersion']) ?? '').group;
  const phase = text(status['phase']);
  const topologyVersion = text(fields(spec['topology'])['version']);
  return {
    ...common(object, object.metadata.name),
    ...(phase !== undefined && { phase }),
    ...(topologyVersion !== undefined && { topologyVersion }),
    ...(typeof kind === 'string' &&
      typeof name === 'string' && { controlPlane: { group: text(group) ?? '', kind, name } }),
  };
}

/** A MachineDeployment, MachineSet or MachinePool. */
export function readOwner(object: KubeObject): Owner {
  const spec = fields(object['spec']);
  const status = fields(object['status']);
  const owners = object.metadata.ownerReferences ?? [];
  const deployment = owners.find(({ kind }) => kind === 'MachineDeployment')?.name;
  const isPool = object.kind === 'MachinePool';
  return {
    ...common(object),
    ...count('replicas', spec['replicas']),
    ...(isPool && count('currentReplicas', status['replicas'] ?? 0)),
    template: readTemplate(fields(fields(spec['template'])['spec'])),
    ...(deployment !== undefined && { deployment }),
  };
}

/** Any kind that keeps the contract of control planes: version and replicas where they are always. */
export function readControlPlane(object: KubeObject): Owner {
  const spec = fields(object['spec']);
  const version = text(spec['version']);
  return {
    ...common(object),
    ...count('replicas', spec['replicas']),
    template: { ...(version !== undefined && { version }) },
  };
}

export function readMachine(object: KubeObject): Machine {
  const spec = fields(object['spec']);
  const status = fields(object['status']);
  const owner = (object.metadata.ownerReferences ?? []).find(({ controller }) => controller === true);
  const version = text(spec['version']);
  const phase = text(status['phase']);
  const node = text(fields(status['nodeRef'])['name']);
  const kubeletVersion = text(fields(status['nodeInfo'])['kubeletVersion']);
  const failure = failureOf(status);
  const upToDate = conditionOf(status, 'UpToDate');
  return {
    ...common(object),
    ...(version !== undefined && { version }),
    ...(owner !== undefined && { owner: { kind: owner.kind, name: owner.name } }),
    ...(phase !== undefined && { phase }),
    ...(failure !== undefined && { failure }),
    ...(node !== undefined && { node }),
    nodeGone: isNodeGone(status),
    nodeLabels: managedLabels(object.metadata.labels ?? {}),
    ...(kubeletVersion !== undefined && { kubeletVersion }),
    ...(upToDate !== undefined &&
      upToDate.status !== 'Unknown' && {
        upToDate: {
          is: upToDate.status === 'True',
          updating: upToDate.reason === 'Updating',
          message: upToDate.message ?? '',
        },
      }),
  };
}

export function readNode(object: KubeObject): Node {
  const kubeletVersion = text(fields(fields(object['status'])['nodeInfo'])['kubeletVersion']);
  const { name, labels } = object.metadata;
  return { name, labels: { ...labels }, ...(kubeletVersion !== undefined && { kubeletVersion }) };
}

const MANAGED =
  /^(?:node-role\.kubernetes\.io|(?:[^/]+\.)?node-restriction\.kubernetes\.io|(?:[^/]+\.)?node\.cluster\.x-k8s\.io)\//;

function managedLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => MANAGED.test(label)));
}

function common(object: KubeObject, cluster?: string): Common {
  const { metadata } = object;
  const spec = fields(object['spec']);
  const status = fields(object['status']);
  const { generation } = metadata;
  const observed = status['observedGeneration'];
  const lags = typeof generation === 'number' && typeof observed === 'number' && observed < generation;
  return {
    group: splitApiVersion(object.apiVersion).group,
    kind: object.kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    cluster: cluster ?? text(spec['clusterName']) ?? metadata.labels?.[CLUSTER_NAME] ?? '',
    paused: spec['paused'] === true || Object.hasOwn(metadata.annotations ?? {}, PAUSED),
    deleting: metadata.deletionTimestamp !== undefined,
    ...(lags && { lag: { generation, observed } }),
  };
}

function readTemplate(spec: Fields): Template {
  const version = text(spec['version']);
  const infrastructure = reference(spec['infrastructureRef']);
  const bootstrap = reference(fields(spec['bootstrap'])['configRef']);
  return {
    ...(version !== undefined && { version }),
    ...(infrastructure !== undefined && { infrastructure }),
    ...(bootstrap !== undefined && { bootstrap }),
  };
}

/** The API version of a reference is its controller's business, and v1beta2 has none. */
function reference(value: unknown): string | undefined {
  const { kind, name } = fields(value);
  return typeof kind === 'string' && typeof name === 'string' ? `${kind}/${name}` : undefined;
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** v1beta2 says it in `conditions`; v1beta1 of releases that know v1beta2 in `v1beta2.conditions`. */
function conditionOf(status: Fields, type: string): Condition | undefined {
  return [...conditions(fields(status['v1beta2'])), ...conditions(status)].find((condition) => condition.type === type);
}

function conditions(status: Fields): readonly Condition[] {
  const list = status['conditions'];
  return Array.isArray(list) ? (list as readonly Condition[]) : [];
}

const NODE_GONE = new Set(['NodeNotFound', 'NodeDeleted']);

function isNodeGone(status: Fields): boolean {
  return ['NodeHealthy', 'NodeReady'].some((type) => {
    const { status: state, reason = '' } = conditionOf(status, type) ?? {};
    return state !== 'True' && NODE_GONE.has(reason);
  });
}

function failureOf(status: Fields): string | undefined {
  const deprecated = fields(fields(status['deprecated'])['v1beta1']);
  const of = (from: Fields): string =>
    [text(from['failureReason']), text(from['failureMessage'])].filter((part) => part !== undefined).join(': ');
  return of(status) || of(deprecated) || undefined;
}

function count<Key extends string>(key: Key, value: unknown): Partial<Record<Key, number>> {
  return typeof value === 'number' ? ({ [key]: value } as Record<Key, number>) : {};
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
