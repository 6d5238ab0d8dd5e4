/**
 * How the fuzz tests run. `FUZZ_RUNS=10000` runs each property so often, from another seed each time; `FUZZ_SEED` gives
 * the seed. A failure prints seed, path and the smallest input found.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

const MORE = process.env['FUZZ_RUNS'];
const GIVEN = process.env['FUZZ_SEED'];
const SEED = GIVEN !== undefined ? Number(GIVEN) : MORE === undefined ? 20_261_121 : Date.now() % 2 ** 31;

export function always<T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>, runs = 100): void {
  fc.assert(property, { seed: SEED, numRuns: MORE === undefined ? runs : Number(MORE) });
}

export async function alwaysAsync<T extends [unknown, ...unknown[]]>(
  property: fc.IAsyncProperty<T>,
  runs = 50,
): Promise<void> {
  await fc.assert(property, { seed: SEED, numRuns: MORE === undefined ? runs : Number(MORE) });
}

/** A real answer or file of a tool, recorded. */
export function sample(name: string): string {
  return readFileSync(join(import.meta.dirname, 'samples', name), 'utf8');
}

/** What the levels of a hostile document are; their number is far beyond what a stack holds. */
export const DEEP = 100_000;
export const deepJson = (inner = '1'): string => `${'['.repeat(DEEP)}${inner}${']'.repeat(DEEP)}`;
export const deepObject = (key = 'a'): string => `${`{"${key}":`.repeat(DEEP)}1${'}'.repeat(DEEP)}`;

/** JSON values with everything that a document may hold: names of prototypes, numbers at the edge, half a character. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 2 },
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -0,
    1e308,
    2 ** 53,
    '',
    [],
    {},
    [null],
    [[]],
    '\ud800',
    'a\0b',
    '/',
    '~',
    JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    { toString: 1, valueOf: null, hasOwnProperty: [], length: -1 },
  ),
);

/** Texts that parsers stumble over. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 60 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '',
    ' ',
    '\0',
    '\n',
    '"',
    '\\',
    '\u2028',
    '\ud800',
    '..',
    '%',
  ),
);

export interface Injury {
  /** As a share of the text. */
  readonly at: number;
  readonly kind: 'cut' | 'remove' | 'insert' | 'flip' | 'repeat line' | 'swap lines';
  readonly size: number;
  readonly text: string;
}

export const injuries: fc.Arbitrary<readonly Injury[]> = fc.array(
  fc.record<Injury>({
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    kind: fc.constantFrom('cut', 'remove', 'insert', 'flip', 'repeat line', 'swap lines'),
    size: fc.integer({ min: 1, max: 40 }),
    text: fc.oneof(
      hostileText,
      fc.constantFrom('{', '}', '[', ']', ',', ':', 'null', '- ', '&a ', '*a', '1e999', '!x '),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

/** The text after these injuries: cut off, bytes lost or turned, lines doubled or exchanged. */
export function injured(text: string, all: readonly Injury[]): string {
  return all.reduce(injure, text);
}

function injure(text: string, { at, kind, size, text: added }: Injury): string {
  const position = Math.floor(at * text.length);
  const [before, after] = [text.slice(0, position), text.slice(position)];
  switch (kind) {
    case 'cut':
      return before;
    case 'remove':
      return before + after.slice(size);
    case 'insert':
      return before + added + after;
    case 'flip':
      return before + String.fromCodePoint((after.codePointAt(0) ?? 0) ^ (1 << (size % 7))) + after.slice(1);
    case 'repeat line':
    case 'swap lines': {
      const lines = text.split('\n');
      const line = Math.floor(at * lines.length);
      if (kind === 'repeat line') lines.splice(line, 0, ...lines.slice(line, line + 1));
      else lines.splice(line, 2, ...lines.slice(line, line + 2).toReversed());
      return lines.join('\n');
    }
  }
}

/** One value inside a JSON document becomes another one: types are swapped, fields go or come. */
export interface Swap {
  readonly at: number;
  readonly value: unknown;
  readonly remove: boolean;
}

export const swaps: fc.Arbitrary<readonly Swap[]> = fc.array(
  fc.record<Swap>({ at: fc.nat(), value: hostileJson, remove: fc.boolean() }),
  { minLength: 1, maxLength: 3 },
);

export function swapped(document: unknown, all: readonly Swap[]): unknown {
  const copy = structuredClone(document);
  for (const { at, value, remove } of all) {
    const places = placesOf(copy);
    const [holder, key] = places[at % Math.max(1, places.length)] ?? [];
    if (holder === undefined || key === undefined) continue;
    if (remove) Reflect.deleteProperty(holder, key);
    else Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

function placesOf(value: unknown): (readonly [object, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[value, key] as const, ...placesOf(inner)]);
}
