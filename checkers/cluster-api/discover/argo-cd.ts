import { z } from 'zod';
import { defineDiscoverer, type DiscoveredItem, type Discoverer, type Failure } from '../../../src/checker.ts';
import { clusterShape, requestShape, type ClusterOptions } from '../../kubernetes/cluster-options.ts';
import { createApiClient } from '../../kubernetes/live/api-client.ts';
import { nameMatcher, nameFilterOption, type NameFilter } from '../../kubernetes/live/name-filter.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';
import { createLister } from '../list-objects.ts';
import { selectorOption } from '../options.ts';

interface Options extends ClusterOptions {
  readonly namespace: string;
  readonly clusters: NameFilter;
  readonly selector?: string | undefined;
}

const options: z.ZodType<Options> = z.strictObject({
  ...clusterShape,
  namespace: z.string().min(1).default('argocd').describe('Where Argo CD keeps its cluster Secrets.'),
  clusters: nameFilterOption().describe('Names of clusters in Argo CD: a glob, several, or include and exclude.'),
  selector: selectorOption.describe('Label selector of the Secrets, as kubectl takes it.'),
  ...requestShape,
});

/** Clusters registered in Argo CD. Of a Secret only the name, the server and the project leave this file. */
export const argoCdClusters: Discoverer<Options> = defineDiscoverer({
  name: 'argo_cd',
  options,
  example: {
    name: 'example',
    server: 'https://example.org',
    project: 'example',
    label: { '*': 'example' },
    cluster_secret: { namespace: 'argocd', name: 'example', format: 'argo_cd' },
  },
  discover: async (given, context) => {
    const client = await createApiClient(given, context);
    try {
      const lister = await createLister(client, given.page_size);
      const isNamed = nameMatcher(given.clusters);
      const found = await lister.list({ group: '', kind: 'Secret' }, readSecret, {
        namespace: given.namespace,
        selector: ['argocd.argoproj.io/secret-type=cluster', given.selector].filter(Boolean).join(','),
      });
      return {
        items: found.flatMap(({ name, item }) => (item !== undefined && isNamed(name) ? item : [])),
        failures: found.flatMap(({ failure }) => failure ?? []),
      };
    } finally {
      client.close();
    }
  },
});

function readSecret({ metadata, ...rest }: KubeObject): { name: string; item?: DiscoveredItem; failure?: Failure } {
  const { namespace = '', name: secret } = metadata;
  const data = (rest['data'] ?? {}) as Readonly<Record<string, unknown>>;
  const [name, server, project] = ['name', 'server', 'project'].map((key) => decoded(data[key]));
  const id = `${namespace}/${secret}`;
  if (name === undefined || server === undefined) {
    const message = `Secret ${id}: expected data.name and data.server, as Argo CD writes them`;
    return { name: secret, failure: { phase: 'observe', reason: 'invalid', message, address: id } };
  }
  return {
    name,
    item: {
      id,
      group: id,
      values: {
        name,
        server: withoutLogin(server),
        project: project ?? '',
        label: { ...metadata.labels },
        cluster_secret: { namespace, name: secret, format: 'argo_cd' },
      },
    },
  };
}

function decoded(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? Buffer.from(value, 'base64').toString('utf8') : undefined;
}

/** What is discovered is kept on disk: a login in the URL is none of it. */
function withoutLogin(server: string): string {
  return server.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
}
