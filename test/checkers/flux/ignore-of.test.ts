import { expect } from 'chai';
import { ignoreOf } from '../../../checkers/flux/git/ignore-of.ts';
import { isCheckError } from '../../../src/checker.ts';

const OBJECTS = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels: { tier: 'front' } },
  },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'shop', annotations: { x: 'y' } } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web.config', namespace: 'other' } },
].map((object) => ({ object }));

/** The target of a rule, and the names of the objects that it is about; or why it is not understood. */
const TARGETS: readonly (readonly [object | undefined, readonly string[] | RegExp])[] = [
  [undefined, ['web', 'db', 'web.config']],
  [{ kind: 'Deployment' }, ['web']],
  [{ kind: 'Deployment|StatefulSet' }, ['web', 'db']],
  [{ kind: '(Deployment|ConfigMap)' }, ['web', 'web.config']],
  [{ group: 'apps', version: 'v1', name: '^w.*$' }, ['web']],
  [{ name: String.raw`web\.config` }, ['web.config']],
  [{ name: 'we' }, []],
  [{ namespace: 'shop' }, ['web', 'db']],
  [{ labelSelector: 'tier in (front,back)' }, ['web']],
  [{ annotationSelector: 'x=y' }, ['db']],
  [{ name: 'w(e|o)b+' }, /ignore\[0\] is not understood: the expression "w\(e\|o\)b\+"/],
  [{ labelSelector: 'a b' }, /expected a label selector/],
];

describe('what Flux is told to ignore', () => {
  for (const [target, expected] of TARGETS) {
    it(`reads ${JSON.stringify(target)}`, () => {
      const read = (): unknown[] =>
        ignoreOf([{ paths: ['/spec/replicas'], ...(target !== undefined && { target }) }], OBJECTS).map(
          ({ name }) => name,
        );
      if (expected instanceof RegExp) expect(read).to.throw(expected);
      else expect(read()).to.deep.equal(expected);
    });
  }

  it('refuses what is no JSON Pointer, as what it cannot do', () => {
    try {
      ignoreOf([{ paths: ['spec.replicas'] }], OBJECTS);
      expect.fail('it was read');
    } catch (error) {
      expect(isCheckError(error) && error.reason).to.equal('unsupported');
    }
  });
});
