import type { ApiClient } from './api-client.ts';
import { parseJson } from './parse-json.ts';

interface ApiGroup {
  readonly name?: unknown;
  readonly versions?: readonly { readonly version?: unknown }[] | null;
  readonly preferredVersion?: { readonly version?: unknown } | null;
}

/** The version of each API group that the server prefers, by one request. Rejects with CheckError. */
export function servedVersions(client: ApiClient): Promise<ReadonlyMap<string, string>> {
  return client.get('/apis', (body) => {
    const { groups } = parseJson(body) as { groups?: readonly ApiGroup[] };
    if (!Array.isArray(groups)) throw new SyntaxError('expected an APIGroupList');
    return new Map(
      (groups as readonly ApiGroup[]).flatMap(({ name, versions, preferredVersion }) => {
        const version = preferredVersion?.version ?? versions?.[0]?.version;
        return typeof name === 'string' && typeof version === 'string' ? [[name, version] as const] : [];
      }),
    );
  });
}
