import type { NotCompared, Notice } from '../../../src/checker.ts';
import { objectAddress, splitApiVersion } from '../../kubernetes/address.ts';
import type { Declared } from '../../kubernetes/desired/parse-manifests.ts';
import { fromBase64 } from '../../kubernetes/normalise/base64.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';

/** Leaves out what SOPS encrypted, and says so: only Flux has the key. */
export function sealEncrypted(declared: Declared): Declared {
  const sealed = declared.objects.filter(({ object }) => isEncrypted(object));
  if (sealed.length === 0) return declared;
  const found = sealed.map(({ object, delivery }): NotCompared => {
    const { group } = splitApiVersion(object.apiVersion);
    return {
      address: objectAddress({ group, kind: object.kind }, object.metadata),
      type: object.kind,
      ...(delivery !== undefined && { scope: delivery.scope }),
      why: 'encrypted with SOPS: what git wants is not known without the key',
    };
  });
  const notices = found.map(({ address, why }): Notice => ({
    kind: 'warning',
    message: `${why}; not compared`,
    address,
  }));
  return {
    ...declared,
    objects: declared.objects.filter((one) => !sealed.includes(one)),
    notices: [...declared.notices, ...notices],
    notCompared: [...declared.notCompared, ...found],
  };
}

/** The object itself, or a file that a Secret or ConfigMap was generated from. */
function isEncrypted(object: KubeObject): boolean {
  const sops = object['sops'] as { readonly mac?: unknown } | null | undefined;
  if (typeof sops?.mac === 'string') return true;
  const texts = Object.values({ ...(object['data'] as object | null), ...(object['stringData'] as object | null) });
  return texts.some((value) => {
    if (typeof value !== 'string') return false;
    const text = value.includes('ENC[') ? value : object.kind === 'Secret' ? (fromBase64(value) ?? '') : '';
    return text.includes('ENC[AES256_GCM,data:');
  });
}
