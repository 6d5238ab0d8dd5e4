import { parsePointer } from '../../src/diff/json-pointer.ts';

/** Keys of a path, with the name in place of the position of list items that have one. */
export type Keys = readonly string[];

/** A JSON Pointer in which `*` stands for one key and `**` for any number of them. */
export type PathPattern = readonly (string | RegExp)[];

const ANY_DEPTH = '**';

export function isPathPattern(text: string): boolean {
  return /^(\/([^~]|~[01])+)+$/.test(text);
}

/** Throws a RangeError when it is no JSON Pointer. */
export function parsePathPattern(text: string): PathPattern {
  return parsePointer(text).map((token) => (token === ANY_DEPTH || !token.includes('*') ? token : toExpression(token)));
}

function toExpression(token: string): RegExp {
  const parts = token.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** Whether the pattern names this path. With `within`, or something around it. */
export function matchesPath(
  pattern: PathPattern,
  keys: Keys,
  { within = false }: { readonly within?: boolean } = {},
): boolean {
  return matchesFrom(pattern, 0, { keys, at: 0, within });
}

interface Place {
  readonly keys: Keys;
  readonly at: number;
  readonly within: boolean;
}

function matchesFrom(pattern: PathPattern, index: number, { keys, at, within }: Place): boolean {
  const token = pattern[index];
  if (token === undefined) return within || at === keys.length;
  if (token === ANY_DEPTH) {
    for (let next = at; next <= keys.length; next += 1) {
      if (matchesFrom(pattern, index + 1, { keys, at: next, within })) return true;
    }
    return false;
  }
  const key = keys[at];
  if (key === undefined) return false;
  const isMatch = typeof token === 'string' ? token === key : token.test(key);
  return isMatch && matchesFrom(pattern, index + 1, { keys, at: at + 1, within });
}
