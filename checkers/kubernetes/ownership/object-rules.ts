import { isDeepStrictEqual } from 'node:util';
import { fromBase64 } from '../normalise/base64.ts';
import type { FieldPath } from '../normalise/field-path.ts';
import type { Judge } from '../normalise/finding.ts';
import type { ClusterFacts, KubeObject, ResourceKind } from '../observation.ts';
import { isBookkeeping } from './bookkeeping.ts';

/** The rules of one kind that no schema tells. */
export interface ObjectRules extends Pick<Judge, 'isSkipped' | 'isExcused'> {
  /** The live object without what admission adds to lists that git declares whole. */
  readonly live: KubeObject;
  /** Whether admission put an item into a pod. */
  isInjected(path: FieldPath): boolean;
  /** Whether a variable repeats, name and value, what git declares for another container of the pod. */
  isRepeated(path: FieldPath): boolean;
}

const METADATA_COMPARED: ReadonlySet<string> = new Set(['annotations', 'finalizers', 'labels']);
const SERVER_SIDE: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'status']);
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

/** Which fields of this object are nobody's to compare, and which differences are somebody's business. */
export function objectRules(pair: {
  readonly desired: KubeObject;
  readonly live: KubeObject;
  readonly resource: ResourceKind;
  readonly facts: ClusterFacts;
}): ObjectRules {
  const { desired, live, resource } = pair;
  const isPod = resource.group === '' && resource.kind === 'Pod';
  const isAggregated = isAggregatedRole(pair);
  return {
    live: isPod ? withoutDefaultTolerations(live, desired) : live,
    isInjected: (path) => isPod && isServiceAccountVolume(path),
    isRepeated: (path) => isRepeatedVariable(path, desired),
    isSkipped: (type, field, path) => {
      if (path.length === 0) return SERVER_SIDE.has(field) || (isAggregated && field === 'rules');
      if (path[0] === 'metadata') return path.length === 1 ? !METADATA_COMPARED.has(field) : isOwnMark(field, path);
      // Templates of claims come back as whole objects.
      return type === 'core.PersistentVolumeClaim' && SERVER_SIDE.has(field);
    },
    isExcused: (type, path, values) => {
      if (path.at(-1) === 'caBundle') return isInjectedBundle(type, values);
      return path.length === 2 && path[1] === 'replicas' && path[0] === 'spec' && isAutoscaled(values.live, pair);
    },
  };
}

function isOwnMark(field: string, path: FieldPath): boolean {
  if (path.length !== 2) return false;
  return path[1] === 'annotations' ? isBookkeeping(field) : path[1] === 'labels' && field === NAMESPACE_NAME_LABEL;
}

/** The control plane writes the rules of a ClusterRole that gathers others'. */
function isAggregatedRole({ desired, resource }: { desired: KubeObject; resource: ResourceKind }): boolean {
  if (resource.group !== 'rbac.authorization.k8s.io' || resource.kind !== 'ClusterRole') return false;
  return (desired['aggregationRule'] ?? undefined) !== undefined;
}

const CA_BUNDLE_TYPES =
  /^(?:admissionregistration|apiextensions)\.WebhookClientConfig$|^apiregistration\.APIServiceSpec$/;

/** Empty in git, or no certificate: a placeholder for what a controller injects. */
function isInjectedBundle(type: string | undefined, { live, desired }: { live: unknown; desired: unknown }): boolean {
  if (type === undefined || !CA_BUNDLE_TYPES.test(type) || live === undefined || typeof desired !== 'string')
    return false;
  return fromBase64(desired)?.includes('-----BEGIN CERTIFICATE') !== true;
}

/** Inside the range of an autoscaler, the number of replicas is its business. */
function isAutoscaled(
  live: unknown,
  { desired, resource, facts }: { desired: KubeObject; resource: ResourceKind; facts: ClusterFacts },
): boolean {
  if (typeof live !== 'number' || facts.autoscaled.size === 0) return false;
  const { namespace = '', name } = desired.metadata;
  const range = facts.autoscaled.get(`${namespace}/${resource.group}/${resource.kind}/${name}`);
  return range !== undefined && live >= range.min && live <= range.max;
}

const TAINTS: ReadonlySet<unknown> = new Set(['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']);

/** Admission lets every pod stay on an ailing node for a while, unless the pod says for how long. */
function withoutDefaultTolerations(live: KubeObject, desired: KubeObject): KubeObject {
  const spec = live['spec'] as { tolerations?: unknown } | null | undefined;
  const declared = (desired['spec'] as { tolerations?: unknown } | null | undefined)?.tolerations;
  if (!Array.isArray(spec?.tolerations) || !Array.isArray(declared)) return live;
  const keyOf = (toleration: unknown): unknown => (toleration as { key?: unknown } | null)?.key;
  const named = new Set(declared.map(keyOf));
  const tolerations = spec.tolerations.filter((one) => !TAINTS.has(keyOf(one)) || named.has(keyOf(one)));
  return { ...live, spec: { ...spec, tolerations } };
}

const TOKEN_MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

function isServiceAccountVolume(path: FieldPath): boolean {
  return path.some((step) => {
    if (typeof step === 'string') return false;
    const { name, mountPath } = (step.item ?? {}) as { name?: unknown; mountPath?: unknown };
    return mountPath === TOKEN_MOUNT || (typeof name === 'string' && name.startsWith('kube-api-access-'));
  });
}

const CONTAINERS = ['containers', 'initContainers'];

function isRepeatedVariable(path: FieldPath, desired: KubeObject): boolean {
  const env = path.lastIndexOf('env');
  const variable = path[env + 1];
  const list = path[env - 2];
  if (env < 2 || typeof variable !== 'object' || typeof list !== 'string' || !CONTAINERS.includes(list)) return false;
  const pod = path
    .slice(0, env - 2)
    .reduce<unknown>((at, step) => (typeof step === 'string' ? fieldOf(at, step) : undefined), desired);
  return CONTAINERS.some((name) =>
    asList(fieldOf(pod, name)).some((container) =>
      asList(fieldOf(container, 'env')).some((declared) => isDeepStrictEqual(declared, variable.item)),
    ),
  );
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
