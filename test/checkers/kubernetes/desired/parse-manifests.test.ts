import { expect } from 'chai';
import { parseManifests, type Declared } from '../../../../checkers/kubernetes/desired/parse-manifests.ts';

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n';

describe('reading manifests', () => {
  const scalars: readonly (readonly [string, unknown])[] = [
    ['0644', 420],
    ['0o644', 420],
    ['0x1F', 31],
    ['0b101', 5],
    ['-012', -10],
    ['0899', 899],
    ['1_000', 1000],
    ['12:30:45', '12:30:45'],
    ['2001-01-01', '2001-01-01'],
    ['2001-12-14T21:59:43Z', '2001-12-14T21:59:43Z'],
    ['yes', true],
    ['On', true],
    ['n', false],
    ['OFF', false],
    ['oN', 'oN'],
    ['~', null],
    ['', null],
    ['.5', 0.5],
    ['1e3', 1000],
    ['1.0', 1],
    ['1.2.3', '1.2.3'],
    ['9007199254740993', '9007199254740993'],
    ['18446744073709551615', '18446744073709551615'],
    ['-9007199254740993', '-9007199254740993'],
    ["'yes'", 'yes'],
    ['!!str 012', '012'],
    ['!!binary aGVsbG8=', 'hello'],
    ['${REPLICAS}', '${REPLICAS}'],
    ['"a\\u00e9"', 'aé'],
  ];
  for (const [text, value] of scalars) {
    it(`reads the scalar ${text || '(nothing)'} as Kubernetes does`, () => {
      expect(valueOf(read(`${HEAD}value: ${text}\n`))).to.deep.equal(value);
    });
  }

  const documents: readonly (readonly [string, string, readonly string[]])[] = [
    ['many documents', `${one('a')}---\n${one('b')}`, ['a', 'b']],
    ['empty documents and comments', `---\n# nothing\n---\n${one('a')}---\n---\n`, ['a']],
    ['CRLF', `${one('a')}---\n${one('b')}`.replaceAll('\n', '\r\n'), ['a', 'b']],
    ['a byte order mark', `\uFEFF${one('a')}`, ['a']],
    ['a byte order mark before JSON', `\uFEFF${JSON.stringify(object('a'))}`, ['a']],
    ['a directive', `%YAML 1.1\n---\n${one('a')}`, ['a']],
    ['an end marker', `${one('a')}...\n${one('b')}`, ['a', 'b']],
    ['a comment beside the separator', `${one('a')}--- # second\n${one('b')}`, ['a', 'b']],
    ['content beside the separator', `--- ${JSON.stringify(object('a'))}\n---\n${one('b')}`, ['a', 'b']],
    ['JSON', JSON.stringify(object('a'), undefined, '\t'), ['a']],
    ['an array of objects in JSON', JSON.stringify([object('a'), [object('b')]]), ['a', 'b']],
    ['a List', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [object('a'), object('b')] }), ['a', 'b']],
    ['a List of Lists', JSON.stringify({ kind: 'List', items: [{ kind: 'List', items: [object('a')] }, null] }), ['a']],
    ['an empty List', 'apiVersion: v1\nkind: List\nitems:\n', []],
    ['a block scalar that holds a separator', `${HEAD}data:\n  text: |\n    a\n    ---\n    b\n`, ['x']],
    ['anchors and merge keys', `${HEAD}a: &a {k: 1}\nb: {<<: *a, z: 2}\n`, ['x']],
    ['a repeated key', `${HEAD}value: 1\nvalue: 2\n`, ['x']],
    ['nothing', '', []],
  ];
  for (const [title, text, names] of documents) {
    it(`reads ${title}`, () => {
      const { objects, failures } = read(text);
      expect(failures).to.deep.equal([]);
      expect(objects.map(({ object }) => object.metadata.name)).to.deep.equal(names);
    });
  }

  it('gives the items of a typed list their kind', () => {
    const { objects } = read('apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n');
    expect(objects[0]?.object).to.include({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  it('leaves a kind alone that only ends like a list', () => {
    const { objects } = read('apiVersion: acme.io/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {}\n');
    expect(objects.map(({ object }) => object.kind)).to.deep.equal(['AllowList']);
  });

  it('turns keys that are no text into text', () => {
    const { objects } = read(`${HEAD}data:\n  1: a\n  true: b\n`);
    expect(objects[0]?.object['data']).to.deep.equal({ 1: 'a', true: 'b' });
  });

  it('says where each object is written', () => {
    const { objects } = read(`# a comment\n${one('a')}---\n\n# another\n${one('b')}`);
    expect(objects.map(({ origin }) => origin)).to.deep.equal([
      { file: 'm.yaml', line: 2 },
      { file: 'm.yaml', line: 9 },
    ]);
  });

  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['a Helm template', '{{- if .Values.on }}\na: b\n{{- end }}\n', /^m\.yaml: document 2, line \d: /],
    ['bad indentation', `apiVersion: v1\n kind: ConfigMap: x\n`, /^m\.yaml: document 2, line 7: bad indentation/],
    ['something that is no object', 'just text\n', /document 2, line 6: expected a Kubernetes object, got a string$/],
    [
      'no kind',
      'apiVersion: v1\nmetadata: {name: x}\n',
      /document 2, line 6: expected a Kubernetes object with kind, got nothing$/,
    ],
    ['no name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n', /ConfigMap: expected metadata\.name, got nothing$/],
    [
      'labels that are a list',
      'apiVersion: v1\nkind: A\nmetadata: {name: x, labels: [a]}\n',
      /expected metadata\.labels as a mapping, got a list$/,
    ],
    ['an anchor that holds itself', 'a: &a\n  b: *a\n', /nested deeper than 200, or an anchor that holds itself$/],
    ['a bomb of anchors', bomb(), /more than 1000000 values after expanding its anchors$/],
    ['an unknown tag', 'a: !vault secret\n', /unknown scalar tag/],
    ['nesting without end', `a: ${'['.repeat(50_000)}`, /line 6: /],
  ];
  for (const [title, text, message] of broken) {
    it(`names file, document and line of ${title}, and reads the rest`, () => {
      const { objects, failures } = read(`${one('a')}---\n${text}\n---\n${one('b')}`);
      expect(objects.map(({ object }) => object.metadata.name)).to.deep.equal(['a', 'b']);
      expect(failures).to.have.length(1);
      expect(failures[0]).to.include({ phase: 'source', reason: 'invalid' });
      expect(failures[0]?.message).to.match(message);
    });
  }

  const hands: readonly (readonly [string, string, string | undefined])[] = [
    [
      'a Helm hook',
      '{name: a, annotations: {helm.sh/hook: pre-install}}',
      'a Helm hook: it comes and goes with a release',
    ],
    [
      'an Argo CD hook',
      '{name: a, annotations: {argocd.argoproj.io/hook: Sync}}',
      'an Argo CD hook: it comes and goes with a sync',
    ],
    ['generateName', '{generateName: a-}', 'generateName: every apply makes another object'],
    [
      'what Flux is told to leave',
      '{name: a, annotations: {kustomize.toolkit.fluxcd.io/reconcile: Disabled}}',
      'kustomize.toolkit.fluxcd.io/reconcile: disabled',
    ],
    ['local configuration', '{name: a, annotations: {config.kubernetes.io/local-config: true}}', undefined],
  ];
  for (const [title, metadata, why] of hands) {
    it(`does not compare ${title}`, () => {
      const { objects, notCompared, failures } = read(`apiVersion: batch/v1\nkind: Job\nmetadata: ${metadata}\n`);
      expect([objects, failures]).to.deep.equal([[], []]);
      expect(notCompared.map((entry) => entry.why)).to.deep.equal(why === undefined ? [] : [why]);
    });
  }

  it('finds objects nested in mappings only where they are looked for', () => {
    const text = JSON.stringify({ web: { deploy: object('a'), more: [object('b')] } });
    const nested = parseManifests({ text, name: 'x', isFile: false, nested: true });
    expect(nested.objects.map(({ object }) => object.metadata.name)).to.deep.equal(['a', 'b']);
    expect(read(text).failures).to.have.length(1);
  });
});

function read(text: string): Declared {
  return parseManifests({ text, name: 'm.yaml', isFile: true });
}

function valueOf({ objects }: Declared): unknown {
  return objects[0]?.object['value'];
}

function object(name: string): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
}

function one(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
}

/** 10^9 values out of 10 lines. */
function bomb(): string {
  const lines = Array.from({ length: 9 }, (_, level) => {
    const item = level === 0 ? 'x' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array.from({ length: 10 }, () => item).join(', ')}]`;
  });
  return lines.join('\n');
}
