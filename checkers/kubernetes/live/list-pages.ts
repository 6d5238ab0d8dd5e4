import { CheckError } from '../../../src/checker.ts';
import { splitApiVersion } from '../address.ts';
import type { ResourceKind } from '../observation.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { IDENTITIES, readIdentities, type IdentityPage } from './read-identities.ts';
import { readList, type ListPage } from './read-list.ts';

export interface ListScope {
  /** Undefined: the whole cluster. */
  readonly namespace: string | undefined;
  readonly pageSize: number;
  /** Label selector, as kubectl takes it. Default: all. */
  readonly selector?: string;
  readonly fieldSelector?: string;
  /** Nothing but `metadata`: what the objects hold stays where it is. */
  readonly metadataOnly?: boolean;
}

/** Servers that cannot leave the rest out answer with whole objects. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Objects are of very different sizes: after a page larger than this, fewer are asked for. */
const PAGE_BYTES = 16 * 1024 * 1024;
const RESTARTS = 3;

/**
 * The pages of one LIST, of the whole cluster or one namespace. No resourceVersion is asked for: the answer is as new as
 * the newest write (a cached one could still show what was there before a deployment), and servers from 1.31 on give
 * it from memory all the same. When the snapshot expires between two pages, the LIST goes on from a newer one where the
 * server offers that, else from the start: an object may then come twice.
 */
export function listPages(client: ApiClient, kind: ResourceKind, scope: ListScope): AsyncGenerator<ListPage> {
  const read = (body: Buffer<ArrayBuffer>): ListPage =>
    readList(body, { apiVersion: apiVersionOf(kind), kind: kind.kind });
  const accept = scope.metadataOnly === true ? METADATA_ONLY : undefined;
  return eachPage(client, { kind, read, accept }, scope);
}

/** The same, of nothing but which objects there are. Rejects with CheckError `unsupported` where the server has no such answer. */
export function listIdentities(client: ApiClient, kind: ResourceKind, scope: ListScope): AsyncGenerator<IdentityPage> {
  return eachPage(client, { kind, read: readIdentities, accept: IDENTITIES }, scope);
}

interface Reading<Page> {
  readonly kind: ResourceKind;
  readonly read: (body: Buffer<ArrayBuffer>) => Page;
  readonly accept: string | undefined;
}

async function* eachPage<Page extends Pick<ListPage, 'continueToken' | 'bytes'>>(
  client: ApiClient,
  { kind, read, accept }: Reading<Page>,
  { namespace, pageSize, selector, fieldSelector }: ListScope,
): AsyncGenerator<Page> {
  const path = listPath(kind, namespace);
  let limit = pageSize;
  let token: string | undefined;
  for (let restarts = 0; ;) {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(token !== undefined && { continue: token }),
      ...(selector !== undefined && { labelSelector: selector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    });
    let page: Page;
    try {
      page = await client.get(`${path}?${query.toString()}`, read, accept);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 410 || restarts === RESTARTS) throw error;
      restarts += 1;
      token = error.continueToken;
      continue;
    }
    yield page;
    if (page.continueToken === undefined) return;
    if (page.continueToken === token) {
      throw new CheckError('bad_output', `GET ${path}: the server keeps answering with the same page`);
    }
    token = page.continueToken;
    if (page.bytes > PAGE_BYTES) limit = Math.max(1, Math.floor((limit * PAGE_BYTES) / page.bytes));
  }
}

/** `/apis/apps/v1/namespaces/shop/deployments`, the namespace left out for the whole cluster. */
export function listPath(kind: ResourceKind, namespace: string | undefined): string {
  const root = groupVersionPath(apiVersionOf(kind));
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${kind.resource}`;
}

/** `/api/v1`, `/apis/apps/v1`. */
export function groupVersionPath(apiVersion: string): string {
  return splitApiVersion(apiVersion).group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}

function apiVersionOf({ group, version }: ResourceKind): string {
  return group === '' ? version : `${group}/${version}`;
}
