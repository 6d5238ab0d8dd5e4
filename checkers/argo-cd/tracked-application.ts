import { splitApiVersion } from '../kubernetes/address.ts';
import type { KubeObject } from '../kubernetes/observation.ts';

/**
 * The Application that an object is tracked as part of, by the annotation: `namespace/name` of an Application elsewhere,
 * `name` of one in Argo CD's own namespace. An object that carries the mark of another (a copy) is not tracked. The label
 * that older versions set says too little to be believed.
 */
export function trackedApplication({ apiVersion, kind, metadata }: KubeObject): string | undefined {
  const [mark = '', type, place] = metadata.annotations?.['argocd.argoproj.io/tracking-id']?.split(':') ?? [];
  const { group } = splitApiVersion(apiVersion);
  if (mark === '' || type !== `${group}/${kind}`) return undefined;
  const [namespace, name] = place?.split('/') ?? [];
  const isElsewhere = metadata.namespace !== undefined && metadata.namespace !== namespace; // cluster-scoped: the destination's
  if (isElsewhere || name !== metadata.name) return undefined;
  return mark.replace('_', '/');
}
