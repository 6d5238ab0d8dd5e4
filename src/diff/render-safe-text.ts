// C0 and C1 controls except tab and newline, and what separates lines or reorders what is read (bidirectional controls).
const UNSAFE =
  /[^\P{Cc}\t\n]|[\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]/gu;

/** Makes every control character visible (`\u001b`), so that no shown value can move a cursor or reorder text. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** The same on one line: tabs and newlines become `\t` and `\n`. */
export function safeLine(text: string): string {
  return safeText(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** At most `length` characters; says how many are missing. Never ends inside a surrogate pair. */
export function capped(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
  return `${kept}… (${text.length - kept.length} more characters)`;
}
