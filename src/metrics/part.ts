import { crc32 } from 'node:zlib';
import { crc32Shift } from './crc32.ts';
import type { Deflater } from './deflater.ts';

/** A piece of the exposition that outlives scrapes; deflated once, when a scrape first asks for it. */
export class Part {
  readonly text: Buffer;
  #zipped: Zipped | undefined;

  constructor(text: string | Buffer) {
    this.text = typeof text === 'string' ? Buffer.from(text) : text;
  }

  get zipped(): Zipped | undefined {
    return this.#zipped;
  }

  async zip(deflater: Deflater): Promise<Zipped> {
    const { length } = this.text;
    const deflated = [await deflater.deflate(this.text)];
    this.#zipped ??= { deflated, crc: crc32(this.text), length, shift: crc32Shift(length) };
    return this.#zipped;
  }
}

/** Text as a gzip member needs it. */
export interface Zipped {
  /** To be put together. */
  readonly deflated: readonly Buffer[];
  /** Of the text. */
  readonly crc: number;
  /** Of the text, in bytes. */
  readonly length: number;
  /** What appending it does to a CRC. */
  readonly shift: number;
}
