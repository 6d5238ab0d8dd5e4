import { CheckError, type CheckContext } from '../../../src/checker.ts';
import { objectKey } from '../../kubernetes/live/kind-plan.ts';
import { readCatalog, type ApiCatalog } from '../../kubernetes/live/api-catalog.ts';
import { createApiClient, type ApiClient } from '../../kubernetes/live/api-client.ts';
import { listKind } from '../../kubernetes/live/list-kind.ts';
import type { DesiredObject, KubeObject, ResourceKind } from '../../kubernetes/observation.ts';
import { isClusterMade } from '../../kubernetes/ownership/cluster-made.ts';
import type { ClusterName, ClusterSideOptions } from '../options.ts';
import type { RewriteObject } from '../rewrite.ts';
import type { Side } from './side.ts';

const ACCESS = { qps: 50, concurrency: 4, page_size: 500, request_timeout_seconds: 30 };

export interface Cluster {
  readonly client: ApiClient;
  readonly catalog: ApiCatalog;
}

/** Asks a cluster what it serves. Rejects with CheckError. */
export async function openCluster({ kubeconfig, context: name }: ClusterName, context: CheckContext): Promise<Cluster> {
  const client = await createApiClient({ kubeconfig, context: name, ...ACCESS }, context);
  try {
    return { client, catalog: await readCatalog(client, `${context.dirs.shared}/api`) };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Opens one side that is live. Rejects with CheckError. */
export async function openClusterSide(
  name: Side['name'],
  options: ClusterSideOptions,
  { context, rewrite }: { readonly context: CheckContext; readonly rewrite: RewriteObject },
): Promise<Side> {
  const { client, catalog } = await openCluster(options, context);
  return {
    name,
    catalog,
    findings: { failures: [], notices: [], notCompared: [] },
    objects: async (kind, wanted) => {
      const served = await servedAs(catalog, kind);
      const namespaces = options.namespaces ?? (name === 'right' ? namespacesOf(wanted) : undefined);
      const scope = {
        namespaces,
        pageSize: ACCESS.page_size,
        ...(options.selector !== undefined && { selector: options.selector }),
      };
      const asked = new Set(wanted?.map(({ object }) => objectKey(object.metadata)));
      const found = new Map<string, DesiredObject>();
      for await (const page of listKind(client, served, scope)) {
        for (const object of page) {
          const inScope = !served.namespaced || options.namespaces?.includes(object.metadata.namespace ?? '') !== false;
          const declared = rewrite({ object });
          const key = objectKey(declared.object.metadata);
          if (inScope && !isGoing(object) && (asked.has(key) || isWritten(object, served))) found.set(key, declared);
        }
      }
      return [...found.values()];
    },
    close: () => {
      client.close();
    },
  };
}

async function servedAs(catalog: ApiCatalog, kind: ResourceKind): Promise<ResourceKind> {
  const { group, version } = kind;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const served = (await catalog.groupVersion(apiVersion))?.resources.find((one) => one.kind === kind.kind);
  if (served?.listable === true) return served;
  throw new CheckError('not_found', `the server does not know ${apiVersion} ${kind.kind}, or cannot list it`);
}

function namespacesOf(wanted: readonly DesiredObject[] | undefined): readonly string[] | undefined {
  return wanted === undefined ? undefined : [...new Set(wanted.map(({ object }) => object.metadata.namespace ?? ''))];
}

/** Deleted, and held by finalizers: as good as gone. */
function isGoing({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Neither the cluster's own nor a controller's. */
function isWritten(object: KubeObject, kind: ResourceKind): boolean {
  const isControlled = object.metadata.ownerReferences?.some(({ controller }) => controller === true) === true;
  return !isControlled && !isClusterMade(object, kind);
}
