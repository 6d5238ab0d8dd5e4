import { z } from 'zod';
import type { Checker, Discoverer } from '../checker.ts';
import { fileSchema } from './schema.ts';

type JsonSchema = Record<string, unknown>;

/** JSON Schema of the configuration file, for editors; `options` of a check depend on its checker. */
export function configJsonSchema(checkers: readonly Checker[]): JsonSchema {
  const file = toJsonSchema(fileSchema);
  const check = ((file['properties'] as JsonSchema)['checks'] as JsonSchema)['items'] as JsonSchema;
  check['allOf'] = checkers.map(({ name, options }) => ({
    if: { properties: { checker: { const: name } } },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { properties: { options: toJsonSchema(options) } },
  }));
  const entry = ((file['properties'] as JsonSchema)['discover'] as JsonSchema)['items'] as JsonSchema;
  const found = checkers.flatMap(({ discoverers = [] }) => discoverers);
  Object.assign(entry['properties'] as JsonSchema, Object.fromEntries(found.map(discovererSchema)));
  entry['additionalProperties'] = false;
  return { ...file, title: 'drift-exporter configuration' };
}

function discovererSchema({ name, options }: Discoverer): [string, JsonSchema] {
  return [name, toJsonSchema(options)];
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const { type } = jsonSchema;
      if (type === 'integer' || type === 'number' || type === 'boolean') Object.assign(jsonSchema, orVariable(type));
    },
  });
}

/** A number, or true or false, may come from the environment. */
function orVariable(type: string): JsonSchema {
  return { type: [type, 'string'], pattern: '^\\$\\{[A-Za-z_]\\w*(:-[^}]*)?\\}$' };
}
