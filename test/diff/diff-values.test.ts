import { isDeepStrictEqual } from 'node:util';
import deepDiff from 'deep-diff';
import { expect } from 'chai';
import fc from 'fast-check';
import { diffValues } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import type { Json } from '../../src/drift.ts';

const json = fc
  .jsonValue({ maxDepth: 4 })
  .filter((value) => !JSON.stringify(value).includes('"__proto__"')) as fc.Arbitrary<Json>;

/** Two values that have most in common. */
const alike = fc.tuple(json, json, fc.nat(30)).map(([one, other, at]): [Json, Json] => {
  let left = at;
  const replaced = (value: Json): Json => {
    if (left-- === 0) return other;
    if (Array.isArray(value)) return (value as Json[]).map(replaced);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner)]));
  };
  return [one, replaced(one)];
});

/** What deep-diff says of the whole, in our words. */
function whole(live: Json, desired: Json): { op: string; path: string }[] {
  const ops = { N: 'add', D: 'remove', E: 'replace' } as const;
  return (deepDiff.diff(live, desired) ?? []).map((difference) => {
    const path = (difference.path ?? []) as (string | number)[];
    if (difference.kind !== 'A') return { op: ops[difference.kind], path: toPointer(path) };
    return { op: ops[difference.item.kind as 'N'], path: toPointer([...path, difference.index]) };
  });
}

/** As JSON has it: it does not tell -0 from 0. */
const plain = (value: Json): unknown => JSON.parse(JSON.stringify(value));

describe('diffValues', () => {
  it('finds what deep-diff finds in the whole, in its order', () => {
    fc.assert(
      fc.property(fc.oneof(alike, fc.tuple(json, json)), ([live, desired]) => {
        fc.pre(!JSON.stringify([live, desired]).includes('"":')); // which deep-diff overlooks
        const found = diffValues(live, desired).map(({ op, path }) => ({ op, path }));
        expect(found).to.deep.equal(whole(live, desired));
      }),
      { numRuns: 500 },
    );
  });

  it('finds something wherever two values differ', () => {
    fc.assert(
      fc.property(fc.oneof(alike, fc.tuple(json, json)), ([live, desired]) => {
        expect(diffValues(live, desired).length > 0).to.equal(!isDeepStrictEqual(plain(live), plain(desired)));
      }),
      { numRuns: 500 },
    );
    expect(diffValues([{ '': 1 }], [{ '': 2 }])).to.have.lengthOf(1);
    expect(diffValues({ '': 1 }, {})).to.have.lengthOf(1);
  });

  it('finds nothing between equal values, whatever the order of their keys', () => {
    const turned = (value: Json): Json => {
      if (Array.isArray(value)) return (value as Json[]).map(turned);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, inner]) => [key, turned(inner)]),
      );
    };
    fc.assert(
      fc.property(json, (value) => {
        expect(diffValues(value, turned(value))).to.deep.equal([]);
      }),
    );
  });

  it('takes a key of a prototype for a key', () => {
    const live = JSON.parse('{"a":{"__proto__":1},"constructor":1}') as Json;
    const desired = JSON.parse('{"a":{},"toString":2}') as Json;
    expect(diffValues(live, desired).map(({ op, path }) => `${op} ${path}`)).to.deep.equal([
      'remove /a/__proto__',
      'remove /constructor',
      'add /toString',
    ]);
  });
});
