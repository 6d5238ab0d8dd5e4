import type { ItemValues } from '../checker.ts';
import type { Json } from '../drift.ts';

/** `{{ name }}`, `{{ label.region }}`, `{{ label["a.b/c"] }}`, `{{ path[1] }}`, `{{ path[-1] }}`, `{{ x:-default }}`, `{{ "{{" }}`. */
const PLACEHOLDER = /\{\{((?:"[^"]*"|'[^']*'|[^{}"'])*)\}\}/g;
const WHOLE = /^\{\{((?:"[^"]*"|'[^']*'|[^{}"'])*)\}\}$/;
const REFERENCE = /^([A-Za-z_]\w*)((?:\.[A-Za-z_][\w-]*|\[-?\d+\]|\["[^"]*"\]|\['[^']*'\])*)(?::-(.*))?$/s;
const STEP = /\.([A-Za-z_][\w-]*)|\[(-?\d+)\]|\["([^"]*)"\]|\['([^']*)'\]/g;

/** A document with its placeholders filled in, or what is wrong with each that cannot be. */
export interface Filled {
  readonly document: unknown;
  /** `path` is where the placeholder stands. */
  readonly errors: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

/** A text that is one placeholder becomes its value, whatever that is: a list, a map. In longer ones it must be plain. */
export function fillPlaceholders(document: unknown, values: ItemValues): Filled {
  const errors: { path: readonly PropertyKey[]; message: string }[] = [];
  const fillText = (text: string, path: readonly PropertyKey[]): unknown => {
    const value = (inner: string, whole: boolean): Json => {
      const found = resolve(inner.trim(), values);
      const problem = 'problem' in found ? found.problem : whole ? undefined : notPlain(inner, found.value);
      if (problem !== undefined) errors.push({ path, message: problem });
      return 'value' in found ? found.value : '';
    };
    const only = WHOLE.exec(text)?.[1];
    if (only !== undefined) return value(only, true);
    return text.replaceAll(PLACEHOLDER, (_, inner: string) => textOf(value(inner, false)));
  };
  const fill = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (typeof value === 'string') return fillText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]));
  };
  return { document: fill(document, []), errors };
}

/** Where placeholders stand in a document. */
export function placeholderPaths(document: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (typeof document === 'string') return document.search(PLACEHOLDER) === -1 ? [] : [path];
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([key, value]) =>
    placeholderPaths(value, [...path, Array.isArray(document) ? Number(key) : key]),
  );
}

type Found = { readonly value: Json } | { readonly problem: string };

function resolve(inner: string, values: ItemValues): Found {
  const literal = /^(?:"([^"]*)"|'([^']*)')$/.exec(inner);
  if (literal !== null) return { value: literal[1] ?? literal[2] ?? '' };
  const [, name = '', steps = '', fallback] = REFERENCE.exec(inner) ?? [];
  if (name === '') {
    const expected = 'a name such as {{ name }}, {{ label.region }} or {{ path[0] }}';
    return { problem: `expected ${expected}; got {{ ${inner} }}` };
  }
  if (!Object.hasOwn(values, name)) {
    const known = Object.keys(values).toSorted().join(', ');
    return { problem: `no such placeholder; expected one of ${known}; got {{ ${inner} }}` };
  }
  const value = [...steps.matchAll(STEP)].reduce<Json | undefined>(step, values[name]);
  if (value !== undefined && value !== null && value !== '') return { value };
  if (fallback !== undefined) return { value: fallback.trim() };
  return value === '' ? { value } : { problem: `{{ ${inner} }} has no value; {{ ${inner}:-TEXT }} has a default` };
}

function step(value: Json | undefined, [, dotted, index, double, single]: RegExpMatchArray): Json | undefined {
  if (index !== undefined) return Array.isArray(value) ? (value as readonly Json[]).at(Number(index)) : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const map = value as Readonly<Record<string, Json>>;
  const key = dotted ?? double ?? single ?? '';
  return Object.hasOwn(map, key) ? map[key] : map['*'];
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function notPlain(inner: string, value: Json): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return `{{ ${inner.trim()} }} is a ${Array.isArray(value) ? 'list' : 'map'}: expected it to be the whole text, not a part of one`;
}
