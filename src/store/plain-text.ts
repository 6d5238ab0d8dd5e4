/**
 * PostgreSQL's text has no NUL, and UTF-8 no half of a surrogate pair; names and addresses may have both. They are
 * stored as this noncharacter and four hexadecimal digits, and so is the noncharacter itself. JSON escapes its own.
 */
const ESCAPE = '\uFDD0';
const UNSTORABLE = /[\0\uFDD0]|\p{Surrogate}/gu;
const ESCAPED = /\uFDD0([0-9a-f]{4})/g;

/** For a column of plain text, whatever the text. */
export function encodeText(text: string): string {
  return text.replace(UNSTORABLE, (character) => ESCAPE + character.charCodeAt(0).toString(16).padStart(4, '0'));
}

/** The inverse of encodeText. */
export function decodeText(stored: string): string {
  return stored.replace(ESCAPED, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
