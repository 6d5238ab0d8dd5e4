/** A kind as discovery describes it, in one version. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural name in the URL. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly listable: boolean;
  /** Has a scale subresource: an autoscaler may own its replicas. */
  readonly scalable: boolean;
}

interface RawResource {
  readonly name?: unknown;
  readonly kind?: unknown;
  readonly namespaced?: unknown;
  readonly verbs?: unknown;
}

/** The kinds among the `resources` of an APIResourceList; entries that are not understood are left out. */
export function readResources(
  resources: readonly unknown[],
  apiVersion: { readonly group: string; readonly version: string },
): ApiResource[] {
  const entries = resources.filter((entry): entry is RawResource => typeof entry === 'object' && entry !== null);
  const names = new Set(entries.map(({ name }) => name));
  return entries.flatMap(({ name, kind, namespaced, verbs }) => {
    if (typeof name !== 'string' || typeof kind !== 'string' || name.includes('/')) return [];
    const listable = Array.isArray(verbs) && verbs.includes('list');
    const scalable = names.has(`${name}/scale`);
    return [{ ...apiVersion, kind, resource: name, namespaced: namespaced === true, listable, scalable }];
  });
}
