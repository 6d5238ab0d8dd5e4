import { posix } from 'node:path';
import type { CheckContext, Json } from '../../../src/checker.ts';
import type { Declared } from '../../kubernetes/desired/parse-manifests.ts';
import { renderOverlay } from '../../kubernetes/desired/render-overlay.ts';
import type { ApiClient } from '../../kubernetes/live/api-client.ts';
import type { DesiredObject, KubeObject } from '../../kubernetes/observation.ts';
import { nameOf, type Kustomization } from './flux-manifests.ts';
import { ignoreOf } from './ignore-of.ts';
import { readVariables } from './read-variables.ts';
import { sealEncrypted } from './seal-encrypted.ts';
import { substituteVariables } from './substitute-variables.ts';

export interface Rendering {
  readonly client: ApiClient;
  readonly context: CheckContext;
  readonly loadRestrictions: boolean;
}

/** What kustomize-controller would apply of a Kustomization. `dir` is its source, relative to ours. Rejects with CheckError. */
export async function renderKustomization(
  kustomization: Kustomization,
  dir: string,
  { client, context, loadRestrictions }: Rendering,
): Promise<Declared> {
  const { spec } = kustomization;
  const path = posix.join(dir, spec?.path ?? '.');
  const built = await renderOverlay(context, {
    dir: path,
    fields: fieldsOf(kustomization),
    components: (spec?.components ?? []).map((component) => posix.join(path, component)),
    loadRestrictions,
  });
  const variables = await readVariables(kustomization, { client, context });
  const filled = variables === undefined ? built : substituteVariables(built, variables);
  const objects = filled.objects.map((one) => withCommonMetadata(one, kustomization));
  const ignoreDifferences = ignoreOf(spec?.ignore, objects);
  const delivery = { scope: nameOf(kustomization), isApplied: false, ignoreDifferences };
  const labelled = objects.map((one) => ({ ...one, delivery }));
  return leaveIgnored(sealEncrypted({ ...filled, objects: labelled }));
}

function fieldsOf({ spec }: Kustomization): Record<string, Json> {
  const { targetNamespace, namePrefix, nameSuffix, patches, images } = spec ?? {};
  return {
    ...(targetNamespace !== undefined && { namespace: targetNamespace }),
    ...(namePrefix !== undefined && { namePrefix }),
    ...(nameSuffix !== undefined && { nameSuffix }),
    ...(patches !== undefined && patches !== null && patches.length > 0 && { patches }),
    ...(images !== undefined && images !== null && images.length > 0 && { images }),
  };
}

function withCommonMetadata(desired: DesiredObject, { spec }: Kustomization): DesiredObject {
  const { labels, annotations } = spec?.commonMetadata ?? {};
  const { metadata } = desired.object;
  const extended = {
    ...metadata,
    ...((labels ?? undefined) !== undefined && { labels: { ...metadata.labels, ...labels } }),
    ...((annotations ?? undefined) !== undefined && { annotations: { ...metadata.annotations, ...annotations } }),
  };
  return { ...desired, object: { ...desired.object, metadata: extended as KubeObject['metadata'] } };
}

/** `ssa: Ignore` tells Flux never to touch the object. */
function leaveIgnored(declared: Declared): Declared {
  const isLeft = ({ object }: DesiredObject): boolean =>
    object.metadata.annotations?.['kustomize.toolkit.fluxcd.io/ssa']?.toLowerCase() === 'ignore';
  const left = declared.objects.filter(isLeft);
  if (left.length === 0) return declared;
  const found = left.map(({ object, delivery }) => ({
    address: `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`,
    type: object.kind,
    ...(delivery !== undefined && { scope: delivery.scope }),
    why: 'kustomize.toolkit.fluxcd.io/ssa: Ignore',
  }));
  return {
    ...declared,
    objects: declared.objects.filter((one) => !isLeft(one)),
    notCompared: [...declared.notCompared, ...found],
  };
}
