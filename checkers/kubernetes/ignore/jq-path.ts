import { jqTokens, type JqToken } from './jq-tokens.ts';

/** Finds fields: the paths, in tokens of a JSON Pointer, of everything that the expression selects in a value. */
export type JqPath = (value: unknown) => (readonly (string | number)[])[];

/** A value on the way and how it was reached. A value that is computed has no path. */
interface Place {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

type Filter = (place: Place) => Place[];

/**
 * Compiles the jq expressions that select fields: `.a.b`, `."k"`, `.["k"]`, `.[0]`, `.[-1]`, `.[]`, `..`, `?`, pipes,
 * commas, parentheses and `select(...)` with `==`, `!=`, `<`, `<=`, `>`, `>=`, `and`, `or`, `not`, `test`, `startswith`,
 * `endswith`, `contains`, `has`, `type`, `length`, `any`, `all` and literals. Throws an Error that names what it does not take.
 */
export function parseJqPath(text: string): JqPath {
  const filter = new Parser(text).parse();
  return (value) => filter({ path: [], value }).map(({ path }) => path);
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly JqToken[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = jqTokens(text);
  }

  parse(): Filter {
    const filter = this.#pipe();
    if (this.#next < this.#tokens.length) throw this.#unexpected();
    return filter;
  }

  #pipe(): Filter {
    const stages = [this.#comma()];
    while (this.#take('|')) stages.push(this.#comma());
    return (place) => stages.reduce<Place[]>((places, stage) => places.flatMap(stage), [place]);
  }

  #comma(): Filter {
    const parts = [this.#or()];
    while (this.#take(',')) parts.push(this.#or());
    return (place) => parts.flatMap((part) => part(place));
  }

  #or(): Filter {
    let left = this.#and();
    while (this.#take('or')) left = computed(left, this.#and(), (a, b) => isTrue(a) || isTrue(b));
    return left;
  }

  #and(): Filter {
    let left = this.#comparison();
    while (this.#take('and')) left = computed(left, this.#comparison(), (a, b) => isTrue(a) && isTrue(b));
    return left;
  }

  #comparison(): Filter {
    const left = this.#term();
    const operator = this.#tokens[this.#next];
    const compare = operator?.kind === 'symbol' ? COMPARISONS[operator.text] : undefined;
    if (compare === undefined) return left;
    this.#next += 1;
    return computed(left, this.#term(), compare);
  }

  #term(): Filter {
    let filter = this.#primary();
    for (;;) {
      const suffix = this.#suffix();
      if (suffix === undefined) return filter;
      const before = filter;
      filter = (place) => before(place).flatMap(suffix);
    }
  }

  #primary(): Filter {
    if (this.#take('(')) {
      const inner = this.#pipe();
      this.#expect(')');
      return inner;
    }
    if (this.#take('..')) return (place) => below(place);
    const token = this.#tokens[this.#next];
    if (token?.kind === 'field') return (place) => [place];
    if (this.#take('.')) return (place) => [place];
    if (token?.kind === 'text' || token?.kind === 'number') {
      this.#next += 1;
      return () => [{ path: [], value: token.value }];
    }
    if (token?.kind === 'word') return this.#call(token.text);
    throw this.#unexpected();
  }

  /** `.name`, `["name"]`, `[0]`, `[]`, `?`. */
  #suffix(): Filter | undefined {
    const token = this.#tokens[this.#next];
    if (token?.kind === 'field') {
      this.#next += 1;
      return child(token.value);
    }
    if (this.#take('?')) return (place) => [place];
    const isBracket = token?.text === '[' || (token?.text === '.' && this.#tokens[this.#next + 1]?.text === '[');
    if (!isBracket) return undefined;
    this.#next += token.text === '.' ? 2 : 1;
    if (this.#take(']')) return children;
    const key = this.#tokens[this.#next];
    if (key?.kind !== 'text' && key?.kind !== 'number') throw this.#unexpected();
    this.#next += 1;
    this.#expect(']');
    return child(key.value);
  }

  #call(name: string): Filter {
    this.#next += 1;
    if (Object.hasOwn(CONSTANTS, name)) return () => [{ path: [], value: CONSTANTS[name] }];
    const plain = Object.hasOwn(PLAIN, name) && !this.#isNext('(') ? PLAIN[name] : undefined;
    if (plain !== undefined) return ({ value }) => [{ path: [], value: plain(value) }];
    if (!this.#take('(')) throw this.#unsupported(name);
    const inner = this.#pipe();
    this.#expect(')');
    if (name === 'select') return (place) => (inner(place).some(({ value }) => isTrue(value)) ? [place] : []);
    if (name === 'any' || name === 'all') return quantified(name, inner);
    const predicate = Object.hasOwn(PREDICATES, name) ? PREDICATES[name] : undefined;
    if (predicate === undefined) throw this.#unsupported(name);
    return computed((place) => [place], inner, predicate);
  }

  #isNext(text: string): boolean {
    const token = this.#tokens[this.#next];
    return (token?.kind === 'symbol' || token?.kind === 'word') && token.text === text;
  }

  #take(text: string): boolean {
    if (!this.#isNext(text)) return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(`'${text}'`);
  }

  #unexpected(expected = 'a path such as .spec.replicas'): Error {
    const got = this.#tokens[this.#next]?.text ?? 'the end';
    return new Error(`expected ${expected}, got ${got} in ${JSON.stringify(this.#text)}`);
  }

  #unsupported(name: string): Error {
    return new Error(`the jq function ${name} cannot be used in a path expression here: ${JSON.stringify(this.#text)}`);
  }
}

const CONSTANTS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null, empty: undefined };

const PLAIN: Readonly<Record<string, (value: unknown) => unknown>> = {
  not: (value) => !isTrue(value),
  type: typeName,
  length: (value) =>
    typeof value === 'string' ? value.length : typeof value === 'object' ? Object.keys(value ?? {}).length : 0,
  any: (value) => Array.isArray(value) && value.some(isTrue),
  all: (value) => Array.isArray(value) && value.every(isTrue),
};

type Binary = (a: unknown, b: unknown) => boolean;

const COMPARISONS: Readonly<Record<string, Binary>> = {
  '==': (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null),
  '!=': (a, b) => JSON.stringify(a ?? null) !== JSON.stringify(b ?? null),
  '<': (a, b) => isLess(a, b),
  '>': (a, b) => isLess(b, a),
  '<=': (a, b) => !isLess(b, a),
  '>=': (a, b) => !isLess(a, b),
};

const PREDICATES: Readonly<Record<string, Binary>> = {
  test: (text, pattern) => typeof text === 'string' && new RegExp(String(pattern), 'u').test(text),
  startswith: (text, start) => typeof text === 'string' && text.startsWith(String(start)),
  endswith: (text, end) => typeof text === 'string' && text.endsWith(String(end)),
  contains: (whole, part) => (Array.isArray(whole) || typeof whole === 'string') && whole.includes(part as string),
  has: (object, key) => typeof object === 'object' && object !== null && Object.hasOwn(object, key as string),
};

function computed(left: Filter, right: Filter, combine: Binary): Filter {
  return (place) =>
    left(place).flatMap((a) => right(place).map((b) => ({ path: [], value: combine(a.value, b.value) })));
}

function quantified(name: 'any' | 'all', inner: Filter): Filter {
  return (place) => {
    const verdicts = children(place).map((item) => inner(item).some(({ value }) => isTrue(value)));
    return [{ path: [], value: name === 'any' ? verdicts.some(Boolean) : verdicts.every(Boolean) }];
  };
}

function child(key: string | number): Filter {
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

function children({ path, value }: Place): Place[] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => ({ path: [...path, index], value: item }));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([key, item]) => ({ path: [...path, key], value: item as unknown }));
}

function below(place: Place): Place[] {
  return [place, ...children(place).flatMap(below)];
}

function isTrue(value: unknown): boolean {
  return value !== false && value !== null && value !== undefined;
}

function isLess(a: unknown, b: unknown): boolean {
  return typeof a === typeof b && (typeof a === 'number' || typeof a === 'string') && a < (b as typeof a);
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
