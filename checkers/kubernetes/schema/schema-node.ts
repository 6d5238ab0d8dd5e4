import type { Json } from '../../../src/checker.ts';
import { droppedZerosOf } from './dropped-zeros.ts';
import { knownDefaultsOf, type KnownDefaults } from './known-defaults.ts';

/** A schema as it stands in the document. */
export type RawSchema = Readonly<Record<string, Json | undefined>>;

export type NodeType = 'struct' | 'map' | 'list' | 'scalar' | 'any';
export type ScalarFormat = 'plain' | 'number' | 'quantity' | 'instant' | 'duration' | 'bytes';

/** One field's schema, made from the document when it is first asked for. */
export class SchemaNode {
  readonly type: NodeType;
  readonly format: ScalarFormat;
  /** `core.Container` for a built-in type; absent for custom resources and for what is written inline. */
  readonly typeName: string | undefined;
  readonly listType: 'atomic' | 'set' | 'map';
  /** Of a `map` list: the fields that name an item. */
  readonly keys: readonly string[];
  /** The schema's own default. */
  readonly fallback: Json | undefined;
  /** Accepts fields that it does not name. */
  readonly open: boolean;
  /** Fields whose zero value the server cannot tell from absence. */
  readonly dropsZeros: ReadonlySet<string> | undefined;
  readonly knownDefaults: KnownDefaults | undefined;
  /** Fields that the resource's own rules declare unchangeable (`self == oldSelf`). */
  readonly immutable: boolean;
  readonly #raw: RawSchema;
  readonly #resolve: (name: string) => SchemaNode;
  readonly #fields = new Map<string, SchemaNode | undefined>();
  #items: SchemaNode | undefined;

  constructor(written: RawSchema, resolve: (name: string) => SchemaNode, name?: string) {
    const raw = flatten(written);
    this.#raw = raw;
    this.#resolve = resolve;
    this.typeName = name === undefined ? undefined : builtInName(name);
    this.type = isClosed(raw, name) ? 'struct' : typeOf(raw);
    this.format = this.typeName === 'resource.Quantity' ? 'quantity' : formatOf(raw);
    this.keys = stringsOf(raw['x-kubernetes-list-map-keys']);
    const mergeKey = raw['x-kubernetes-patch-merge-key'];
    if (this.keys.length === 0 && typeof mergeKey === 'string' && raw['x-kubernetes-list-type'] === undefined) {
      this.keys = [mergeKey];
    }
    this.listType = listTypeOf(raw, this.keys);
    this.fallback = raw['default'];
    const free = raw['additionalProperties'];
    this.open =
      raw['x-kubernetes-preserve-unknown-fields'] === true ||
      raw['x-kubernetes-embedded-resource'] === true ||
      (free !== undefined && free !== false);
    this.dropsZeros = this.typeName === undefined ? undefined : droppedZerosOf(this.typeName);
    this.knownDefaults = this.typeName === undefined ? undefined : knownDefaultsOf(this.typeName);
    this.immutable = declaresImmutable(raw['x-kubernetes-validations']);
  }

  /** The schema of a field, or of a map's value; `undefined` when the type has no such field. */
  field(name: string): SchemaNode | undefined {
    const known = this.#fields.get(name);
    if (known !== undefined) return known;
    const made = this.#makeField(name);
    // The names of a struct are bounded; those of a map are not.
    if (this.type === 'struct') this.#fields.set(name, made);
    return made;
  }

  /** The schema of a list's items. */
  get items(): SchemaNode {
    this.#items ??= this.#node(this.#raw['items']) ?? ANY_NODE;
    return this.#items;
  }

  /** The value that a list's item has where it leaves this key out (`protocol: TCP`). */
  keyDefault(key: string): Json | undefined {
    return this.items.field(key)?.fallback;
  }

  #makeField(name: string): SchemaNode | undefined {
    if (this.type === 'any') return ANY_NODE;
    if (this.type === 'map') {
      this.#items ??= this.#node(this.#raw['additionalProperties']) ?? ANY_NODE;
      return this.#items;
    }
    const properties = this.#raw['properties'] as Record<string, Json> | undefined;
    if (properties !== undefined && Object.hasOwn(properties, name)) return this.#node(properties[name]) ?? ANY_NODE;
    return this.open ? ANY_NODE : undefined;
  }

  #node(value: Json | undefined): SchemaNode | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const schema = value as RawSchema;
    const target = referenceOf(schema);
    if (target === undefined) return new SchemaNode(schema, this.#resolve);
    return this.#resolve(target);
  }
}

