import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { constants, inflateRawSync } from 'node:zlib';
import { createDeflater } from '../../src/metrics/deflater.ts';

describe('deflating in one stream', () => {
  it('gives each text its own bytes, though asked for all at once, empty or too random to shrink', async () => {
    const deflater = createDeflater();
    const texts = [randomBytes(1_000_000), Buffer.alloc(0), Buffer.alloc(100_000, 'a'), randomBytes(70_000)];
    const deflated = await Promise.all(texts.map((text) => deflater.deflate(text)));
    deflater.close();
    for (const [at, text] of texts.entries()) {
      const inflated = inflateRawSync(deflated[at] ?? '', { finishFlush: constants.Z_SYNC_FLUSH });
      expect(inflated.equals(text), `text ${at}`).to.equal(true);
    }
  });

  it('refuses after it was closed', async () => {
    const deflater = createDeflater();
    deflater.close();
    const outcome = await deflater.deflate(Buffer.from('x')).then(
      () => 'deflated',
      (error: unknown) => String(error),
    );
    expect(outcome).to.include('destroyed');
  });
});
