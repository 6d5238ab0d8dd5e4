import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CheckError } from '../../src/checker.ts';
import { parseExactJson } from '../../src/diff/exact-json.ts';

const MAX_DOCUMENT_BYTES = 128 * 1024 * 1024;

/** One object, or why it is none. */
export type JsonDocument =
  { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'error'; readonly error: CheckError };

/**
 * The JSON objects in a file, one after the other: each on a line of its own or over several lines that begin with `{`
 * and end with `}` in the first column, as Salt prints them. Other lines are warnings and are handed to `onNoise`.
 * A broken or cut off object hides no other one. `where` names the file in messages.
 */
export async function* readJsonDocuments(
  file: string,
  where: string,
  onNoise: (line: string) => void = () => {},
): AsyncGenerator<JsonDocument> {
  let lines: string[] = [];
  let bytes = 0;
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    if (lines.length === 0 && !line.startsWith('{')) {
      if (line.trim() !== '') onNoise(line);
      continue;
    }
    lines.push(line);
    bytes += line.length;
    if (bytes > MAX_DOCUMENT_BYTES) throw new CheckError('too_large', `${where}: an object of over ${bytes} bytes`);
    if (!endsDocument(line, lines.length)) continue;
    yield parse(lines.join('\n'), where);
    lines = [];
    bytes = 0;
  }
  if (lines.length > 0) yield parse(lines.join('\n'), where);
}

function endsDocument(line: string, count: number): boolean {
  return line === '}' || (count === 1 && line.trimEnd().length > 1 && line.trimEnd().endsWith('}'));
}

function parse(text: string, where: string): JsonDocument {
  try {
    return { kind: 'value', value: parseExactJson(text) };
  } catch (error) {
    const message = `${where}: expected JSON as Salt prints it: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: 'error', error: new CheckError('bad_output', message, { cause: error }) };
  }
}
