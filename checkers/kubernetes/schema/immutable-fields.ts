import type { FieldPath } from '../normalise/field-path.ts';
import type { SchemaNode } from './schema-node.ts';

/** Fields that the API server refuses to change, and what may be changed below them all the same. */
interface Immutable {
  readonly fields: readonly string[];
  readonly except?: readonly string[];
}

const SELECTOR: Immutable = { fields: ['spec.selector'] };
const ROLE_REF: Immutable = { fields: ['roleRef'] };

/** By `group/Kind`. */
const IMMUTABLE: Readonly<Record<string, Immutable>> = {
  'apps/DaemonSet': SELECTOR,
  'apps/Deployment': SELECTOR,
  'apps/ReplicaSet': SELECTOR,
  'apps/StatefulSet': {
    fields: ['spec'],
    except: [
      'spec.minReadySeconds',
      'spec.ordinals',
      'spec.persistentVolumeClaimRetentionPolicy',
      'spec.replicas',
      'spec.revisionHistoryLimit',
      'spec.template',
      'spec.updateStrategy',
    ],
  },
  'apiextensions.k8s.io/CustomResourceDefinition': {
    fields: ['spec.group', 'spec.names.kind', 'spec.names.plural', 'spec.scope'],
  },
  'batch/Job': {
    fields: ['spec.completionMode', 'spec.completions', 'spec.manualSelector', 'spec.selector', 'spec.template'],
  },
  'networking.k8s.io/IngressClass': { fields: ['spec.controller'] },
  'node.k8s.io/RuntimeClass': { fields: ['handler'] },
  'rbac.authorization.k8s.io/ClusterRoleBinding': ROLE_REF,
  'rbac.authorization.k8s.io/RoleBinding': ROLE_REF,
  'scheduling.k8s.io/PriorityClass': { fields: ['preemptionPolicy', 'value'] },
  'storage.k8s.io/CSIDriver': { fields: ['spec.attachRequired', 'spec.fsGroupPolicy', 'spec.volumeLifecycleModes'] },
  'storage.k8s.io/StorageClass': {
    fields: ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'],
  },
  '/PersistentVolume': {
    fields: ['spec'],
    except: [
      'spec.accessModes',
      'spec.capacity',
      'spec.claimRef',
      'spec.mountOptions',
      'spec.nodeAffinity',
      'spec.persistentVolumeReclaimPolicy',
      'spec.storageClassName',
      'spec.volumeAttributesClassName',
    ],
  },
  '/PersistentVolumeClaim': { fields: ['spec'], except: ['spec.resources', 'spec.volumeAttributesClassName'] },
  '/Pod': {
    fields: ['spec'],
    except: [
      'spec.activeDeadlineSeconds',
      'spec.containers.*.image',
      'spec.containers.*.resources',
      'spec.ephemeralContainers',
      'spec.initContainers.*.image',
      'spec.initContainers.*.resources',
      'spec.schedulingGates',
      'spec.terminationGracePeriodSeconds',
      'spec.tolerations',
    ],
  },
  '/Secret': { fields: ['type'] },
  '/Service': { fields: ['spec.clusterIP'] },
};

/** What decides besides the kind: a ConfigMap or Secret may be immutable as a whole. */
export interface ImmutableContext {
  readonly group: string;
  readonly kind: string;
  readonly live: Readonly<Record<string, unknown>>;
  readonly root: SchemaNode;
}

/** Whether the field can only be changed by deleting and creating the object. */
export function isImmutable(path: FieldPath, { group, kind, live, root }: ImmutableContext): boolean {
  const names = path.map((step) => (typeof step === 'string' ? step : '*'));
  if (group === '' && (kind === 'ConfigMap' || kind === 'Secret') && live['immutable'] === true) {
    return names[0] === 'data' || names[0] === 'binaryData' || names[0] === 'immutable';
  }
  const rules = IMMUTABLE[`${group}/${kind}`];
  if (rules === undefined) return isDeclaredImmutable(path, root);
  const covers = (field: string): boolean => field.split('.').every((name, index) => names[index] === name);
  return rules.fields.some(covers) && rules.except?.some(covers) !== true;
}

/** A custom resource's own schema may say `self == oldSelf` of a field or of something around it. */
function isDeclaredImmutable(path: FieldPath, root: SchemaNode): boolean {
  let node: SchemaNode | undefined = root;
  for (const step of path) {
    node = typeof step === 'string' ? node.field(step) : node.items;
    if (node === undefined) return false;
    if (node.immutable) return true;
  }
  return false;
}
