import { matchesGlob } from '../../../src/diff/glob.ts';

/** Thrown for an expression that is none. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError';
}

/**
 * Variables as Flux puts them in after a build: `${var}` and the functions of shells (`${var:=default}`, `${var^^}`,
 * `${var/a/b}` and so on); `$${` is a plain `${`. What is not set is empty. Throws SubstitutionError.
 */
export function envsubst(text: string, variables: ReadonlyMap<string, string>): string {
  return readText({ text, at: 0, variables }, false);
}

interface Reader {
  readonly text: string;
  readonly variables: ReadonlyMap<string, string>;
  at: number;
}

/** Text up to its end; inside an expression up to the brace that closes it, which is left. */
function readText(reader: Reader, isArgument: boolean, until = '}'): string {
  const { text } = reader;
  let out = '';
  while (reader.at < text.length) {
    const rest = text.slice(reader.at, reader.at + 3);
    const char = rest.charAt(0);
    if (isArgument && until.includes(char)) return out;
    if (rest === '$${') {
      out += '${';
      reader.at += 3;
    } else if (rest.startsWith('${')) {
      reader.at += 2;
      out += readExpression(reader);
    } else if (isArgument && char === '\\' && rest.length > 1) {
      out += rest.charAt(1);
      reader.at += 2;
    } else {
      out += char;
      reader.at += 1;
    }
  }
  if (isArgument) throw new SubstitutionError('an expression without its closing brace');
  return out;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /(?::[-=?+]|\/\/|\/#|\/%|##|%%|\^\^|,,|[-=?+:/#%^,])/y;

function readExpression(reader: Reader): string {
  const isLength = reader.text.charAt(reader.at) === '#';
  if (isLength) reader.at += 1;
  const name = take(reader, NAME);
  if (name === '') throw new SubstitutionError('an expression without a variable');
  const value = reader.variables.get(name) ?? '';
  const operator = take(reader, OPERATOR);
  const result = isLength ? String(value.length) : apply(operator, value, readArguments(reader, operator));
  if (reader.text.charAt(reader.at) !== '}')
    throw new SubstitutionError(`the expression of ${name}: expected a closing brace`);
  reader.at += 1;
  return result;
}

function take(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const [found = ''] = pattern.exec(reader.text) ?? [];
  reader.at += found.length;
  return found;
}

/** Two for replacements and substrings, one otherwise. */
function readArguments(reader: Reader, operator: string): readonly string[] {
  if (operator === '') return [];
  const separator = operator.startsWith('/') ? '/' : operator === ':' ? ':' : '';
  if (separator === '') return [readText(reader, true)];
  const first = readText(reader, true, `${separator}}`);
  if (reader.text.charAt(reader.at) !== separator) return [first];
  reader.at += 1;
  return [first, readText(reader, true)];
}

function apply(operator: string, value: string, [first = '', second = '']: readonly string[]): string {
  switch (operator) {
    case '':
      return value;
    case '^^':
      return value.toUpperCase();
    case ',,':
      return value.toLowerCase();
    case '^':
      return value.charAt(0).toUpperCase() + value.slice(1);
    case ',':
      return value.charAt(0).toLowerCase() + value.slice(1);
    case ':':
      return substring(value, first, second);
    case '/':
      return value.replace(first, () => second);
    case '//':
      return first === '' ? value : value.replaceAll(first, () => second);
    case '/#':
      return value.startsWith(first) ? second + value.slice(first.length) : value;
    case '/%':
      return value.endsWith(first) ? value.slice(0, value.length - first.length) + second : value;
    case '#':
    case '##':
      return trimStart(value, first, operator === '##');
    case '%':
    case '%%':
      return trimEnd(value, first, operator === '%%');
    default:
      return value === '' ? first : value;
  }
}

function substring(value: string, from: string, length: string): string {
  const start = Number.parseInt(from, 10);
  if (Number.isNaN(start)) return value;
  const count = length === '' ? value.length : Number.parseInt(length, 10);
  return Number.isNaN(count) ? value.slice(start) : value.slice(start, start + count);
}

/** Trying a pattern at every place takes the square of the length. */
const LONGEST_TRIMMED = 4096;

function requireShort(value: string): void {
  if (value.length > LONGEST_TRIMMED)
    throw new SubstitutionError(`a pattern is tried on a value of more than ${LONGEST_TRIMMED} characters`);
}

function trimStart(value: string, pattern: string, longest: boolean): string {
  requireShort(value);
  const ends = Array.from({ length: value.length + 1 }, (_, end) => end);
  const end = (longest ? ends.toReversed() : ends).find((at) => matchesGlob(pattern, value.slice(0, at)));
  return end === undefined ? value : value.slice(end);
}

function trimEnd(value: string, pattern: string, longest: boolean): string {
  requireShort(value);
  const starts = Array.from({ length: value.length + 1 }, (_, start) => start);
  const start = (longest ? starts : starts.toReversed()).find((at) => matchesGlob(pattern, value.slice(at)));
  return start === undefined ? value : value.slice(0, start);
}
