import { expect } from 'chai';
import fc from 'fast-check';
import { PieceReader, type Handle, type Piece, type Step } from '../../../checkers/terraform/piece-reader.ts';
import type { Json } from '../../../src/checker.ts';
import { parseExactJson } from '../../../src/diff/exact-json.ts';

/** Descends into what is nested less deep than this. */
const downTo =
  (depth: number): Handle =>
  (path, kind) =>
    kind !== 'scalar' && path.length < depth ? 'descend' : 'take';

function pieces(text: string, handle: Handle, chunkBytes = Infinity): Piece[] {
  const reader = new PieceReader(handle);
  const found: Piece[] = [];
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += Math.min(chunkBytes, bytes.length))
    found.push(...reader.read(bytes.subarray(at, at + chunkBytes)));
  return [...found, ...reader.end()];
}

/** The same pieces, of a document that was parsed whole. */
function expected(value: Json, depth: number, path: readonly Step[] = []): Piece[] {
  if (typeof value !== 'object' || value === null || path.length >= depth) return [{ path, value }];
  const members: [Step, Json][] = Array.isArray(value)
    ? (value as Json[]).map((item, at) => [at, item])
    : Object.entries(value);
  return members.flatMap(([step, inner]) => expected(inner, depth, [...path, step]));
}

describe('PieceReader', () => {
  it('gives the pieces of the whole document, wherever it is cut into parts, however it is spaced', () => {
    const spaces = fc.constantFrom(undefined, 1, '\t', '\n  ');
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        spaces,
        fc.nat(4),
        fc.integer({ min: 1, max: 9 }),
        (value, space, depth, bytes) => {
          const text = JSON.stringify(value, undefined, space);
          const parsed = parseExactJson(text) as Json;
          const root = typeof parsed === 'object' && parsed !== null ? downTo(depth) : downTo(0);
          expect(pieces(text, root, bytes)).to.deep.equal(expected(parsed, depth));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('refuses whatever the whole parse refuses, when it keeps everything', () => {
    const injured = fc
      .tuple(
        fc.jsonValue({ maxDepth: 4 }),
        fc.nat(200),
        fc.constantFrom('{', '}', '[', ']', '"', ',', ':', 'x', '1', ' '),
        fc.boolean(),
      )
      .map(([value, at, other, inserts]) => {
        const text = JSON.stringify(value);
        return text.slice(0, at) + other + text.slice(inserts ? at : at + 1);
      });
    fc.assert(
      fc.property(injured, fc.nat(3), (text, depth) => {
        expect(isRefused(() => pieces(text, downTo(depth)))).to.equal(isRefused(() => JSON.parse(text) as Json));
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps nothing of what is skipped, and goes on behind it', () => {
    const text = '{"a":{"x":["}",{"\\"":"]"}]},"b":"s\\"kip","c":-1.5e3,"d":[1,{"e":true}],"f":null}';
    const found = pieces(text, (path) => (path.length === 0 ? 'descend' : path[0] === 'd' ? 'take' : 'skip'), 3);
    expect(found).to.deep.equal([{ path: ['d'], value: [1, { e: true }] }]);
  });

  it('keeps all digits', () => {
    expect(pieces('{"a":{"id":12345678901234567890}}', downTo(1))).to.deep.equal([
      { path: ['a'], value: { id: '12345678901234567890' } },
    ]);
  });

  it('says where, and quotes nothing', () => {
    const said = (text: string): string => {
      try {
        pieces(text, downTo(1));
        return 'nothing';
      } catch (error) {
        return String(error);
      }
    };
    expect(said('{"a": secret}'))
      .to.match(/plan JSON: a: /)
      .and.not.contain('secret');
    expect(said('{"a": 1 secret')).to.match(/expected one JSON object, got something else at byte 8$/);
    expect(said('{"a": "secret')).to.match(/got 13 bytes that are cut off$/);
    expect(said(`{"a":${'['.repeat(5000)}`)).to.match(/nested deeper than 1000 levels$/);
  });
});

function isRefused(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch {
    return true;
  }
}
