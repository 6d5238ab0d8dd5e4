import { CheckError, type Json } from '../../src/checker.ts';
import { parseExactJson } from '../../src/diff/exact-json.ts';

export type Step = string | number;

/** A value of a document, and where it stands in it. */
export interface Piece {
  readonly path: readonly Step[];
  readonly value: Json;
}

/** `descend`: its members are pieces of their own; `take`: it is a piece; `skip`: it is read over and not kept. */
export type Handling = 'descend' | 'take' | 'skip';
/** Asked before a value is read. A scalar cannot be descended into. */
export type Handle = (path: readonly Step[], kind: 'object' | 'list' | 'scalar') => Handling;

interface Container {
  readonly kind: 'object' | 'list';
  step: Step;
}

/** A value, or a name, of which the end has not come yet. */
interface Open {
  readonly form: 'string' | 'scalar' | 'container';
  readonly use: 'name' | 'take' | 'skip';
  readonly parts: Buffer[];
  depth: number;
  inString: boolean;
  escaped: boolean;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = Buffer.from('"\\,:') as unknown as readonly [number, number, number, number];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = Buffer.from('{}[]') as unknown as readonly [
  number,
  number,
  number,
  number,
];
const SPACES: ReadonlySet<number> = new Set(Buffer.from(' \n\r\t'));
const ENDS_SCALAR: ReadonlySet<number> = new Set([...SPACES, COMMA, CLOSE_BRACE, CLOSE_BRACKET]);
/** Deeper than any document of a tool. */
const DEEPEST = 1000;

/**
 * Pieces of a JSON document, in its order, in the memory that the largest piece takes. Throws CheckError `bad_output`
 * for what is no JSON; what is skipped need not be any, but for its brackets and strings.
 */
export class PieceReader {
  readonly #handle: Handle;
  readonly #containers: Container[] = [];
  #open: Open | undefined;
  /** `first`: a value or name, or the end of an empty container. */
  #expected: 'value' | 'first' | 'name' | 'colon' | 'next' | 'end' = 'value';
  #bytes = 0;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** The pieces that end in the next part of the document. */
  *read(chunk: Buffer): Generator<Piece> {
    for (let at = 0; at < chunk.length;) {
      if (this.#open === undefined) {
        if (!SPACES.has(chunk[at] ?? 0)) at = this.#begin(chunk, at);
        else at++;
        continue;
      }
      const end = endOf(this.#open, chunk, at);
      if (this.#open.use !== 'skip') this.#open.parts.push(chunk.subarray(at, end ?? chunk.length));
      at = end ?? chunk.length;
      if (end !== undefined) yield* this.#close(this.#open);
    }
    this.#bytes += chunk.length;
  }

  /** To be called, and read to its end, after the last part. */
  *end(): Generator<Piece> {
    if (this.#bytes === 0) throw notJson('got nothing');
    if (this.#open?.form === 'scalar' && this.#containers.length === 0) yield* this.#close(this.#open);
    if (this.#expected !== 'end') throw notJson(`got ${this.#bytes} bytes that are cut off`);
  }

  /** What begins at a byte that is no space; returns where reading goes on. */
  #begin(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    const container = this.#containers.at(-1);
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return this.#leave(byte, at);
    if (this.#expected === 'next' && byte === COMMA) {
      this.#expected = container?.kind === 'object' ? 'name' : 'value';
      if (container !== undefined && typeof container.step === 'number') container.step++;
    } else if (this.#expected === 'colon' && byte === COLON) this.#expected = 'value';
    else if (this.#expected === 'name' || (this.#expected === 'first' && container?.kind === 'object')) {
      if (byte !== QUOTE) throw this.#unexpected(at);
      return this.#start('string', 'name', at);
    } else if (this.#expected === 'value' || this.#expected === 'first') return this.#value(byte, at);
    else throw this.#unexpected(at);
    return at + 1;
  }

  #value(byte: number, at: number): number {
    const kind = byte === OPEN_BRACE ? 'object' : byte === OPEN_BRACKET ? 'list' : 'scalar';
    const handling = this.#handle(this.#path(), kind);
    if (handling === 'descend' && kind !== 'scalar') {
      if (this.#containers.length >= DEEPEST) throw tooDeep();
      this.#containers.push({ kind, step: kind === 'list' ? 0 : '' });
      this.#expected = 'first';
      return at + 1;
    }
    const form = kind === 'scalar' ? (byte === QUOTE ? 'string' : 'scalar') : 'container';
    return this.#start(form, handling === 'skip' ? 'skip' : 'take', at);
  }

  #start(form: Open['form'], use: Open['use'], at: number): number {
    this.#open = { form, use, parts: [], depth: 0, inString: false, escaped: false };
    return at;
  }

  *#close({ form, use, parts }: Open): Generator<Piece> {
    this.#open = undefined;
    const path = this.#path();
    this.#expected = this.#containers.length === 0 ? 'end' : use === 'name' ? 'colon' : 'next';
    if (use === 'skip') return;
    const text = Buffer.concat(parts).toString('utf8');
    // A number alone is read as exactly as one in a list.
    const value = parse(form === 'scalar' ? ` ${text}` : text, use === 'name' ? path.slice(0, -1) : path);
    const container = this.#containers.at(-1);
    if (use === 'take') yield { path, value };
    else if (container !== undefined && typeof value === 'string') container.step = value;
  }

  #leave(byte: number, at: number): number {
    const container = this.#containers.pop();
    const closes = container?.kind === 'object' ? CLOSE_BRACE : CLOSE_BRACKET;
    const mayEnd = this.#expected === 'next' || this.#expected === 'first';
    if (container === undefined || byte !== closes || !mayEnd) throw this.#unexpected(at);
    this.#expected = this.#containers.length === 0 ? 'end' : 'next';
    return at + 1;
  }

  #path(): Step[] {
    return this.#containers.map(({ step }) => step);
  }

  #unexpected(at: number): CheckError {
    return notJson(`got something else at byte ${this.#bytes + at}`);
  }
}

/** Where the open value ends in the chunk (the byte after it); undefined when it goes on after the chunk. */
function endOf(open: Open, chunk: Buffer, from: number): number | undefined {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at] ?? 0;
    if (open.form === 'scalar') {
      if (ENDS_SCALAR.has(byte)) return at;
    } else if (open.inString) {
      if (open.escaped) open.escaped = false;
      else if (byte === BACKSLASH) open.escaped = true;
      else if (byte === QUOTE) {
        open.inString = false;
        if (open.form === 'string') return at + 1;
      }
    } else if (byte === QUOTE) open.inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++open.depth > DEEPEST) throw tooDeep();
    } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --open.depth === 0) return at + 1;
  }
  return undefined;
}

function parse(text: string, path: readonly Step[]): Json {
  try {
    return parseExactJson(text) as Json;
  } catch (error) {
    if (path.length === 0) throw notJson('got something else');
    const what = error instanceof Error ? error.message : String(error);
    throw new CheckError('bad_output', `plan JSON: ${path.join('.')}: ${what}`);
  }
}

function tooDeep(): CheckError {
  return notJson(`got one nested deeper than ${DEEPEST} levels`);
}

function notJson(what: string): CheckError {
  return new CheckError('bad_output', `plan JSON: expected one JSON object, ${what}`);
}
