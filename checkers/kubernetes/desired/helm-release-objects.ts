import type { Delivery } from '../observation.ts';
import type { HelmRelease } from './helm-release.ts';
import { parseManifests, type Declared } from './parse-manifests.ts';
import { sealCredentials } from './seal-credentials.ts';

/** The objects of a release's manifest, in its namespace where they name none. Hooks are no part of it. */
export function releaseObjects(
  release: HelmRelease,
  { namespace, isApplied }: { readonly namespace: string; readonly isApplied: boolean },
): Declared {
  const scope = `${namespace}/${release.name}`;
  const delivery: Delivery = { scope, isApplied };
  const parsed = parseManifests({ text: release.manifest, name: `release ${scope}`, isFile: false });
  const declared = sealCredentials(parsed, release.values);
  const objects = declared.objects.map((one) => {
    const { object } = one;
    const { metadata } = object;
    return {
      ...one,
      object: { ...object, metadata: { ...metadata, namespace: metadata.namespace || namespace } },
      delivery,
    };
  });
  const notCompared = declared.notCompared.map((one) => ({ ...one, scope }));
  return { ...declared, objects, notCompared };
}
