import type { z } from 'zod';
import { validate } from './issues.ts';
import { readYaml } from './read-yaml.ts';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** Whether the text there is what a variable holds: always a text, whatever is meant. */
export type IsVariable = (path: Path) => boolean;

/**
 * Validates. Where a variable stands and nothing but a number, or true or false, is taken, its text is read as YAML would
 * read it there; where a text is taken it stays one, so that `0123`, `1e5` and `true` are no surprise.
 */
export function validateVariables<T>(
  schema: z.ZodType<T>,
  input: unknown,
  { at, isVariable }: { readonly at: Path; readonly isVariable: IsVariable },
): ReturnType<typeof validate<T>> {
  let document = input;
  for (;;) {
    const refused = schema.safeParse(document).error?.issues ?? [];
    const readings = refused
      .flatMap(wishesOf)
      .filter(({ path }) => isVariable([...at, ...path]))
      .flatMap((wish) => readingOf(document, wish));
    if (readings.length === 0) return validate(schema, document, at);
    for (const { path, value } of readings) document = withValue(document, path, value);
  }
}

interface Wish {
  readonly path: Path;
  readonly type: 'number' | 'boolean';
}

/** Where something else than a text is expected. */
function wishesOf(issue: Issue): Wish[] {
  const { path } = issue;
  if (issue.code === 'invalid_union')
    return issue.errors.flat().flatMap((inner) => wishesOf({ ...inner, path: [...path, ...inner.path] }));
  if (issue.code === 'invalid_value')
    return (['number', 'boolean'] as const)
      .filter((type) => issue.values.some((value) => typeof value === type))
      .map((type) => ({ path, type }));
  if (issue.code !== 'invalid_type') return [];
  if (issue.expected === 'boolean') return [{ path, type: 'boolean' }];
  return issue.expected === 'number' || issue.expected === 'int' ? [{ path, type: 'number' }] : [];
}

function readingOf(document: unknown, { path, type }: Wish): { readonly path: Path; readonly value: unknown }[] {
  const text = path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    document,
  );
  if (typeof text !== 'string' || !/^[\w.+-]+$/.test(text)) return [];
  const value = readYaml(text);
  return typeof value === type ? [{ path, value }] : [];
}

function withValue(document: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const inner = (document as Record<PropertyKey, unknown>)[key];
  if (Array.isArray(document)) return document.with(Number(key), withValue(inner, rest, value));
  return { ...(document as object), [key]: withValue(inner, rest, value) };
}
