import {
  below,
  child,
  children,
  COMPARISONS,
  computed,
  CONSTANTS,
  isTrue,
  PLAIN,
  PREDICATES,
  quantified,
  type Filter,
  type Place,
} from './jq-functions.ts';
import { jqTokens, shownExpression, type JqToken } from './jq-tokens.ts';

/** Finds fields: the paths, in tokens of a JSON Pointer, of everything that the expression selects in a value. */
export type JqPath = (value: unknown) => (readonly (string | number)[])[];

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
    if (name === 'test') this.#checkPattern(inner);
    return computed((place) => [place], inner, predicate);
  }

  /** A pattern that is written down is compiled here, once, so that a wrong one is told with the options. */
  #checkPattern(inner: Filter): void {
    for (const { value } of inner({ path: [], value: null })) {
      try {
        RegExp(String(value), 'u');
      } catch (error) {
        throw new Error(`${(error as Error).message} in ${shownExpression(this.#text)}`, { cause: error });
      }
    }
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
    const token = this.#tokens[this.#next];
    const got = token?.kind === 'text' ? 'a text' : (token?.text ?? 'the end');
    return new Error(`expected ${expected}, got ${got} in ${shownExpression(this.#text)}`);
  }

  #unsupported(name: string): Error {
    return new Error(`the jq function ${name} cannot be used in a path expression here: ${JSON.stringify(this.#text)}`);
  }
}
