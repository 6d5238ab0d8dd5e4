import type { DesiredObject } from '../observation.ts';

/** A kind that git declares a definition of. */
export interface DeclaredKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

interface Definition {
  readonly group?: unknown;
  readonly scope?: unknown;
  readonly names?: { readonly kind?: unknown; readonly plural?: unknown } | null;
  readonly versions?: unknown;
}

/** The kinds of the CustomResourceDefinitions among the declared objects, in every version that they serve. */
export function declaredKinds(objects: readonly DesiredObject[]): DeclaredKind[] {
  return objects.flatMap(({ object }) => {
    if (object.kind !== 'CustomResourceDefinition') return [];
    const { group, scope, names, versions } = (object['spec'] ?? {}) as Definition;
    const { kind, plural } = names ?? {};
    if (typeof group !== 'string' || typeof kind !== 'string' || typeof plural !== 'string') return [];
    const served = Array.isArray(versions) ? (versions as ({ name?: unknown; served?: unknown } | null)[]) : [];
    return served.flatMap((version) => {
      if (typeof version?.name !== 'string' || version.served === false) return [];
      return [{ group, version: version.name, kind, resource: plural, namespaced: scope !== 'Cluster' }];
    });
  });
}
