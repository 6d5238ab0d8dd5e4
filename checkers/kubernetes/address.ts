/** `group/Kind/namespace/name`: no group for core, no namespace for cluster-scoped kinds. */
export function objectAddress(
  kind: { readonly group: string; readonly kind: string },
  metadata: { readonly namespace?: string | undefined; readonly name: string },
): string {
  return [kindAddress(kind), metadata.namespace ?? '', metadata.name].filter((part) => part !== '').join('/');
}

/** `group/Kind`, or `Kind` for core. */
export function kindAddress({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return group === '' ? kind : `${group}/${kind}`;
}

/** `apps/v1` is group `apps`, version `v1`; `v1` is the core group, which is empty. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}
