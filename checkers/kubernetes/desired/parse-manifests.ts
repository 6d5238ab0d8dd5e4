import type { Failure, Json, NotCompared, Notice } from '../../../src/checker.ts';
import { kindAddress, objectAddress, splitApiVersion } from '../address.ts';
import { parseExactJson } from '../../../src/diff/exact-json.ts';
import type { DesiredObject, KubeObject } from '../observation.ts';
import { optOutOf } from './opt-outs.ts';
import { splitDocuments } from './split-documents.ts';
import { NotJsonError, toJson } from './to-json.ts';
import { parseYaml, YamlSyntaxError } from './yaml.ts';

/** What was read of a source of manifests. Objects have the namespace they are written with, or none. */
export interface Declared {
  readonly objects: DesiredObject[];
  readonly failures: Failure[];
  readonly notices: Notice[];
  readonly notCompared: NotCompared[];
}

export function nothingDeclared(): Declared {
  return { objects: [], failures: [], notices: [], notCompared: [] };
}

export interface ManifestText {
  readonly text: string;
  /** What messages call it: a file relative to the source, or what rendered it. */
  readonly name: string;
  /** Whether `name` is a file of the source, so that objects can point at their line in it. */
  readonly isFile: boolean;
  /** Whether objects may be nested in mappings that are none themselves, as jsonnet programs like to give them. */
  readonly nested?: boolean;
}

/** Reads YAML or JSON, many documents and lists of objects included. What cannot be read is a failure beside the rest. */
export function parseManifests(manifest: ManifestText): Declared {
  const declared = nothingDeclared();
  for (const document of documentsOf(manifest.text)) {
    const place = `${manifest.name}: document ${document.index}`;
    try {
      const origin = manifest.isFile ? { origin: { file: manifest.name, line: document.line } } : {};
      for (const value of unfold(document.read(), manifest.nested === true))
        addObject(declared, { value, place, line: document.line, origin });
    } catch (error) {
      declared.failures.push({
        phase: 'source',
        reason: 'invalid',
        message: `${place}${whatIsWrong(error, document)}`,
      });
    }
  }
  return declared;
}

interface Document {
  readonly index: number;
  readonly line: number;
  read(): Json;
}

function documentsOf(text: string): Document[] {
  const json = wholeJson(text);
  if (json !== undefined) return [{ index: 1, line: 1, read: () => json }];
  return splitDocuments(text).map(({ index, line, text }) => ({
    index,
    line,
    read: () => compact(toJson(parseYaml(text))),
  }));
}

/** Scalars are slices of the text: they would keep all of it in memory, twice of what the values take. */
function compact(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** A file that is one JSON document is read as such: faster than as YAML, and tabs may indent it. */
function wholeJson(text: string): Json | undefined {
  if (!/^\uFEFF?\s*[[{]/.test(text)) return undefined;
  try {
    return parseExactJson(text.replace(/^\uFEFF/, '')) as Json;
  } catch {
    return undefined; // YAML's flow style, or an error that the YAML parser places better
  }
}

function whatIsWrong(error: unknown, document: Document): string {
  if (error instanceof YamlSyntaxError) return `, line ${document.line + error.line}: ${error.message}`;
  if (error instanceof NotJsonError) return `, line ${document.line}: ${error.message}`;
  throw error;
}

/** Lists of objects (`kind: List`, `kind: ConfigMapList` with items, and plain arrays as jsonnet gives them) taken apart. */
function unfold(value: Json, nested: boolean): readonly Json[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => unfold(item, nested));
  if (nested && isRecord(value) && value['kind'] === undefined && value['apiVersion'] === undefined) {
    return Object.values(value).flatMap((item) => unfold(item, nested));
  }
  if (!isRecord(value) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) return [value];
  const { items } = value;
  if (items === null || (items === undefined && value['kind'] === 'List')) return [];
  if (!Array.isArray(items)) return [value];
  const { apiVersion } = value;
  const kind = value['kind'].slice(0, -'List'.length);
  const complete = (item: Json): Json =>
    isRecord(item) && kind !== '' ? { ...(apiVersion !== undefined && { apiVersion }), kind, ...item } : item;
  return items.flatMap((item: Json) => unfold(complete(item), nested));
}

interface Found {
  readonly value: Json;
  readonly place: string;
  readonly line: number;
  readonly origin: Pick<DesiredObject, 'origin'>;
}

function addObject(declared: Declared, { value, place, line, origin }: Found): void {
  if (value === null) return;
  const wrong = shapeError(value);
  if (wrong !== undefined) {
    const message = `${place}, line ${line}: ${wrong}`;
    declared.failures.push({ phase: 'source', reason: 'invalid', message });
    return;
  }
  const object = value as unknown as KubeObject;
  const { group } = splitApiVersion(object.apiVersion);
  if (isClientSide(group)) {
    const message = `${place}, line ${line}: ${kindAddress({ group, kind: object.kind })} is read by a tool, not by the cluster; left out`;
    declared.notices.push({ kind: 'warning', message });
    return;
  }
  const why = optOutOf(object);
  if (why === undefined) declared.objects.push({ object, ...origin });
  else if (why !== '') {
    const { generateName } = object.metadata;
    const { name = `${String(generateName)}*`, namespace } = object.metadata as Partial<KubeObject['metadata']>;
    const address = objectAddress({ group, kind: object.kind }, { name, namespace });
    declared.notCompared.push({
      address,
      type: object.kind,
      ...(namespace !== undefined && { scope: namespace }),
      why,
    });
  }
}

/** Kinds that only kustomize, Helm's and kubectl's own files have. */
function isClientSide(group: string): boolean {
  return group === 'kustomize.config.k8s.io' || group === 'config.kubernetes.io';
}

function shapeError(value: Json): string | undefined {
  if (!isRecord(value)) return `expected a Kubernetes object, got ${describe(value)}`;
  for (const field of ['apiVersion', 'kind']) {
    const text = value[field];
    if (typeof text !== 'string' || text === '')
      return `expected a Kubernetes object with ${field}, got ${describe(text)}`;
  }
  const { metadata } = value;
  const kind = value['kind'] as string;
  if (!isRecord(metadata)) return `${kind}: expected metadata, got ${describe(metadata)}`;
  const { name, generateName, namespace } = metadata;
  if ((typeof name !== 'string' || name === '') && typeof generateName !== 'string') {
    return `${kind}: expected metadata.name, got ${describe(name)}`;
  }
  if (typeof name === 'string' && name.includes('/')) return `${kind}: metadata.name holds a slash`;
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') {
    return `${kind}: expected metadata.namespace as text, got ${describe(namespace)}`;
  }
  for (const field of ['labels', 'annotations']) {
    const map = metadata[field];
    if (map !== undefined && map !== null && !isRecord(map)) {
      return `${kind}: expected metadata.${field} as a mapping, got ${describe(map)}`;
    }
  }
  return undefined;
}

/** The type only: a value may be secret. */
function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
