import { CheckError } from '../../../src/checker.ts';
import { parseExactJson } from '../../../src/diff/exact-json.ts';
import type { KubeObject } from '../observation.ts';

/** One page of a LIST. */
export interface ListPage {
  /** Parsed as they are asked for: a large page is never in memory as a whole, but for its text. Throws CheckError. */
  readonly items: Iterable<KubeObject>;
  /** Absent on the last page. */
  readonly continueToken: string | undefined;
  readonly bytes: number;
}

/** So deep an API server takes objects: one that is too deep to be compared hides no other of its page. */
const DEEPEST = 10_010;

/** Below this a page is parsed in one go, which is faster. */
const WHOLE_BYTES = 1024 * 1024;

/**
 * Reads a page, and gives its memory back when that is done: the collector would leave many pages lying around. Its items say of what kind they are even where the server leaves
 * that to the list.
 */
export function readList(
  body: Buffer<ArrayBuffer>,
  kind: { readonly apiVersion: string; readonly kind: string },
): ListPage {
  const slices = body.length > WHOLE_BYTES ? sliceItems(body) : undefined;
  const bytes = body.length;
  const list = record(parseExactJson(slices === undefined ? takeText(body) : slices.head, DEEPEST));
  const { items, metadata } = list;
  if (!Array.isArray(items) && items !== null) throw new SyntaxError('a list without items');
  const continueToken = record(metadata ?? {})['continue'];
  return {
    items: slices === undefined ? wholeItems(items ?? [], kind) : slicedItems(body, slices.items, kind),
    continueToken: typeof continueToken === 'string' && continueToken !== '' ? continueToken : undefined,
    bytes,
  };
}

type Kind = Parameters<typeof readList>[1];

function* wholeItems(items: readonly unknown[], kind: Kind): Iterable<KubeObject> {
  for (const item of items) yield toObject(item, kind);
}

function takeText(body: Buffer<ArrayBuffer>): string {
  const text = body.toString('utf8');
  release(body);
  return text;
}

function release({ buffer, length }: Buffer<ArrayBuffer>): void {
  if (buffer.byteLength === length) buffer.transfer(0);
}

function* slicedItems(body: Buffer<ArrayBuffer>, slices: readonly Slice[], kind: Kind): Iterable<KubeObject> {
  for (const { start, end } of slices) yield toObject(parseItem(body.toString('utf8', start, end)), kind);
  release(body);
}

function parseItem(text: string): unknown {
  try {
    return parseExactJson(text, DEEPEST);
  } catch (error) {
    throw new CheckError('bad_output', 'a LIST holds an item that is not JSON', { cause: error });
  }
}

function toObject(item: unknown, { apiVersion, kind }: Kind): KubeObject {
  const object = item as {
    metadata?: { name?: unknown; namespace?: unknown } | null;
    apiVersion?: unknown;
    kind?: unknown;
  } | null;
  if (typeof object?.metadata?.name !== 'string') {
    throw new CheckError('bad_output', `a LIST of ${kind} holds an item without metadata.name`);
  }
  if (!['string', 'undefined'].includes(typeof object.metadata.namespace)) {
    throw new CheckError('bad_output', `a LIST of ${kind} holds an item whose metadata.namespace is no text`);
  }
  object.apiVersion = apiVersion;
  object.kind = kind;
  return object as unknown as KubeObject;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SyntaxError('expected an object');
}

interface Slice {
  readonly start: number;
  readonly end: number;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Where the items of a list stand, and the list without them. Undefined when there is no such thing. */
export function sliceItems(body: Buffer): { readonly head: string; readonly items: Slice[] } | undefined {
  const begin = findItems(body);
  if (begin === undefined) return undefined;
  const items: Slice[] = [];
  let depth = 0;
  let start = begin;
  for (let at = begin; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfString(body, at);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === COMMA && depth === 0) {
      items.push({ start, end: at });
      start = at + 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth >= 0) continue;
      if (items.length > 0 || body.toString('utf8', start, at).trim() !== '') items.push({ start, end: at });
      return { head: body.toString('utf8', 0, begin) + body.toString('utf8', at), items };
    }
  }
  return undefined; // cut off
}

/** The position after the bracket that opens the list's own `items`. */
function findItems(body: Buffer): number | undefined {
  let depth = 0;
  let key = '';
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) {
      const end = endOfString(body, at);
      if (depth === 1 && end - at < 16) key = body.toString('utf8', at + 1, end);
      at = end;
    } else if (byte === COMMA) key = '';
    else if (byte === OPEN_BRACKET && depth === 1 && key === 'items') return at + 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return undefined;
}

/** The position of the quote that ends the string which begins at `start`. */
function endOfString(body: Buffer, start: number): number {
  let end = start;
  for (;;) {
    end = body.indexOf(QUOTE, end + 1);
    if (end === -1) return body.length;
    let backslashes = 0;
    while (body[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}
