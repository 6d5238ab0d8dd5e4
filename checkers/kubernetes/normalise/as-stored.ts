import type { KubeObject, ResourceKind } from '../observation.ts';
import type { Fields } from '../schema/known-defaults.ts';
import { toBase64 } from './base64.ts';

/**
 * A declared object as the API server completes it where that depends on its other fields: clear text of Secrets,
 * requests that follow limits, labels that follow a template's. What needs no completion is returned as it is.
 */
export function asStored(object: KubeObject, { group, kind }: Pick<ResourceKind, 'group' | 'kind'>): KubeObject {
  if (group === 'batch' && kind === 'Job') return withTemplateLabels(object);
  if (group !== '') return object;
  if (kind === 'Secret') return withFoldedText(object);
  if (kind === 'Pod') return withRequests(object);
  if (kind === 'ReplicationController') return withTemplateSelector(withTemplateLabels(object));
  return kind === 'LimitRange' ? withDefaultLimits(object) : object;
}

/** `stringData` goes into `data`, where it wins. */
function withFoldedText(secret: KubeObject): KubeObject {
  const { stringData, ...rest } = secret;
  if (!isFields(stringData)) return 'stringData' in secret ? rest : secret;
  const data: Record<string, unknown> = { ...(rest['data'] as Fields | null | undefined) };
  for (const [key, text] of Object.entries(stringData)) data[key] = typeof text === 'string' ? toBase64(text) : text;
  return { ...rest, data };
}

/** A container that has a limit and no request requests its limit. */
function withRequests(pod: KubeObject): KubeObject {
  const spec = pod['spec'];
  if (!isFields(spec)) return pod;
  const completed: Record<string, unknown> = { ...spec };
  for (const list of ['containers', 'initContainers']) {
    const containers = spec[list];
    if (Array.isArray(containers)) completed[list] = containers.map(withContainerRequests);
  }
  return { ...pod, spec: completed };
}

function withContainerRequests(container: unknown): unknown {
  const resources = isFields(container) ? container['resources'] : undefined;
  if (!isFields(container) || !isFields(resources) || !isFields(resources['limits'])) return container;
  const requests = { ...resources['limits'], ...(resources['requests'] as Fields | null | undefined) };
  return { ...container, resources: { ...resources, requests } };
}

/** A maximum is the default limit, which is the default request, which else is the minimum. */
function withDefaultLimits(range: KubeObject): KubeObject {
  const spec = range['spec'];
  if (!isFields(spec) || !Array.isArray(spec['limits'])) return range;
  const limits = spec['limits'].map((item: unknown) => {
    if (!isFields(item) || item['type'] !== 'Container') return item;
    const { max, min, default: limit, defaultRequest: request } = item as Record<string, Fields | null | undefined>;
    const limited = { ...max, ...limit };
    return { ...item, default: limited, defaultRequest: { ...min, ...limited, ...request } };
  });
  return { ...range, spec: { ...spec, limits } };
}

/** A Job, or a ReplicationController, without labels has those of its pods. */
function withTemplateLabels(job: KubeObject): KubeObject {
  const labels = templateLabels(job);
  if (labels === undefined || Object.keys(job.metadata.labels ?? {}).length > 0) return job;
  return { ...job, metadata: { ...job.metadata, labels } };
}

function withTemplateSelector(controller: KubeObject): KubeObject {
  const spec = controller['spec'] as Fields;
  const labels = templateLabels(controller);
  return labels === undefined || isFields(spec['selector'])
    ? controller
    : { ...controller, spec: { ...spec, selector: labels } };
}

function templateLabels(object: KubeObject): Readonly<Record<string, string>> | undefined {
  const { template } = (object['spec'] ?? {}) as {
    template?: { metadata?: { labels?: Record<string, string> } | null };
  };
  const labels = template?.metadata?.labels;
  return isFields(labels) ? labels : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
