import { expect } from 'chai';
import fc from 'fast-check';
import { emptyBlocks, replaceTexts, type Block } from '../../src/metrics/blocks.ts';

const CHECKS = 60;
const text = fc
  .tuple(fc.nat(255), fc.constantFrom(0, 1, 100, 5000, 100_000))
  .map(([byte, size]) => Buffer.alloc(size, byte));
const changes = fc
  .uniqueArray(fc.tuple(fc.nat(CHECKS - 1), text), { selector: ([index]) => index, maxLength: CHECKS })
  .map((list) => list.map(([index, text]) => ({ index, text })).toSorted((a, b) => a.index - b.index));

const bytesOf = (blocks: readonly Block[]): Buffer => Buffer.concat(blocks.map(({ part }) => part.text));

describe('blocks', () => {
  it('hold the newest text of each check in order, however they were changed', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 6 }), (steps) => {
        const expected = Array.from({ length: CHECKS }, () => Buffer.alloc(0));
        let blocks = emptyBlocks(CHECKS);
        for (const step of steps) {
          for (const { index, text } of step) expected[index] = text;
          blocks = replaceTexts(blocks, step);
          expect(bytesOf(blocks).equals(Buffer.concat(expected))).to.equal(true);
          expect(blocks.flatMap(({ ends }) => ends)).to.have.length(CHECKS);
        }
      }),
      { numRuns: 60 },
    );
  });

  const filled = replaceTexts(
    emptyBlocks(CHECKS),
    Array.from({ length: CHECKS }, (_, index) => ({ index, text: Buffer.alloc(10_000, index) })),
  );

  it('are small enough to deflate anew, and large enough to deflate well', () => {
    expect(filled.slice(0, -1).map(({ part }) => part.text.length)).to.satisfy((sizes: readonly number[]) =>
      sizes.every((size) => size >= 32_768 && size < 50_000),
    );
  });

  it('stay the same objects where nothing changed, and where a check says the same again', () => {
    const changed = replaceTexts(filled, [
      { index: 0, text: Buffer.alloc(10_000, 0) },
      { index: 30, text: Buffer.from('new') },
    ]);
    expect(changed.filter((block) => !filled.includes(block))).to.have.length(1);
    expect(replaceTexts(filled, [])).to.deep.equal(filled);
  });

  it('are joined again when what they hold shrank', () => {
    const empty = Array.from({ length: CHECKS }, (_, index) => ({ index, text: Buffer.from('x') }));
    expect(replaceTexts(filled, empty)).to.have.length(1);
  });
});
