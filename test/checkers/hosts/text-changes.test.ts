import { expect } from 'chai';
import { preparedChanges, textChanges } from '../../../checkers/hosts/text-changes.ts';
import type { Change } from '../../../src/drift.ts';

const flat = (changes: readonly Change[]): unknown[] =>
  changes.map(({ op, path, live, desired }) => [
    op,
    path,
    live?.kind === 'known' ? live.value : live?.kind,
    desired?.kind === 'known' ? desired.value : desired?.kind,
  ]);
const lines = (count: number, at: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: count }, (_, index) => `${at[index + 1] ?? `line ${index + 1}`}\n`).join('');

describe('hosts: text changes', () => {
  it('equal texts have none', () => {
    expect(textChanges({ live: 'a\n', desired: 'a\n' })).to.deep.equal([]);
  });

  it('a hunk is a change at its line, with its context on both sides', () => {
    const changes = textChanges({ live: lines(20), desired: lines(20, { 4: 'four', 15: 'fifteen' }) });
    expect(flat(changes)).to.deep.equal([
      ['replace', '/content/2', 'line 2\nline 3\nline 4\nline 5\nline 6\n', 'line 2\nline 3\nfour\nline 5\nline 6\n'],
      [
        'replace',
        '/content/13',
        'line 13\nline 14\nline 15\nline 16\nline 17\n',
        'line 13\nline 14\nfifteen\nline 16\nline 17\n',
      ],
    ]);
  });

  it('a text that appears or goes is one change', () => {
    expect(flat(textChanges({ live: '', desired: 'a\nb' }))).to.deep.equal([['add', '/content', undefined, 'a\nb']]);
    expect(flat(textChanges({ live: 'a\n', desired: '' }))).to.deep.equal([['remove', '/content', 'a\n', undefined]]);
  });

  it('a missing last line end is a difference', () => {
    expect(flat(textChanges({ live: 'a\nb', desired: 'a\nb\n' }))).to.deep.equal([
      ['replace', '/content/1', 'a\nb', 'a\nb\n'],
    ]);
  });

  it('takes a prefix, and CRLF as it is', () => {
    const [change] = textChanges({ live: 'a\r\n', desired: 'a\n', path: ['/etc/x', 'content'] });
    expect(change?.path).to.equal('/~1etc~1x/content/1');
  });

  it('a secret that changes is hidden on both sides, and told apart', () => {
    const changes = textChanges({ live: 'user a\npassword = old\n', desired: 'user a\npassword = new\n' });
    expect(flat(changes)).to.deep.equal([
      ['replace', '/content/1', 'user a\npassword = (sensitive)\n', 'user a\npassword = (sensitive, differs)\n'],
    ]);
  });

  it('the middle of a private key is hidden, though its ends are equal', () => {
    const key = (fill: string): string =>
      `-----BEGIN RSA PRIVATE KEY-----\n${`${fill}\n`.repeat(30)}-----END RSA PRIVATE KEY-----\n`;
    const text = JSON.stringify(textChanges({ live: key('Abc1'), desired: key('Xyz2') }));
    expect(text).to.include('/content');
    expect(text).not.to.match(/Abc1|Xyz2/);
  });

  it('where only one side is recognised as secret, the other is hidden too', () => {
    const changes = textChanges({ live: 'x hunter2\n', desired: 'x (sensitive)\n' });
    expect(flat(changes)).to.deep.equal([['replace', '/content/1', 'sensitive', 'x (sensitive)\n']]);
  });

  it('files that are secret as a whole show nothing', () => {
    for (const file of ['/etc/shadow', '/root/.ssh/id_ed25519', '/etc/ssl/private/a.key', '/home/x/.pgpass']) {
      const changes = textChanges({ live: 'a', desired: 'b', file });
      expect(flat(changes), file).to.deep.equal([['replace', '/content', 'sensitive', 'sensitive']]);
    }
  });

  it('two texts of nothing in common are one change, cut at a bearable length', () => {
    const [change, ...more] = textChanges({ live: lines(9000), desired: lines(9000).replaceAll('line', 'other') });
    expect(more).to.deep.equal([]);
    expect(JSON.stringify(change).length).to.be.below(40_000);
    expect(JSON.stringify(change)).to.match(/more characters/);
  });

  it('reads a unified diff that a tool prepared', () => {
    const prepared = '--- a/x\n+++ b/x\n@@ -3,3 +3,3 @@\n one\n-token: old\n+token: new\n three\n';
    expect(flat(preparedChanges(prepared))).to.deep.equal([
      ['replace', '/content/3', 'one\ntoken: (sensitive)\nthree\n', 'one\ntoken: (sensitive, differs)\nthree\n'],
    ]);
  });

  it('shows another prepared text as it is', () => {
    expect(flat(preparedChanges('The following packages will be upgraded: curl\n'))).to.deep.equal([
      ['replace', '/content', undefined, 'The following packages will be upgraded: curl\n'],
    ]);
    expect(preparedChanges(' \n')).to.deep.equal([]);
  });
});
