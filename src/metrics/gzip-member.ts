import { appendCrc32, crc32Shift } from './crc32.ts';
import type { Deflater } from './deflater.ts';
import type { Part, Zipped } from './part.ts';

/** RFC 1952: deflate, no name, no time, fastest, unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
/** An empty last block. */
const END = Buffer.from([3, 0]);

/** All texts as one gzip member, in pieces: of several members, `curl --compressed` shows only the first. */
export function gzipMember(texts: readonly Zipped[]): readonly Buffer[] {
  const { crc, length } = sumOf(texts);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  return [HEADER, ...texts.flatMap(({ deflated }) => deflated), END, trailer];
}

/** One text of many parts; only those that are new are deflated. */
export async function zipAll(parts: readonly Part[], deflater: Deflater): Promise<Zipped> {
  const zipped: Zipped[] = [];
  for (const part of parts) zipped.push(part.zipped ?? (await part.zip(deflater)));
  const { crc, length } = sumOf(zipped);
  return { deflated: zipped.flatMap(({ deflated }) => deflated), crc, length, shift: crc32Shift(length) };
}

function sumOf(texts: readonly Zipped[]): { readonly crc: number; readonly length: number } {
  return texts.reduce(
    (sum, { crc, length, shift }) => ({ crc: appendCrc32(sum.crc, crc, shift), length: sum.length + length }),
    { crc: 0, length: 0 },
  );
}
