import { expect } from 'chai';
import { directoryGlob } from '../../../checkers/argo-cd/git/directory-glob.ts';
import { helmValues } from '../../../checkers/argo-cd/git/helm-values.ts';
import type { HelmSource } from '../../../checkers/argo-cd/application.ts';

/** Glob, names that match, names that do not. */
const GLOBS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['*.yaml', ['a.yaml', 'deep/a.yaml'], ['a.yml']],
  ['{a,b}.yaml', ['a.yaml', 'b.yaml'], ['c.yaml', '{a,b}.yaml']],
  ['{config/*,{x,y}?.json}', ['config/deep/z', 'x1.json', 'y2.json'], ['x.json', 'z1.json']],
  ['**/a.yaml', ['deep/er/a.yaml'], ['a.yaml']],
  ['', [], ['a.yaml']],
];

const VALUES: readonly (readonly [string, HelmSource, unknown])[] = [
  ['text', { values: 'a: {b: 1}\n' }, { a: { b: 1 } }],
  ['an object, which wins over text', { values: 'a: 1', valuesObject: { b: 2 } }, { b: 2 }],
  [
    'parameters over values',
    {
      valuesObject: { image: { tag: 'old', name: 'web' }, list: [{ a: 1 }] },
      parameters: [
        { name: 'image.tag', value: '1.10', forceString: true },
        { name: 'replicas', value: '3' },
        { name: 'on', value: 'true' },
        { name: 'list[0].b', value: 'x' },
        { name: 'new[1]', value: 'y' },
        { name: 'notes.a\\.b', value: 'z' },
        { name: 'none', value: 'null' },
      ],
    },
    {
      image: { tag: '1.10', name: 'web' },
      replicas: 3,
      on: true,
      list: [{ a: 1, b: 'x' }],
      new: [undefined, 'y'],
      notes: { 'a.b': 'z' },
      none: null,
    },
  ],
];

describe('reading what an Application says', () => {
  for (const [glob, inside, outside] of GLOBS) {
    it(`reads the glob ${JSON.stringify(glob)} as Argo CD does`, () => {
      const matches = directoryGlob(glob)!;
      expect([...inside, ...outside].filter(matches)).to.deep.equal(inside);
    });
  }

  for (const glob of ['[ab].yaml', String.raw`\*.yaml`, '{{{{{{{a,b},c},d}', '{a,b}'.repeat(20)]) {
    it(`does not guess at the glob ${glob}`, () => {
      expect(directoryGlob(glob)?.('a.yaml') ?? false).to.equal(false);
    });
  }

  it('is not kept busy by a glob', () => {
    expect(directoryGlob(`${'*a'.repeat(50)}b`)?.('a'.repeat(5000))).to.equal(false);
  });

  for (const [title, source, expected] of VALUES) {
    it(`reads Helm values: ${title}`, () => {
      expect(helmValues(source)).to.deep.equal(expected);
    });
  }

  it('takes names of JavaScript’s for names', () => {
    helmValues({
      parameters: [
        { name: '__proto__.polluted', value: 'yes' },
        { name: 'constructor.prototype.polluted', value: 'yes' },
      ],
    });
    expect(({} as { polluted?: string }).polluted).to.equal(undefined);
  });

  it('refuses values that are no mapping', () => {
    expect(() => helmValues({ values: '[1]' })).to.throw('expected a mapping in YAML');
    expect(() => helmValues({ values: 'a: [' })).to.throw('expected a mapping in YAML');
  });
});
