import { expect } from 'chai';
import { lastLines } from '../../src/diff/last-lines.ts';

describe('the last lines of a text', () => {
  const cases: readonly (readonly [string, string, { readonly lines: number; readonly characters: number }, string])[] =
    [
      ['are those asked for', 'a\nb\nc\n', { lines: 2, characters: 100 }, 'b\nc'],
      ['are all when there are fewer', 'a\nb', { lines: 9, characters: 100 }, 'a\nb'],
      ['are fewer where they would be too long', 'password=abc\nlast', { lines: 9, characters: 10 }, 'last'],
      [
        'are the front of the last where that alone is too long',
        'x\npassword=abcdef',
        { lines: 9, characters: 12 },
        'password=abc',
      ],
      ['of nothing are nothing', '\n\n', { lines: 9, characters: 10 }, ''],
    ];
  for (const [title, text, limit, expected] of cases)
    it(title, () => {
      expect(lastLines(text, limit)).to.equal(expected);
    });
});
