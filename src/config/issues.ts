import { z } from 'zod';
import { maskText, MASK } from '../redact/mask-text.ts';
import { isSecretKey } from '../redact/secret-key.ts';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** Validates; the value, or a message for each error: its path, what was expected and what came. */
export function validate<T>(
  schema: z.ZodType<T>,
  input: unknown,
  path: Path = [],
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly string[] } {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    errors: firstOfEachPath(parsed.error.issues.flatMap((issue) => describe(issue, { schema, input, path }))),
  };
}

/** `checks[2].options.dir` */
export function pathText(path: Path): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${quoted(String(key))}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

/** What came, short, without secrets. */
export function shown(value: unknown, path: Path = []): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string' && isSecretKey(String(path.at(-1) ?? ''))) return MASK;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return value instanceof Date ? 'a date' : 'a map';
  const text = maskText(typeof value === 'string' ? JSON.stringify(value) : `${value as number}`);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A value of the wrong type breaks the rules of the right one too: saying it once is enough. */
function firstOfEachPath(errors: readonly string[]): string[] {
  return [...Map.groupBy(errors, (error) => error.slice(0, error.indexOf(': '))).values()].flatMap((same) =>
    same.slice(0, 1),
  );
}

interface Place {
  readonly schema: z.ZodType;
  readonly input: unknown;
  readonly path: Path;
}

function describe(issue: Issue, place: Place): string[] {
  const path = [...place.path, ...issue.path];
  const at = pathText(path);
  if (issue.code === 'unrecognized_keys') {
    const expected = keysAt(place.schema, issue.path, place.input);
    return issue.keys.map((key) => `${pathText([...path, key])}: unknown key${expected}`);
  }
  if (issue.code === 'invalid_union') return describeUnion(issue, place);
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => `${at}: ${inner.message}; got ${shown(issue.path.at(-1))}`);
  }
  const got = shown(valueAt(place.input, issue.path), path);
  return [`${at}: ${expectation(issue)}; got ${got}`];
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return `expected ${TYPE_NAMES[issue.expected] ?? `a ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') {
    return issue.origin === 'string'
      ? 'expected a text that is not empty'
      : `expected ${unitOf(issue.origin)}at least ${issue.minimum}`;
  }
  if (issue.code === 'too_big') return `expected ${unitOf(issue.origin)}at most ${issue.maximum}`;
  const { message } = issue;
  return message.startsWith('expected')
    ? message
    : `expected ${message.replace(/^Invalid( input: expected)? /, 'a valid ')}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map',
  record: 'a map',
  string: 'a text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function unitOf(origin: string): string {
  return origin === 'array' || origin === 'set' ? 'a list of ' : '';
}

/** The branch that came closest speaks. */
function describeUnion(issue: Extract<Issue, { code: 'invalid_union' }>, place: Place): string[] {
  const branches = issue.errors.filter((errors) => errors.length > 0);
  const deepest = branches.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
  const at = [...place.path, ...issue.path];
  if (deepest === undefined) return [`${pathText(at)}: ${issue.message}`];
  const mismatch = branches.every((errors) =>
    errors.every(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  if (mismatch) {
    const types = new Set(
      branches.flatMap((errors) => errors.map((error) => expectation(error).replace('expected ', ''))),
    );
    return [`${pathText(at)}: expected ${[...types].join(' or ')}; got ${shown(valueAt(place.input, issue.path), at)}`];
  }
  return deepest.flatMap((inner) => describe({ ...inner, path: [...issue.path, ...inner.path] }, place));
}

function depth(issues: readonly Issue[]): number {
  return Math.max(...issues.map(({ path, code }) => path.length * 2 + (code === 'unrecognized_keys' ? 1 : 0)));
}

/** `; expected one of dir, workspace`, or nothing when the schema does not tell. */
function keysAt(schema: z.ZodType, path: Path, input: unknown): string {
  const objects = schemasAt(schema, path).filter((inner) => inner instanceof z.ZodObject);
  const given = valueAt(input, path);
  const fitting = objects.toSorted((a, b) => shared(b, given) - shared(a, given))[0];
  return fitting === undefined ? '' : `; expected one of ${Object.keys(fitting.shape).join(', ')}`;
}

function shared(schema: z.ZodObject, given: unknown): number {
  return typeof given === 'object' && given !== null
    ? Object.keys(given).filter((key) => key in schema.shape).length
    : 0;
}

function schemasAt(schema: z.ZodType, path: Path): z.ZodType[] {
  return path
    .reduce<z.ZodType[]>((schemas, key) => schemas.flatMap((inner) => step(inner, key)), [schema])
    .flatMap(unwrap);
}

function step(schema: z.ZodType, key: PropertyKey): z.ZodType[] {
  return unwrap(schema).flatMap((inner): z.ZodType[] => {
    if (inner instanceof z.ZodObject)
      return [(inner.shape as Record<PropertyKey, z.ZodType | undefined>)[key]].filter((found) => found !== undefined);
    if (inner instanceof z.ZodArray) return [inner.element as z.ZodType];
    if (inner instanceof z.ZodRecord) return [inner.valueType as z.ZodType];
    return [];
  });
}

/** Through optional, default, union and transform. */
function unwrap(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(unwrap);
  if (schema instanceof z.ZodPipe) return unwrap(schema.in as z.ZodType);
  const inner = 'innerType' in schema.def ? schema.def.innerType : undefined;
  return inner === undefined ? [schema] : unwrap(inner as z.ZodType);
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input);
}

function quoted(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}
