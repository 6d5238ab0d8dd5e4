/** JSON Pointer (RFC 6901) of a path: `['spec', 'a/b', 0]` is `/spec/a~1b/0`; the empty path is ``. */
export function toPointer(path: readonly (string | number)[]): string {
  let pointer = '';
  for (const token of path) pointer += `/${typeof token === 'number' ? token : escaped(token)}`;
  return pointer;
}

function escaped(token: string): string {
  return token.includes('~') || token.includes('/') ? token.replaceAll('~', '~0').replaceAll('/', '~1') : token;
}

/** The tokens of a JSON Pointer, unescaped. Throws a RangeError when it is not one. */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) {
    throw new RangeError(`not a JSON Pointer: expected '' or a leading '/', got ${JSON.stringify(pointer)}`);
  }
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
