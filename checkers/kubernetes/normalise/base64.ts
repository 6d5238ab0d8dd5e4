import { Buffer } from 'node:buffer';

/** Whether two base64 texts carry the same bytes, wrapped over lines or not. Text that is no base64 equals only itself. */
export function sameBytes(a: unknown, b: unknown): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  const left = unwrapped(a);
  return left !== undefined && left === unwrapped(b);
}

/** How the API server shows a text that was given in clear. */
export function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** The text behind base64, where it is base64. */
export function fromBase64(text: string): string | undefined {
  const packed = unwrapped(text);
  return packed === undefined ? undefined : Buffer.from(packed, 'base64').toString('utf8');
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function unwrapped(text: string): string | undefined {
  const packed = text.replaceAll(/[\r\n]/g, '');
  return packed.length % 4 === 0 && BASE64.test(packed) ? packed : undefined;
}
