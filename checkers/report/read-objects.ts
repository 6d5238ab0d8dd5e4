import { CheckError, failureOf, type CheckContext, type Json } from '../../src/checker.ts';
import { objectAddress } from '../kubernetes/address.ts';
import { readCatalog } from '../kubernetes/live/api-catalog.ts';
import { createApiClient, type ApiClient } from '../kubernetes/live/api-client.ts';
import { listKind } from '../kubernetes/live/list-kind.ts';
import type { KubeObject, ResourceKind } from '../kubernetes/observation.ts';
import type { KubernetesReportOptions, ReportOptions } from './options.ts';
import { parseDocuments, type Parsed } from './parse-documents.ts';

export type ObjectsOptions = Pick<ReportOptions, 'format' | 'max_bytes'> & {
  readonly kubernetes: KubernetesReportOptions;
};

/** One kind is asked for: nothing to pace. */
const ACCESS = { qps: 50, concurrency: 1, page_size: 500, request_timeout_seconds: 30 };

/** LISTs the objects and reads each as a report, or the report in its data. */
export async function* readObjects(options: ObjectsOptions, context: CheckContext): AsyncGenerator<Parsed> {
  const { kubeconfig, context: name, namespaces, selector } = options.kubernetes;
  const client = await createApiClient({ kubeconfig, context: name, ...ACCESS }, context);
  try {
    const kind = await kindOf(client, options.kubernetes, context);
    const scope = { namespaces, pageSize: ACCESS.page_size, ...(selector !== undefined && { selector }) };
    const seen = new Set<string>();
    for await (const page of listKind(client, kind, scope)) {
      for (const object of page) {
        const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
        if (seen.has(key)) continue; // a LIST that had to start again gives objects twice
        seen.add(key);
        if (namespaces === undefined || namespaces.includes(object.metadata.namespace ?? ''))
          yield* documentsOf(object, kind, options);
      }
    }
  } finally {
    client.close();
  }
}

async function kindOf(
  client: ApiClient,
  { api_version: apiVersion, kind }: KubernetesReportOptions,
  context: CheckContext,
): Promise<ResourceKind> {
  const catalog = await readCatalog(client, `${context.dirs.shared}/api`);
  const served = await catalog.groupVersion(apiVersion);
  const found = served?.resources.find((resource) => resource.kind === kind);
  if (found?.listable === true) return found;
  const what = found === undefined ? 'the server does not know it' : 'it cannot be listed';
  throw new CheckError('not_found', `${apiVersion} ${kind}: ${what}`, { address: kind });
}

function* documentsOf(object: KubeObject, kind: ResourceKind, options: ObjectsOptions): Generator<Parsed> {
  const place = objectAddress(kind, object.metadata);
  const source = object.metadata.name;
  const { data_key: key } = options.kubernetes;
  if (key === undefined) {
    yield { document: { place, source, value: object as unknown as Json } };
    return;
  }
  const text = (object['data'] as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  if (typeof text !== 'string') {
    const message = `${place}: expected a report at data.${key}, got nothing`;
    yield { failure: { ...failureOf(new CheckError('bad_output', message)), address: place } };
    return;
  }
  const bytes = Buffer.from(text);
  const format = options.format === 'auto' ? 'yaml' : options.format; // JSON is YAML too
  yield* parseDocuments({ bytes, place: `${place} data.${key}`, source, format });
}
