import type { KubeObject } from '../kubernetes/observation.ts';

/** The release that an object is marked as part of, as `namespace/name`. Helm puts the marks on all it installs but hooks. */
export function markedRelease({ metadata }: KubeObject): string | undefined {
  if (metadata.labels?.['app.kubernetes.io/managed-by'] !== 'Helm') return undefined;
  const { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace } = metadata.annotations ?? {};
  return name === undefined || namespace === undefined ? undefined : `${namespace}/${name}`;
}

/** Whether Helm leaves an object behind when its release has no more use for it. */
export function isKept({ metadata }: KubeObject): boolean {
  return metadata.annotations?.['helm.sh/resource-policy']?.trim().toLowerCase() === 'keep';
}
