import { expect } from 'chai';
import { kubernetesOptions } from '../../../../checkers/kubernetes/options.ts';
import { ignoreRuleErrors, type IgnoreDifference } from '../../../../checkers/kubernetes/ignore/ignore-rules.ts';
import { parseJqPath } from '../../../../checkers/kubernetes/ignore/jq-path.ts';
import { toPointer } from '../../../../src/diff/json-pointer.ts';
import { comparing, owner, pathsOf } from './comparing.ts';

const deployment = (fields: string, metadata = ''): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop${metadata}}\nspec: {replicas: ${fields}}\n`;
const GIT = deployment("3, template: {spec: {containers: [{name: a, image: 'a:1'}, {name: b, image: 'b:1'}]}}");
const LIVE = deployment("5, template: {spec: {containers: [{name: b, image: 'b:2'}, {name: a, image: 'a:2'}]}}");
const A = '/spec/template/spec/containers/1/image';
const B = '/spec/template/spec/containers/0/image';
const ALL = ['/spec/replicas', A, B];
const rule = (fields: Partial<IgnoreDifference>): IgnoreDifference => ({
  group: 'apps',
  kind: 'Deployment',
  ...fields,
});

describe("Argo CD's ignoreDifferences", () => {
  const RULES: readonly (readonly [string, IgnoreDifference, readonly string[]])[] = [
    ['a JSON Pointer', rule({ jsonPointers: ['/spec/replicas'] }), [A, B]],
    ['a JSON Pointer around', rule({ jsonPointers: ['/spec/template'] }), ['/spec/replicas']],
    ['a pointer in the live order', rule({ jsonPointers: [B] }), ['/spec/replicas', A]],
    [
      'jq',
      rule({ jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "a") | .image'] }),
      ['/spec/replicas', B],
    ],
    ['jq for all items', rule({ jqPathExpressions: ['.spec.template.spec.containers[].image'] }), ['/spec/replicas']],
    ['a field manager', rule({ managedFieldsManagers: ['scaler'] }), [A, B]],
    ['a glob of groups and kinds', { group: '*', kind: '*', jsonPointers: ['/spec'] }, []],
    ['a name', rule({ name: 'web', namespace: 'shop', jsonPointers: ['/spec'] }), []],
    ['another name', rule({ name: 'api', jsonPointers: ['/spec'] }), ALL],
    ['another namespace', rule({ namespace: 'other-*', jsonPointers: ['/spec'] }), ALL],
    ['another kind', rule({ kind: 'StatefulSet', jsonPointers: ['/spec'] }), ALL],
    ['a prefix that is not the field', rule({ jsonPointers: ['/spec/replica'] }), ALL],
  ];
  for (const [title, one, left] of RULES) {
    it(`takes ${title}`, async () => {
      const owners = [owner('scaler', ['spec replicas'])];
      const comparison = await comparing({ git: GIT, live: LIVE, owners, options: { ignore_differences: [one] } });
      expect(pathsOf(comparison)).to.have.members([...left]);
    });
  }

  it('says which rule cannot be read, and why', () => {
    const rules = [rule({ jsonPointers: ['/ok', 'spec'], jqPathExpressions: ['.a | tojson', '.a[', '.b $'] })];
    expect(ignoreRuleErrors(rules)).to.deep.equal([
      {
        path: [0, 'jsonPointers', 1],
        message: 'expected a JSON Pointer such as /spec/replicas, got "spec"',
      },
      {
        path: [0, 'jqPathExpressions', 0],
        message: 'the jq function tojson cannot be used in a path expression here: ".a | tojson"',
      },
      {
        path: [0, 'jqPathExpressions', 1],
        message: 'expected a path such as .spec.replicas, got the end in ".a["',
      },
      { path: [0, 'jqPathExpressions', 2], message: 'unexpected "$" in ".b $"' },
    ]);
    const { error } = kubernetesOptions.safeParse({ manifests: 'git', ignore_differences: rules });
    expect(error?.issues.map(({ path }) => path.join('.'))).to.deep.equal([
      'ignore_differences.0.jsonPointers.1',
      'ignore_differences.0.jqPathExpressions.0',
      'ignore_differences.0.jqPathExpressions.1',
      'ignore_differences.0.jqPathExpressions.2',
    ]);
  });
});

describe('annotations that ignore fields', () => {
  const annotated = (value: string): string => `, annotations: {drift-exporter.io/ignore: '${value}'}`;
  it('count in git', async () => {
    const git = deployment('3', annotated('/spec/replicas'));
    expect(pathsOf(await comparing({ git, live: deployment('5', annotated('/spec/replicas')) }))).to.deep.equal([]);
    const all = deployment('3', annotated('*'));
    expect(pathsOf(await comparing({ git: all, live: deployment('5', annotated('*')) }))).to.deep.equal([]);
  });

  it('do not count when somebody puts them on the live object', async () => {
    const owners = [owner('kubectl-annotate', ['metadata annotations drift-exporter.io/ignore'])];
    const comparison = await comparing({ git: deployment('3'), live: deployment('5', annotated('*')), owners });
    expect(pathsOf(comparison)).to.have.members(['/spec/replicas', '/metadata/annotations/drift-exporter.io~1ignore']);
  });
});

describe('jq path expressions', () => {
  const VALUE = {
    a: {
      b: [
        { n: 'x', v: 1 },
        { n: 'y', v: 2, t: ['p', 'q'] },
      ],
      'k.l/m': true,
    },
    c: null,
  };
  const EXPRESSIONS: readonly (readonly [string, readonly string[]])[] = [
    ['.', ['']],
    ['.a.b', ['/a/b']],
    ['.a["b"][0]', ['/a/b/0']],
    ['.a.b[-1].v', ['/a/b/1/v']],
    ['.a.b[].n', ['/a/b/0/n', '/a/b/1/n']],
    ['.a."k.l/m"', ['/a/k.l~1m']],
    ['.a.["b"]', ['/a/b']],
    ['.a.b[]?.n?, .c', ['/a/b/0/n', '/a/b/1/n', '/c']],
    ['.a.b[] | select(.n == "x")', ['/a/b/0']],
    ['.a.b[] | select(.v >= 2 and (.n | startswith("y"))) | .v', ['/a/b/1/v']],
    ['.a.b[] | select(.n != "x" or false)', ['/a/b/1']],
    ['.a.b[] | select(.n | test("^[xz]$") | not)', ['/a/b/1']],
    ['.a.b[] | select(has("t"))', ['/a/b/1']],
    ['.a.b[] | select(.t | contains("q"))', ['/a/b/1']],
    ['.. | select(type == "boolean")', ['/a/k.l~1m']],
    ['(.a | .b)[0]', ['/a/b/0']],
    ['.a.b[] | select(.missing)', []],
  ];
  for (const [expression, pointers] of EXPRESSIONS) {
    it(`${expression} selects ${pointers.join(' ') || 'nothing'}`, () => {
      expect(parseJqPath(expression)(VALUE).map(toPointer)).to.deep.equal(pointers);
    });
  }
});
