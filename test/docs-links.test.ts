import { expect } from 'chai';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

const pages = globSync('**/*.md', {
  cwd: ROOT,
  exclude: (path) => /(^|\/)(node_modules|dist|coverage|data|tmp|recordings|fixtures)$/.test(path),
}).toSorted();

/** The page without code, where brackets are not links. */
function prose(text: string): string {
  return text
    .replaceAll(/^( {0,3})(`{3,}|~{3,})[\s\S]*?^\1\2[`~]*[ \t]*$/gm, '')
    .replaceAll(/^( {4}|\t).*$/gm, '')
    .replaceAll(/(`+)[^`][\s\S]*?\1/g, 'code');
}

/** As GitHub makes them: lower case, without punctuation, dashes for spaces, numbered when they come again. */
function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = [...text.replaceAll(/^(`{3,})[\s\S]*?^\1/gm, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)];
  return new Set(
    headings.map(([, heading = '']) => {
      const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const anchor = plain.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
      const times = seen.get(anchor) ?? 0;
      seen.set(anchor, times + 1);
      return times === 0 ? anchor : `${anchor}-${times}`;
    }),
  );
}

function linksOf(text: string): readonly string[] {
  const inline = [...prose(text).matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...prose(text).matchAll(/^\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)/gm)];
  const html = [...prose(text).matchAll(/<(?:a|img)[^>]*?(?:href|src|srcset)="([^"]+)"/g)];
  return [...inline, ...references, ...html].map(([, target = '']) => target);
}

function problemOf(page: string, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const [path = '', anchor] = decodeURIComponent(target).split('#');
  const file = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
  if (relative(ROOT, file).startsWith('..')) return `${target}: leads out of the repository`;
  if (!existsSync(file)) return `${target}: there is no ${relative(ROOT, file)}`;
  if (anchor === undefined || !file.endsWith('.md') || statSync(file).isDirectory()) return undefined;
  return anchorsOf(readFileSync(file, 'utf8')).has(anchor) ? undefined : `${target}: no such heading`;
}

describe('links in the documentation', () => {
  it('are looked for', () => {
    expect(pages).to.include.members(['README.md', 'docs/sources.md']);
    expect(linksOf('[a](b.md) `[c](d.md)`\n\n    [e](f.md)\n\n[g]: h.md "title"\n<img src="i.png">')).to.deep.equal([
      'b.md',
      'h.md',
      'i.png',
    ]);
    expect(problemOf('README.md', 'docs/nowhere.md')).to.equal('docs/nowhere.md: there is no docs/nowhere.md');
    expect(problemOf('docs/sources.md', '#no-such-heading')).to.equal('#no-such-heading: no such heading');
    expect([...anchorsOf('# A `b_c`: d/e\n## [F](g)\n## F\n')]).to.deep.equal(['a-b_c-de', 'f', 'f-1']);
  });

  for (const page of pages) {
    it(`lead somewhere: ${page}`, () => {
      const problems = linksOf(readFileSync(join(ROOT, page), 'utf8')).map((target) => problemOf(page, target));
      expect(problems.filter((problem) => problem !== undefined)).to.deep.equal([]);
    });
  }
});
