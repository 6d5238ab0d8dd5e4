import { Ajv, type ValidateFunction } from 'ajv';
import { loadCorpus } from '../support/kubernetes-corpus.ts';

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

type Schema = Readonly<Record<string, unknown>>;

/**
 * Judges objects by the OpenAPI documents of a recorded API server, as `kubectl apply --validate=strict` does: an
 * unknown field is an error too. Returns what is wrong, a line each.
 */
export async function createKubernetesValidator(): Promise<(object: KubernetesObject) => readonly string[]> {
  const { recordings } = await loadCorpus();
  const validators = new Map<string, ValidateFunction | undefined>();
  return (object) => {
    const { apiVersion, kind } = object;
    const key = `${apiVersion}/${kind}`;
    if (!validators.has(key)) validators.set(key, compile(recordings, apiVersion, kind));
    const validate = validators.get(key);
    if (validate === undefined) return [`the API server does not know ${key}`];
    if (validate(object)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${key}${instancePath}: ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** Served by extensions that the recorded server does not have. */
export function isExtension({ apiVersion }: KubernetesObject): boolean {
  return apiVersion.startsWith('monitoring.coreos.com/');
}

function compile(
  recordings: ReadonlyMap<string, string>,
  apiVersion: string,
  kind: string,
): ValidateFunction | undefined {
  const path = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
  const document = recordings.get(`openapi/v3/${path}.json`);
  if (document === undefined) return undefined;
  const { components } = JSON.parse(document) as { components: { schemas: Record<string, Schema> } };
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const found = Object.entries(components.schemas).find(([, schema]) =>
    (schema['x-kubernetes-group-version-kind'] as readonly Schema[] | undefined)?.some(
      (gvk) => gvk['group'] === group && gvk['version'] === version && gvk['kind'] === kind,
    ),
  );
  if (found === undefined) return undefined;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  return ajv.compile({
    $ref: `#/components/schemas/${found[0]}`,
    components: { schemas: strict(components.schemas) },
  });
}

/** Objects with a list of properties take no others. */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => strict(item));
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, strict(item)]));
  const closed =
    schema['type'] === 'object' && schema['properties'] !== undefined && schema['additionalProperties'] === undefined;
  return closed ? { ...schema, additionalProperties: false } : schema;
}
