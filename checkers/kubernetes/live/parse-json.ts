/** The object that an answer must be. Throws a SyntaxError. */
export function parseJson(body: Buffer): object {
  const value: unknown = JSON.parse(body.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('expected an object');
  return value;
}
