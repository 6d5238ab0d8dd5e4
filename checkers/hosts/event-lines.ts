import { createReadStream } from 'node:fs';
import { CheckError } from '../../src/checker.ts';
import { parseExactJson } from '../../src/diff/exact-json.ts';

/** One line of a file of JSON lines: its value, or why it is none. `line` is 1-based. */
export type EventLine =
  | { readonly kind: 'value'; readonly line: number; readonly value: unknown; readonly bytes: number }
  | { readonly kind: 'error'; readonly line: number; readonly message: string };

const LONGEST_LINE = 8 * 1024 * 1024;

/**
 * Reads JSON lines in memory of one line at most. A broken line is an `error` and hides no other line; so is a last
 * line without its line end, which was cut off. Throws CheckError when the file itself cannot be read.
 */
export async function* readEventLines(file: string, longest: number = LONGEST_LINE): AsyncGenerator<EventLine> {
  let line = 1;
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(file)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      bytes += end - start;
      if (bytes <= longest) parts.push(chunk.subarray(start, end));
      if (bytes > 0) yield bytes > longest ? tooLong(line, bytes, longest) : parse(Buffer.concat(parts), line);
      line++;
      parts = [];
      bytes = 0;
      start = end + 1;
    }
    bytes += chunk.length - start;
    if (bytes <= longest) parts.push(Buffer.from(chunk.subarray(start)));
    else parts = [];
  }
  if (bytes > 0) yield { kind: 'error', line, message: `line ${line}: cut off after ${bytes} bytes` };
}

function parse(buffer: Buffer, line: number): EventLine {
  const text = buffer.toString('utf8');
  try {
    return { kind: 'value', line, value: parseExactJson(text), bytes: buffer.length };
  } catch {
    return {
      kind: 'error',
      line,
      message: `line ${line}: expected a JSON object, got ${JSON.stringify(text.slice(0, 80))}`,
    };
  }
}

function tooLong(line: number, bytes: number, longest: number): EventLine {
  return { kind: 'error', line, message: `line ${line}: ${bytes} bytes; the limit is ${longest}` };
}

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(file)) yield chunk as Buffer;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CheckError(missing ? 'not_found' : 'storage', `${file}: cannot be read: ${String(error)}`, {
      cause: error,
    });
  }
}
