import { constants, crc32, deflateRawSync } from 'node:zlib';
import { crc32Shift } from './crc32.ts';

/** A piece of the exposition that outlives scrapes; deflated once, when a scrape first asks for it. */
export class Part {
  readonly text: Buffer;
  #zipped: ZippedPart | undefined;

  constructor(text: string | Buffer) {
    this.text = typeof text === 'string' ? Buffer.from(text) : text;
  }

  zipped(): ZippedPart {
    this.#zipped ??= zip(this.text);
    return this.#zipped;
  }
}

/** What a gzip member needs of a part. */
export interface ZippedPart {
  /** Raw deflate, byte-aligned and not final: it refers to nothing before it, so that anything may stand around it. */
  readonly deflated: Buffer;
  readonly crc: number;
  readonly shift: number;
}

function zip(text: Buffer): ZippedPart {
  const deflated = deflateRawSync(text, { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_FULL_FLUSH });
  // A copy: what zlib gives back is a view of a much larger buffer.
  return { deflated: Buffer.from(deflated), crc: crc32(text), shift: crc32Shift(text.length) };
}
