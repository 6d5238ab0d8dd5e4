import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { changeLines } from '../../src/diff/render-change.ts';
import { durationWords } from '../../src/diff/render-duration.ts';
import { renderMarkdown } from '../../src/diff/render-markdown.ts';
import type { ReportedCheck } from '../../src/diff/render-reported.ts';
import { safeLine, safeText } from '../../src/diff/render-safe-text.ts';
import { renderSummary } from '../../src/diff/render-summary.ts';
import { renderText } from '../../src/diff/render-text.ts';
import type { Change } from '../../src/drift.ts';
import { reportOf } from '../../src/http/check-report.ts';
import { CONFIG_MAP, NOW, smallFleet } from '../http/fleet.ts';

const now = NOW;
const checks = smallFleet()
  .entries()
  .map((entry) => reportOf(entry, now));

function golden(name: string, text: string): void {
  const file = new URL(`golden/${name}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  expect(text).to.equal(readFileSync(file, 'utf8'));
}

describe('Rendering', () => {
  it('as text is as it was', () => golden('fleet.txt', renderText(checks, { now })));
  it('as Markdown is as it was', () => golden('fleet.md', renderMarkdown(checks, { now })));
  it('as a summary is as it was', () =>
    golden('fleet.summary.txt', renderSummary(checks, { now, pageUrl: 'https://drift.example.org/' })));

  const DURATIONS: readonly [number, string][] = [
    [-5, 'less than a second'],
    [0.05, 'less than a second'],
    [1, '1 second'],
    [59.9, '59 seconds'],
    [60, '1 minute'],
    [3661, '1 hour 1 minute'],
    [86_400, '1 day'],
    [183_600, '2 days 3 hours'],
    [14 * 86_400 + 86_400, '2 weeks 1 day'],
  ];
  for (const [seconds, words] of DURATIONS) {
    it(`says ${words} for ${seconds} s`, () => expect(durationWords(seconds)).to.equal(words));
  }

  it('makes control and reordering characters visible', () => {
    expect(safeText('a\u001b[31m\u0000\u202eb\u2028\r\té✓😀\n')).to.equal(
      'a\\u001b[31m\\u0000\\u202eb\\u2028\\u000d\té✓😀\n',
    );
    expect(safeLine('a\tb\nc')).to.equal('a\\tb\\nc');
  });

  it('caps long values and many lines, and says what is missing', () => {
    const value = (text: string): Change['live'] & object => ({ kind: 'known', value: text });
    const lines = changeLines({ op: 'add', path: '/x', desired: value('line\n'.repeat(1000)) });
    expect(lines).to.have.length(42);
    expect(lines.at(-1)).to.deep.equal({ kind: 'note', text: '… 960 more lines' });
    const [, long] = changeLines({ op: 'add', path: '/x', desired: value('x'.repeat(5000)) });
    expect(long?.text).to.match(/… \(4702 more characters\)$/);
  });

  it('finishes with two large texts that have nothing in common', () => {
    const text = (prefix: string): string =>
      Array.from({ length: 20_000 }, (_, index) => `${prefix}${index}`).join('\n');
    const lines = changeLines({
      op: 'replace',
      path: '',
      live: { kind: 'known', value: text('a') },
      desired: { kind: 'known', value: text('b') },
    });
    expect(lines[0]?.text).to.equal('(the whole resource)');
    expect(lines).to.have.length(42);
  });

  it('tells 3 from "3" and a masked change from none', () => {
    const texts = (change: Change): string[] => changeLines(change).map(({ text }) => text);
    expect(
      texts({ op: 'replace', path: '/a', live: { kind: 'known', value: 3 }, desired: { kind: 'known', value: '3' } }),
    ).to.deep.equal(['/a', '3', '"3"']);
    expect(
      texts({ op: 'replace', path: '/a', live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } }),
    ).to.deep.equal(['/a', '(sensitive)', '(sensitive, another value)']);
    expect(texts({ op: 'replace', path: '/a' })).to.deep.equal(['/a', 'the tool tells no values']);
  });

  it('keeps a summary within what a chat message holds, and says how much it left out', () => {
    const many: ReportedCheck[] = Array.from({ length: 500 }, (_, index) => ({
      ...(checks[3] as ReportedCheck),
      check: `c${index}`,
    }));
    const summary = renderSummary(many, { now });
    expect(summary.length).to.be.below(3000);
    expect(summary).to.match(/… and 4\d\d more checks/);
  });

  it('leaves nothing in Markdown or in a summary that acts', () => {
    const hostile = '`` ``` </code><img src=x onerror=alert(1)> [a](javascript:b) @all <!channel> \u202e';
    const check: ReportedCheck = {
      ...(checks[4] as ReportedCheck),
      check: hostile,
      drift: [
        {
          ...CONFIG_MAP,
          address: hostile,
          actor: { name: hostile, class: 'human' },
          changes: [{ op: 'add', path: '/x', desired: { kind: 'known', value: `${hostile}\n\`\`\`\n# head` } }],
        },
      ],
    };
    const markdown = renderMarkdown([check], { now });
    expect(markdown).to.contain('````diff');
    expect(markdown).not.to.contain('\u202e');
    expect(renderSummary([check], { now })).not.to.contain('<!channel>');
  });

  it('never throws and never lets a control character through, whatever the values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.string({ unit: 'binary' }), (live, desired, path) => {
        const change = {
          op: 'replace',
          path: `/${path}`,
          live: { kind: 'known', value: live },
          desired: { kind: 'known', value: desired },
        } as Change;
        for (const { text } of changeLines(change)) {
          // oxlint-disable-next-line no-control-regex -- that is the point
          expect(text).not.to.match(/[\u0000-\u0008\u000b-\u001f\u202e]/);
        }
      }),
      { numRuns: 300 },
    );
  });
});
