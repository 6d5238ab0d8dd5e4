/** An integer as JSON can carry it: a number, or its decimal digits as text where a number would lose some. */
export function exactInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** JSON.parse that keeps every digit of large integers, see exactInteger. Throws a SyntaxError. */
export function parseExactJson(text: string): unknown {
  return LONG_NUMBER.test(text)
    ? JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown)
    : JSON.parse(text);
}

/** At least 16 digits in a row after something that can stand before a number. */
const LONG_NUMBER = /[:[,\s]-?\d{16,}/;

function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return context.source !== undefined && /^-?\d+$/.test(context.source) ? exactInteger(BigInt(context.source)) : value;
}
