import { Part } from './part.ts';

/** The sample lines of one metric for neighbouring checks. */
export interface Block {
  readonly part: Part;
  /** Where the text of each check ends, in bytes. */
  readonly ends: readonly number[];
}

export interface CheckText {
  /** The place of the check among all. */
  readonly index: number;
  readonly text: Buffer;
}

/** Large enough to deflate well, small enough to deflate anew when one check in it changed. Bytes. */
const BLOCK_SIZE = 32 * 1024;

/** About what a block holds. One that held all would be taken apart and put together for each few checks of a start. */
const CHECKS_IN_BLOCK = 256;

/** The blocks of a metric before any text, for so many checks. */
export function emptyBlocks(checks: number): readonly Block[] {
  return Array.from({ length: Math.max(1, Math.ceil(checks / CHECKS_IN_BLOCK)) }, (_, at) => {
    const inside = Math.min(CHECKS_IN_BLOCK, checks - at * CHECKS_IN_BLOCK);
    return { part: new Part(''), ends: Array.from({ length: inside }, () => 0) };
  });
}

/** With new texts of some checks, by ascending index. A block stays the same object when nothing in it differs. */
export function replaceTexts(blocks: readonly Block[], texts: readonly CheckText[]): readonly Block[] {
  const replaced: Block[] = [];
  let joined = nothing();
  let first = 0;
  let next = 0;
  for (const block of blocks) {
    const from = next;
    const end = first + block.ends.length;
    while (next < texts.length && (texts[next]?.index ?? end) < end) next++;
    const inside = texts
      .slice(from, next)
      .map(({ index, text }) => ({ at: index - first, text }))
      .filter(({ at, text }) => !text.equals(textsOf(block, at, at + 1)));
    if (inside.length > 0) join(joined, block, inside);
    else {
      replaced.push(...cut(joined), block);
      joined = nothing();
    }
    first = end;
  }
  replaced.push(...cut(joined));
  return replaced;
}

/** Blocks that changed, one after the other. */
interface Joined {
  readonly pieces: Buffer[];
  /** Of the text of each check, in bytes. */
  readonly sizes: number[];
}

function nothing(): Joined {
  return { pieces: [], sizes: [] };
}

/** What stays is copied as a whole between two texts that change: a block has hundreds of small ones. */
function join(
  { pieces, sizes }: Joined,
  block: Block,
  changed: readonly { readonly at: number; readonly text: Buffer }[],
): void {
  const before = sizes.length;
  for (const [at, end] of block.ends.entries()) sizes.push(end - startOf(block, at));
  let from = 0;
  for (const { at, text } of changed) {
    pieces.push(textsOf(block, from, at), text);
    sizes[before + at] = text.length;
    from = at + 1;
  }
  pieces.push(textsOf(block, from, block.ends.length));
}

function textsOf(block: Block, from: number, to: number): Buffer {
  return block.part.text.subarray(startOf(block, from), startOf(block, to));
}

function startOf({ ends }: Block, at: number): number {
  return at === 0 ? 0 : (ends[at - 1] ?? 0);
}

/** Blocks that grew are split, and neighbours that changed together are joined. */
function cut({ pieces, sizes }: Joined): Block[] {
  const text = Buffer.concat(pieces);
  const blocks: Block[] = [];
  let [start, end] = [0, 0];
  let ends: number[] = [];
  for (const [at, size] of sizes.entries()) {
    end += size;
    ends.push(end - start);
    if (end - start < BLOCK_SIZE && at < sizes.length - 1) continue;
    blocks.push({ part: new Part(ownText(text, start, end)), ends });
    [start, ends] = [end, []];
  }
  return blocks;
}

/** A part of it keeps the whole alive: a copy does not. */
function ownText(text: Buffer, start: number, end: number): Buffer {
  return end - start === text.length ? text : Buffer.from(text.subarray(start, end));
}
