import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { splitApiVersion } from '../address.ts';
import { readKindSchemas, type KindSchema } from '../schema/kind-schema.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { keepDocument, keptDocument } from './document-cache.ts';
import { readResources, type ApiResource } from './api-resource.ts';
import { groupVersionPath } from './list-pages.ts';
import { parseJson } from './parse-json.ts';

/** What the server serves under one apiVersion. */
export interface GroupVersion {
  readonly resources: readonly ApiResource[];
  /** By `group/version/Kind`; empty when the server publishes none. */
  readonly schemas: ReadonlyMap<string, KindSchema>;
}

/** What the server serves. */
export interface ApiCatalog {
  /** Whether the server publishes OpenAPI v3 at all. */
  readonly hasSchemas: boolean;
  /** Every apiVersion that has a schema. */
  readonly apiVersions: readonly string[];
  /** Undefined when the server does not know the apiVersion. Rejects with CheckError. */
  groupVersion(apiVersion: string): Promise<GroupVersion | undefined>;
}

/**
 * Asks the server what it serves. One small request tells the hash of every apiVersion's document, resources included:
 * only what changed since an earlier run, of any check, is asked for again. `dir` keeps the documents.
 */
export async function readCatalog(client: ApiClient, dir: string): Promise<ApiCatalog> {
  const documents = await readIndex(client);
  return {
    hasSchemas: documents !== undefined,
    apiVersions: [...(documents?.keys() ?? [])].flatMap((path) => apiVersionOf(path) ?? []),
    groupVersion: (apiVersion) => {
      const url = documents?.get(groupVersionPath(apiVersion).slice(1));
      return load(client, { apiVersion, url, dir });
    },
  };
}

/** Documents by path (`apis/apps/v1`); undefined when the server is too old to have them. */
async function readIndex(client: ApiClient): Promise<Map<string, string> | undefined> {
  try {
    return await client.get('/openapi/v3', (body) => {
      const { paths } = parseJson(body) as { paths?: unknown };
      if (typeof paths !== 'object' || paths === null) throw new SyntaxError('an OpenAPI index without paths');
      const entries = Object.entries(paths as Record<string, { serverRelativeURL?: unknown } | null>);
      return new Map(
        entries.flatMap(([path, entry]) => {
          const url = entry?.serverRelativeURL;
          return typeof url === 'string' && url.startsWith('/') ? [[path, url] as const] : [];
        }),
      );
    });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function apiVersionOf(path: string): string | undefined {
  return /^api\/(v\w+)$/.exec(path)?.[1] ?? /^apis\/([^/]+\/v\w+)$/.exec(path)?.[1];
}

interface Wanted {
  readonly apiVersion: string;
  /** Of its OpenAPI document, with the document's hash. */
  readonly url: string | undefined;
  readonly dir: string;
}

/** What was read in this process, by URL: the same document is the same for every check and cluster. */
const read = new Map<string, GroupVersion>();
const MAX_READ = 400;

async function load(client: ApiClient, wanted: Wanted): Promise<GroupVersion | undefined> {
  const { url, dir } = wanted;
  if (url?.includes('hash=') !== true) return toGroupVersion(wanted, await fetchRaw(client, wanted));
  const known = read.get(url);
  if (known !== undefined) return known;
  const file = join(dir, `${createHash('sha256').update(url).digest('hex')}.json`);
  const kept = rawOf(await keptDocument(file));
  const raw = kept ?? (await fetchRaw(client, wanted));
  const groupVersion = toGroupVersion(wanted, raw);
  if (groupVersion === undefined) return undefined;
  if (kept === undefined) await keepDocument(file, raw);
  remember(url, groupVersion);
  return groupVersion;
}

function remember(url: string, groupVersion: GroupVersion): void {
  const [oldest] = read.keys();
  if (read.size >= MAX_READ && oldest !== undefined) read.delete(oldest);
  read.set(url, groupVersion);
}

function rawOf(kept: unknown): Raw | undefined {
  return Array.isArray((kept as Raw | undefined)?.resources) ? (kept as Raw) : undefined;
}

/** The two documents, cut down to what is used of them. */
interface Raw {
  readonly resources: readonly unknown[];
  readonly components: unknown;
}

async function fetchRaw(client: ApiClient, { apiVersion, url }: Wanted): Promise<Raw | undefined> {
  const list = await orUndefined(
    client.get(groupVersionPath(apiVersion), (body) => {
      const { resources } = parseJson(body) as { resources?: unknown };
      if (!Array.isArray(resources)) throw new SyntaxError('expected an APIResourceList');
      return { resources };
    }),
  );
  if (list === undefined) return undefined;
  const readComponents = (body: Buffer): unknown => (parseJson(body) as { components?: unknown }).components;
  return { ...list, components: url === undefined ? undefined : await orUndefined(client.get(url, readComponents)) };
}

/** What is asked for, or undefined when the server has no such thing. */
async function orUndefined<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function toGroupVersion({ apiVersion }: Wanted, raw: Raw | undefined): GroupVersion | undefined {
  if (raw === undefined) return undefined;
  return {
    resources: readResources(raw.resources, splitApiVersion(apiVersion)),
    schemas: readKindSchemas({ components: raw.components }),
  };
}
