/** A value on the way and how it was reached. A value that is computed has no path. */
export interface Place {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** From a place to the places that it selects. */
export type Filter = (place: Place) => Place[];

export const CONSTANTS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null, empty: undefined };

export const PLAIN: Readonly<Record<string, (value: unknown) => unknown>> = {
  not: (value) => !isTrue(value),
  type: typeName,
  length: (value) =>
    typeof value === 'string' ? value.length : typeof value === 'object' ? Object.keys(value ?? {}).length : 0,
  any: (value) => Array.isArray(value) && value.some(isTrue),
  all: (value) => Array.isArray(value) && value.every(isTrue),
};

/** Judges the values of two filters. */
export type Binary = (a: unknown, b: unknown) => boolean;

export const COMPARISONS: Readonly<Record<string, Binary>> = {
  '==': (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null),
  '!=': (a, b) => JSON.stringify(a ?? null) !== JSON.stringify(b ?? null),
  '<': (a, b) => isLess(a, b),
  '>': (a, b) => isLess(b, a),
  '<=': (a, b) => !isLess(b, a),
  '>=': (a, b) => !isLess(a, b),
};

export const PREDICATES: Readonly<Record<string, Binary>> = {
  test: (text, pattern) => typeof text === 'string' && new RegExp(String(pattern), 'u').test(text),
  startswith: (text, start) => typeof text === 'string' && text.startsWith(String(start)),
  endswith: (text, end) => typeof text === 'string' && text.endsWith(String(end)),
  contains: (whole, part) => (Array.isArray(whole) || typeof whole === 'string') && whole.includes(part as string),
  has: (object, key) => typeof object === 'object' && object !== null && Object.hasOwn(object, key as string),
};

export function computed(left: Filter, right: Filter, combine: Binary): Filter {
  return (place) =>
    left(place).flatMap((a) => right(place).map((b) => ({ path: [], value: combine(a.value, b.value) })));
}

export function quantified(name: 'any' | 'all', inner: Filter): Filter {
  return (place) => {
    const verdicts = children(place).map((item) => inner(item).some(({ value }) => isTrue(value)));
    return [{ path: [], value: name === 'any' ? verdicts.some(Boolean) : verdicts.every(Boolean) }];
  };
}

export function child(key: string | number): Filter {
  return ({ path, value }) => {
    if (Array.isArray(value) && typeof key === 'number') {
      const index = key < 0 ? value.length + key : key;
      return [{ path: [...path, index], value: (value as unknown[])[index] ?? null }];
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value) || typeof key === 'number') {
      return value === null ? [{ path: [...path, key], value: null }] : [];
    }
    return [
      { path: [...path, key], value: Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : null },
    ];
  };
}

export function children({ path, value }: Place): Place[] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => ({ path: [...path, index], value: item }));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([key, item]) => ({ path: [...path, key], value: item as unknown }));
}

export function below(place: Place): Place[] {
  return [place, ...children(place).flatMap(below)];
}

export function isTrue(value: unknown): boolean {
  return value !== false && value !== null && value !== undefined;
}

function isLess(a: unknown, b: unknown): boolean {
  return typeof a === typeof b && (typeof a === 'number' || typeof a === 'string') && a < (b as typeof a);
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
