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
  const joined: Buffer[] = [];
  let first = 0;
  let next = 0;
  for (const block of blocks) {
    const from = next;
    const end = first + block.ends.length;
    while (next < texts.length && (texts[next]?.index ?? end) < end) next++;
    const inside = texts.slice(from, next).filter(({ index, text }) => !text.equals(textAt(block, index - first)));
    if (inside.length > 0) {
      const changed = new Map(inside.map(({ index, text }) => [index, text]));
      for (let at = first; at < end; at++) joined.push(changed.get(at) ?? textAt(block, at - first));
    } else {
      replaced.push(...cut(joined.splice(0)), block);
    }
    first = end;
  }
  replaced.push(...cut(joined));
  return replaced;
}

function textAt({ part, ends }: Block, at: number): Buffer {
  return part.text.subarray(at === 0 ? 0 : ends[at - 1], ends[at]);
}

/** Blocks that grew are split, and neighbours that changed together are joined. */
function cut(texts: readonly Buffer[]): Block[] {
  const blocks: Block[] = [];
  let inside: Buffer[] = [];
  let ends: number[] = [];
  let size = 0;
  for (const [at, text] of texts.entries()) {
    size += text.length;
    inside.push(text);
    ends.push(size);
    if (size < BLOCK_SIZE && at < texts.length - 1) continue;
    blocks.push({ part: new Part(Buffer.concat(inside)), ends });
    [inside, ends, size] = [[], [], 0];
  }
  return blocks;
}
