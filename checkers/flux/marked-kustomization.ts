import type { KubeObject } from '../kubernetes/observation.ts';

/** The Kustomization that an object is marked as applied by, as `namespace/name`. */
export function markedKustomization({ metadata }: KubeObject): string | undefined {
  const name = metadata.labels?.['kustomize.toolkit.fluxcd.io/name'];
  const namespace = metadata.labels?.['kustomize.toolkit.fluxcd.io/namespace'];
  return name === undefined || namespace === undefined ? undefined : `${namespace}/${name}`;
}
