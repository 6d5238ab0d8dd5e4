/** Deeper than any document of a tool; walking it overflows no stack. */
const DEEPEST = 1000;

/**
 * JSON as others wrote it: integers that a number cannot hold are their decimal digits, as text. Throws a SyntaxError
 * that says where, and quotes nothing: a document holds secrets. What is nested deeper than `deepest` levels is none.
 */
export function parseExactJson(text: string, deepest: number = DEEPEST): unknown {
  if (text.length > deepest && isTooDeep(text, deepest)) throw new SyntaxError(`nested deeper than ${deepest} levels`);
  try {
    return LONG_NUMBER.test(text)
      ? JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown)
      : JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(placeOf(error, text)); // without its cause, which quotes the text
  }
}

function placeOf(error: unknown, text: string): string {
  if (text.trim() === '') return 'expected JSON, got nothing';
  const message = String(error);
  const [, position] = /position (\d+)/.exec(message) ?? [];
  if (position !== undefined) return `not JSON at character ${position} of ${text.length}`;
  return message.includes('end of JSON') ? `JSON cut off after ${text.length} characters` : 'not JSON';
}

/** An integer as JSON can carry it: a number, or its decimal digits as text where a number would lose some. */
export function exactInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** At least 16 digits in a row after something that can stand before a number. */
const LONG_NUMBER = /[:[,\s]-?\d{16,}/;

function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return context.source !== undefined && /^-?\d+$/.test(context.source) ? exactInteger(BigInt(context.source)) : value;
}

const [QUOTE, BACKSLASH, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = Buffer.from('"\\[]{}');

function isTooDeep(text: string, deepest: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > deepest) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return false;
}

/** The position of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
