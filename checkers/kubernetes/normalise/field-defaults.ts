import { isKnownDefault, type Fields, type KnownDefault } from '../schema/known-defaults.ts';
import type { SchemaNode } from '../schema/schema-node.ts';

/** Whether a live value is what the server, or the schema of a custom resource, fills in for the field. */
export function isDefault(
  live: unknown,
  key: string,
  node: SchemaNode,
  sides: { readonly beside: Fields; readonly desired: Fields | undefined },
): boolean {
  const rule = serverDefault(key, node);
  if (rule !== undefined) return isKnownDefault(rule, live, sides);
  const fallback = node.field(key)?.fallback;
  return fallback !== undefined && isKnownDefault(fallback, live, sides);
}

/** What the API server fills in for a field of a built-in type. */
export function serverDefault(key: string, { knownDefaults }: SchemaNode): KnownDefault | undefined {
  return knownDefaults !== undefined && Object.hasOwn(knownDefaults, key) ? knownDefaults[key] : undefined;
}

/** Whether a value is its type's zero. */
export function isZero(value: unknown): boolean {
  return value === false || value === 0 || value === '';
}

const ALWAYS_WRITTEN: ReadonlySet<string> = new Set(['meta.ObjectMeta', 'core.ResourceRequirements']);

/** Whether a struct is written even when it is empty, or left out then by newer servers: empty says nothing. */
export function isWrittenEmpty({ typeName }: SchemaNode): boolean {
  return typeName !== undefined && ALWAYS_WRITTEN.has(typeName);
}
