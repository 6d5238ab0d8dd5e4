import { expect } from 'chai';
import { CheckError } from '../../../../src/checker.ts';
import { parseExactJson } from '../../../../src/diff/exact-json.ts';
import { readList, sliceItems } from '../../../../checkers/kubernetes/live/read-list.ts';

const KIND = { apiVersion: 'v1', kind: 'ConfigMap' };

describe('reading a page of a LIST', () => {
  const lists: readonly (readonly [string, string])[] = [
    ['no items', '{"kind":"L","metadata":{},"items":[]}'],
    ['items before everything else', '{"items":[{"metadata":{"name":"a"}}],"metadata":{"continue":"x"}}'],
    [
      'strings that look like structure',
      '{"metadata":{"selfLink":"}],{\\"items\\":["},"items":[{"metadata":{"name":"a"},"d":"]}\\\\"},{"metadata":{"name":"\\"}"}}]}',
    ],
    [
      'another key called items deeper',
      '{"metadata":{"items":[1]},"items":[{"metadata":{"name":"a"},"items":[{"b":[]}]}]}',
    ],
    ['a value that says items', '{"kind":"items","x":["a"],"items":[{"metadata":{"name":"a"}}]}'],
    [
      'space everywhere',
      '{ "items" :\n [ {"metadata": {"name":"a"} } ,\n {"metadata": {"name":"b"}} ] , "kind" : "L" }',
    ],
    ['text beyond ASCII', '{"items":[{"metadata":{"name":"ä€😀"}}],"kind":"ü"}'],
  ];
  for (const [title, text] of lists) {
    it(`cuts ${title} as JSON.parse reads it`, () => {
      const body = Buffer.from(text);
      const cut = sliceItems(body);
      const items = cut?.items.map(({ start, end }) => JSON.parse(body.toString('utf8', start, end)) as unknown);
      const whole = JSON.parse(text) as { items: unknown[] };
      expect(items).to.deep.equal(whole.items);
      expect(JSON.parse(cut?.head ?? '')).to.deep.equal({ ...whole, items: [] });
    });
  }

  it('reads a page too large to be parsed in one go', () => {
    const items = Array.from({ length: 300 }, (_, index) => ({
      metadata: { name: `n${index}` },
      data: 'x'.repeat(40_000),
    }));
    const body = Buffer.from(JSON.stringify({ metadata: { continue: 'more' }, items }));
    const page = readList(body, KIND);
    expect(page.continueToken).to.equal('more');
    expect(Array.from(page.items, ({ metadata }) => metadata.name)).to.deep.equal(
      items.map(({ metadata }) => metadata.name),
    );
  });

  it('takes null items for none, as the API server writes them', () => {
    expect([...readList(Buffer.from('{"metadata":{},"items":null}'), KIND).items]).to.deep.equal([]);
  });

  it('says of every item what it is', () => {
    const [item] = readList(Buffer.from('{"items":[{"metadata":{"name":"a"}}]}'), KIND).items;
    expect(item).to.include(KIND);
  });

  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '<html>',
    '{"items":{}}',
    '{"items":[{"metadata":{"name":"a"}}',
    '{"kind":"Status"}',
  ]) {
    it(`refuses ${text || 'nothing'}`, () => {
      expect(() => readList(Buffer.from(text), KIND)).to.throw();
    });
  }

  for (const item of ['null', '1', '[]', '{}', '{"metadata":null}', '{"metadata":{"name":1}}']) {
    it(`refuses the item ${item}`, () => {
      expect(() => [...readList(Buffer.from(`{"items":[${item}]}`), KIND).items]).to.throw(CheckError, 'metadata.name');
    });
  }

  it('keeps every digit of large integers, and nothing else as text', () => {
    const text =
      '{"a":9007199254740993,"b":[-9223372036854775808, 1],"c":1.5e300,"d":"9007199254740993","e":9007199254740991}';
    expect(parseExactJson(text)).to.deep.equal({
      a: '9007199254740993',
      b: ['-9223372036854775808', 1],
      c: 1.5e300,
      d: '9007199254740993',
      e: 9_007_199_254_740_991,
    });
  });
});