/** Accepts any value: where the schema says nothing, or may say anything. */
export const ANY_NODE: SchemaNode = new SchemaNode({}, () => ANY_NODE);

/** One `allOf` with one entry is how documents write a reference with something beside it. */
function flatten(raw: RawSchema): RawSchema {
  const all = raw['allOf'];
  if (!Array.isArray(all) || all.length !== 1 || raw['type'] !== undefined) return raw;
  return { ...(all[0] as RawSchema), ...raw };
}

function referenceOf(schema: RawSchema): string | undefined {
  const reference = flatten(schema)['$ref'];
  return typeof reference === 'string'
    ? decodeURIComponent(reference.slice(reference.lastIndexOf('/') + 1))
    : undefined;
}

function typeOf(raw: RawSchema): NodeType {
  if (raw['type'] === 'array') return 'list';
  if (raw['properties'] !== undefined) return 'struct';
  const free = raw['additionalProperties'];
  if (typeof free === 'object' && free !== null) return 'map';
  if (raw['type'] === 'object') return 'any';
  return raw['type'] === undefined && formatOf(raw) === 'plain' && raw['format'] === undefined ? 'any' : 'scalar';
}

/** An object of a custom resource's schema that names no fields has none: the server prunes what is written there. */
function isClosed(raw: RawSchema, name: string | undefined): boolean {
  return (
    name === undefined &&
    raw['type'] === 'object' &&
    raw['additionalProperties'] === undefined &&
    raw['x-kubernetes-preserve-unknown-fields'] !== true &&
    raw['x-kubernetes-embedded-resource'] !== true
  );
}

const QUANTITY_SUFFIXES = '[KMGTPE]i';

function formatOf(raw: RawSchema): ScalarFormat {
  const { format, pattern } = raw as { format?: unknown; pattern?: unknown };
  if (format === 'date-time') return 'instant';
  if (format === 'duration') return 'duration';
  if (format === 'byte') return 'bytes';
  if (raw['type'] === 'integer' || raw['type'] === 'number') return 'number';
  // controller-gen writes a quantity as an int-or-string with the pattern of one.
  return typeof pattern === 'string' && pattern.includes(QUANTITY_SUFFIXES) ? 'quantity' : 'plain';
}

function listTypeOf(raw: RawSchema, keys: readonly string[]): 'atomic' | 'set' | 'map' {
  const type = raw['x-kubernetes-list-type'];
  if (type === 'set') return 'set';
  if (type === 'map' && keys.length > 0) return 'map';
  if (type !== undefined) return 'atomic';
  // Servers older than server-side apply only tell the strategic merge key.
  return raw['x-kubernetes-patch-strategy'] === 'merge' && keys.length > 0 ? 'map' : 'atomic';
}

function stringsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function declaresImmutable(rules: Json | undefined): boolean {
  if (!Array.isArray(rules)) return false;
  return rules.some((rule: Json) => {
    const text = (rule as { rule?: unknown } | null)?.rule;
    return typeof text === 'string' && /^\s*(self\s*==\s*oldSelf|oldSelf\s*==\s*self)\s*$/.test(text);
  });
}

const BUILT_IN =
  /^io\.k8s\.(?:api|apiextensions-apiserver\.pkg\.apis|kube-aggregator\.pkg\.apis|apimachinery\.pkg\.apis)\.([^.]+)\.[^.]+\.([^.]+)$/;

/** `io.k8s.api.core.v1.Container` is `core.Container`: the versions of one type share what is known of it. */
function builtInName(name: string): string | undefined {
  if (name === 'io.k8s.apimachinery.pkg.api.resource.Quantity') return 'resource.Quantity';
  const [, group, type] = BUILT_IN.exec(name) ?? [];
  return group === undefined || type === undefined ? undefined : `${group}.${type}`;
}
