import type { Json } from '../../src/checker.ts';
import type { KubeObject } from '../kubernetes/observation.ts';
import { ANY_NODE, SchemaNode, type RawSchema } from '../kubernetes/schema/schema-node.ts';

/** Fields that name the items of a list, the likelier first. */
const KEYS = ['name', 'key', 'mountPath', 'containerPort', 'port', 'host', 'ip'] as const;

/**
 * How two objects are compared when no cluster tells: a list whose items have a name of their own on both sides is
 * compared by it, others by position. Values are compared as they are written.
 */
export function inferSchema(left: KubeObject, right: KubeObject): SchemaNode {
  return new SchemaNode(schemaOf([left as unknown as Json, right as unknown as Json]), () => ANY_NODE);
}

function schemaOf(values: readonly (Json | undefined)[]): RawSchema {
  const lists = values.filter((value): value is readonly Json[] => Array.isArray(value));
  if (lists.length > 0) return listSchema(lists);
  const maps = values.filter(isMap);
  if (maps.length === 0) return {};
  const keys = [...new Set(maps.flatMap((map) => Object.keys(map)))];
  const properties = keys.map((key) => [key, schemaOf(maps.map((map) => map[key])) as Json]);
  return { properties: Object.fromEntries(properties) as Json };
}

function listSchema(lists: readonly (readonly Json[])[]): RawSchema {
  const items = schemaOf(lists.flat()) as Json;
  const key = KEYS.find((name) => lists.every((list) => isNaming(name, list)));
  if (key === undefined) return { type: 'array', items };
  return { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] };
}

/** Whether every item has the field and none has the same. */
function isNaming(name: string, list: readonly Json[]): boolean {
  const names = list.map((item) => (isMap(item) ? item[name] : undefined));
  return (
    names.every((one) => typeof one === 'string' || typeof one === 'number') && new Set(names).size === list.length
  );
}

function isMap(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
