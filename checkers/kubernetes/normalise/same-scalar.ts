import type { ScalarFormat } from '../schema/schema-node.ts';
import { sameBytes } from './base64.ts';
import { sameDuration } from './duration.ts';
import { sameQuantity } from './quantity.ts';

/** Whether two scalars mean the same to the API server, given what the schema says they are. */
export function sameScalar(a: unknown, b: unknown, format: ScalarFormat): boolean {
  if (a === b) return true;
  switch (format) {
    case 'quantity':
      return sameQuantity(a, b);
    case 'instant':
      return sameInstant(a, b);
    case 'duration':
      return sameDuration(a, b);
    case 'bytes':
      return sameBytes(a, b);
    case 'number':
      return sameInteger(a, b);
    case 'plain':
      return false;
  }
}

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function sameInstant(a: unknown, b: unknown): boolean {
  if (typeof a !== 'string' || typeof b !== 'string' || !RFC_3339.test(a) || !RFC_3339.test(b)) return false;
  return Date.parse(a) === Date.parse(b);
}

const INTEGER = /^-?\d{16,20}$/;

/**
 * Integers too large for a number come as their digits. Where one is what floating point makes of the other, a client
 * that reads numbers so has written it: the digits were lost on the way, not changed.
 */
function sameInteger(a: unknown, b: unknown): boolean {
  const left = largeInteger(a);
  const right = largeInteger(b);
  if (left === undefined || right === undefined) return false;
  return left === right || BigInt(Number(left)) === right || BigInt(Number(right)) === left;
}

function largeInteger(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) >= 1e15 ? BigInt(value) : undefined;
  return typeof value === 'string' && INTEGER.test(value) ? BigInt(value) : undefined;
}
