import type { Json } from '../../../src/checker.ts';
import { SchemaNode, type RawSchema } from './schema-node.ts';

/** How the values of one kind are to be read, as the cluster's own OpenAPI v3 document says. */
export interface KindSchema {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly root: SchemaNode;
}

/**
 * The kinds of one OpenAPI v3 document (`/openapi/v3/apis/<group>/<version>`), by `group/version/Kind`, the core group
 * being empty (`/v1/Pod`). References are resolved when they are first walked. Never throws: what is not a schema
 * describes no kind, and a reference that leads nowhere accepts any value.
 */
export function readKindSchemas(document: unknown): Map<string, KindSchema> {
  const schemas = schemasOf(document);
  const nodes = new Map<string, SchemaNode>();
  const resolve = (reference: string): SchemaNode => {
    const name = reference.replace(SCHEMA_OR_ELSE, '$1');
    const known = nodes.get(name);
    if (known !== undefined) return known;
    const node = new SchemaNode(rawSchema(schemas[name]), resolve, name);
    nodes.set(name, node);
    return node;
  };
  const kinds = new Map<string, KindSchema>();
  for (const [name, schema] of Object.entries(schemas)) {
    const named = rawSchema(schema)['x-kubernetes-group-version-kind'];
    for (const entry of Array.isArray(named) ? named : []) {
      const { group, version, kind } = (entry ?? {}) as Record<string, unknown>;
      if (typeof group !== 'string' || typeof version !== 'string' || typeof kind !== 'string') continue;
      kinds.set(`${group}/${version}/${kind}`, { group, version, kind, root: resolve(name) });
    }
  }
  return kinds;
}

/** `JSONSchemaPropsOrArray`, `...OrBool`, `...OrStringArray` are documented as anything; mostly they are a schema. */
const SCHEMA_OR_ELSE = /(\.JSONSchemaProps)Or[A-Za-z]+$/;

function schemasOf(document: unknown): Record<string, unknown> {
  const { components } = rawSchema(document) as { components?: unknown };
  const { schemas } = rawSchema(components) as { schemas?: unknown };
  return rawSchema(schemas);
}

function rawSchema(value: unknown): RawSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, Json>) : {};
}
