import type { KubeObject } from '../../kubernetes/observation.ts';
import type { FluxObject } from './flux-object.ts';
import type { Artifact } from './observation.ts';

/** What a source has fetched; undefined when there is nothing yet. */
export function artifactOf(object: KubeObject): Artifact | undefined {
  const { revision, lastUpdateTime } = (object as FluxObject).status?.artifact ?? {};
  return typeof revision === 'string' && revision !== '' ? { revision, at: lastUpdateTime } : undefined;
}
