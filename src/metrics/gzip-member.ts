import { appendCrc32 } from './crc32.ts';
import type { Part } from './part.ts';

/** RFC 1952: deflate, no name, no time, fastest, unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
/** An empty last block. */
const END = Buffer.from([3, 0]);

/** All parts as one gzip member: of several members, `curl --compressed` shows only the first. `pause` is asked often. */
export async function gzipMember(parts: readonly Part[], pause: () => Promise<void> | undefined): Promise<Buffer> {
  const pieces: Buffer[] = [HEADER];
  let crc = 0;
  let length = 0;
  for (const part of parts) {
    const zipped = part.zipped();
    pieces.push(zipped.deflated);
    crc = appendCrc32(crc, zipped.crc, zipped.shift);
    length += part.text.length;
    await pause();
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  return Buffer.concat([...pieces, END, trailer]);
}
