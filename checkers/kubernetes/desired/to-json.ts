import type { Json } from '../../../src/checker.ts';

/** Values that one document may have after its anchors are expanded: a larger one is an alias bomb. */
const MAX_VALUES = 1_000_000;
const MAX_DEPTH = 200;

/** Thrown where a parsed document cannot be JSON. */
export class NotJsonError extends Error {
  override readonly name = 'NotJsonError';
}

/** A parsed document as plain JSON, its shared nodes copied. Throws NotJsonError for bombs and cycles. */
export function toJson(document: unknown): Json {
  let values = 0;
  const copy = (value: unknown, depth: number): Json => {
    values += 1;
    if (values > MAX_VALUES) throw new NotJsonError(`more than ${MAX_VALUES} values after expanding its anchors`);
    if (depth > MAX_DEPTH) throw new NotJsonError(`nested deeper than ${MAX_DEPTH}, or an anchor that holds itself`);
    if (value instanceof Uint8Array) return new TextDecoder().decode(value);
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
    if (typeof value !== 'object' || value === null) return scalar(value);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, depth + 1)]));
  };
  return copy(document, 0);
}

function scalar(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  throw new NotJsonError(`a ${typeof value} has no place in a manifest`);
}
