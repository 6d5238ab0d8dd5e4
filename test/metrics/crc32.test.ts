import { expect } from 'chai';
import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { appendCrc32, crc32Shift } from '../../src/metrics/crc32.ts';

describe('the CRC-32 of texts put together', () => {
  it('is made from the CRC-32 of each', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, bytes, (before, after) => {
        const combined = appendCrc32(crc32(before), crc32(after), crc32Shift(after.length));
        expect(combined).to.equal(crc32(Buffer.concat([before, after])));
      }),
    );
  });

  it('is right beyond 16 MiB', () => {
    const [before, after] = [Buffer.from('before'), Buffer.alloc(2 ** 24 + 3, 'after')];
    expect(appendCrc32(crc32(before), crc32(after), crc32Shift(after.length))).to.equal(
      crc32(Buffer.concat([before, after])),
    );
  });
});
