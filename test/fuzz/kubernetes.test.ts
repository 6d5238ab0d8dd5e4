import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { compareObservation } from '../../checkers/kubernetes/compare.ts';
import { parseManifests } from '../../checkers/kubernetes/desired/parse-manifests.ts';
import { ignoreRuleErrors } from '../../checkers/kubernetes/ignore/ignore-rules.ts';
import { parseJqPath } from '../../checkers/kubernetes/ignore/jq-path.ts';
import { connect } from '../../checkers/kubernetes/live/connect.ts';
import { parseLabelSelector } from '../../checkers/kubernetes/live/label-selector.ts';
import { readList } from '../../checkers/kubernetes/live/read-list.ts';
import { sameDuration } from '../../checkers/kubernetes/normalise/duration.ts';
import { sameQuantity } from '../../checkers/kubernetes/normalise/quantity.ts';
import type { KubeObject, Observation } from '../../checkers/kubernetes/observation.ts';
import { kubernetes } from '../../checkers/kubernetes/index.ts';
import { readKindSchemas } from '../../checkers/kubernetes/schema/kind-schema.ts';
import { comparisonSchema, isCheckError, type Comparison, type Json } from '../../src/checker.ts';
import { parseExactJson } from '../../src/diff/exact-json.ts';
import { parsePointer, toPointer } from '../../src/diff/json-pointer.ts';
import { RecordedCluster } from '../checkers/kubernetes/compare/recorded-cluster.ts';
import { checkerContext, type TestContext } from '../support/checker-context.ts';
import { kubeconfig, writeTree } from '../support/kubernetes-sources.ts';
import { loadCorpus } from '../support/kubernetes-corpus.ts';
import {
  always,
  alwaysAsync,
  DEEP,
  deepJson,
  deepObject,
  hostileJson,
  hostileText,
  injured,
  injuries,
  swapped,
  swaps,
} from './fuzz.ts';

type Objects = Extract<Observation, { piece: 'objects' }>;

const isSound = (comparison: Comparison): void => {
  const parsed = comparisonSchema.safeParse(JSON.parse(JSON.stringify(comparison)));
  expect(parsed.error?.issues).to.equal(undefined);
};

describe('Kubernetes objects with other values:', () => {
  let pieces: Objects[];
  let documents: readonly unknown[];

  before(async () => {
    const corpus = await loadCorpus();
    const cluster = new RecordedCluster(corpus);
    pieces = corpus.cases
      .slice(0, 60)
      .flatMap((one) => cluster.observe(one, 'ssa', 'after'))
      .filter((piece) => piece.piece === 'objects')
      .filter(({ pairs }) => pairs.length > 0);
    documents = [...corpus.recordings]
      .filter(([path]) => path.includes('openapi'))
      .map(([, text]) => JSON.parse(text) as unknown);
    expect([pieces.length > 20, documents.length > 0]).to.deep.equal([true, true]);
  });

  it('a live object that is not one is a failure, and hides no other', () => {
    always(
      fc.property(fc.nat(), swaps, (which, all) => {
        const piece = pieces[which % pieces.length]!;
        const [pair] = piece.pairs;
        const page = Buffer.from(JSON.stringify({ items: [swapped(pair!.live, all)] }));
        const broken = itemsOf(page, piece.resource).map((live) => ({ ...pair!, live }));
        const extra = [...broken.map(({ live }) => live), ...piece.extra];
        const comparison = compareObservation({ ...piece, pairs: [...broken, ...piece.pairs], extra }, {});
        isSound(comparison);
        const before = compareObservation(piece, {});
        for (const { address } of before.drift)
          expect(comparison.drift.map((drift) => drift.address)).to.include(address);
      }),
      300,
    );
  });

  it('managedFields of any kind take nothing from what differs', () => {
    const entries = fc.oneof(
      hostileJson,
      fc.array(hostileJson, { maxLength: 3 }),
      hostileJson.map((fieldsV1) => [{ manager: 'x', fieldsV1 }]),
    );
    always(
      fc.property(fc.nat(), entries, (which, managedFields) => {
        const piece = pieces[which % pieces.length]!;
        const pairs = piece.pairs.map((pair) => ({
          ...pair,
          live: { ...pair.live, metadata: { ...pair.live.metadata, managedFields } } as KubeObject,
        }));
        const comparison = compareObservation({ ...piece, pairs }, {});
        isSound(comparison);
        expect(comparison.failures).to.deep.equal([]);
      }),
      300,
    );
  });

  it('an OpenAPI document of any kind is read, and every object still compared', () => {
    always(
      fc.property(fc.nat(), fc.nat(), swaps, (at, which, all) => {
        const kinds = readKindSchemas(swapped(documents[at % documents.length], all));
        const piece = pieces[which % pieces.length]!;
        for (const schema of [...kinds.values()].slice(0, 3))
          isSound(compareObservation({ ...piece, resource: { ...piece.resource, schema } }, {}));
      }),
      60,
    );
  });

  it('an object as deep as a server takes it is a failure of its own', () => {
    const deep = `${'{"a":'.repeat(9_990)}1${'}'.repeat(9_990)}`;
    const page = `{"items":[{"metadata":{"name":"deep"},"spec":${deep}},{"metadata":{"name":"flat"},"spec":{"a":1}}]}`;
    const live = [...readList(Buffer.from(page), { apiVersion: 'v1', kind: 'Thing' }).items];
    const desired = { apiVersion: 'v1', kind: 'Thing', spec: { a: { a: { a: 2 } } } };
    const pairs = live.map((one) => ({ desired: { object: { ...desired, metadata: one.metadata } }, live: one }));
    const deepPair = { desired: { object: live[0]! }, live: { ...live[1]!, metadata: live[0]!.metadata } };
    const resource = { group: '', version: 'v1', kind: 'Thing', resource: 'things', namespaced: true };
    const piece = { piece: 'objects', resource, facts: { autoscaled: new Map() }, missing: [], extra: [] } as const;
    const { drift, failures = [] } = compareObservation({ ...piece, pairs: [...pairs, deepPair] }, {});
    expect(drift.map(({ address }) => address)).to.include('Thing/flat');
    expect(drift.length + failures.length).to.equal(3);
    for (const tooDeep of [deepJson(), deepObject()])
      expect(() => readList(Buffer.from(`{"items":[${tooDeep}]}`), { apiVersion: 'v1', kind: 'Thing' })).to.throw(
        SyntaxError,
      );
  });
});

/** None where the page is refused. */
function itemsOf(page: Buffer<ArrayBuffer>, { group, version, kind }: Objects['resource']): KubeObject[] {
  try {
    return [...readList(page, { apiVersion: group === '' ? version : `${group}/${version}`, kind }).items];
  } catch (error) {
    expect(error instanceof SyntaxError || isCheckError(error)).to.equal(true);
    return [];
  }
}

describe('manifests', () => {
  it(`nested ${DEEP} deep are a failure, and the other documents are read`, () => {
    const good = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';
    for (const deep of [`x: ${deepJson()}`, `${'- '.repeat(DEEP)}1`, deepObject()]) {
      const { objects, failures } = parseManifests({
        text: `${good}---\n${deep}\n---\n${good}`,
        name: 'x',
        isFile: false,
      });
      expect([objects.length, failures.map(({ reason }) => reason)]).to.deep.equal([2, ['invalid']]);
    }
    expect(parseManifests({ text: deepObject(), name: 'x', isFile: true }).failures).to.have.length(1);
  });

  it('mean the same as YAML and as JSON, whatever the keys and values', () => {
    always(
      fc.property(
        fc.dictionary(
          hostileText.map((key) => key.toWellFormed()),
          hostileJson,
        ),
        (data) => {
          const json = JSON.stringify({ apiVersion: 'v1', kind: 'X', metadata: { name: 'a' }, data });
          if (/\d{19}/.test(json)) return; // beyond 64 bits YAML's are floats
          const object = parseExactJson(json) as Json;
          const whole = parseManifests({ text: json, name: 'x', isFile: false });
          const flow = parseManifests({ text: `# JSON is YAML\n${json}`, name: 'x', isFile: false });
          expect(whole.objects.map(({ object: one }) => one)).to.deep.equal([object]);
          if (flow.failures.length === 0) expect(flow.objects).to.deep.equal(whole.objects);
        },
      ),
      200,
    );
  });

  it('keep every digit of an integer', () => {
    always(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        const text = `apiVersion: v1\nkind: X\nmetadata: { name: a }\ncount: ${value}\n`;
        const [object] = parseManifests({ text, name: 'x', isFile: false }).objects;
        expect(String(object?.object['count'])).to.equal(String(value));
        expect(String((parseExactJson(`{"n": ${value}}`) as { n: unknown }).n)).to.equal(String(value));
      }),
      300,
    );
  });
});

describe('small languages of Kubernetes', () => {
  it('quantities are equal when their amounts are', () => {
    const suffixes = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
    const suffix = fc.constantFrom(...(Object.keys(suffixes) as (keyof typeof suffixes)[]));
    always(
      fc.property(fc.nat(1_000_000), suffix, suffix, (count, one, other) => {
        const exponent = suffixes[one] - suffixes[other];
        if (exponent < 0) return;
        const same = `${count}${'0'.repeat(exponent)}${other}`;
        expect(sameQuantity(`${count}${one}`, same)).to.equal(true);
        expect(sameQuantity(`${count + 1}${one}`, same)).to.equal(false);
        expect(sameQuantity(`${count}.000${one}`, `+${same}`)).to.equal(true);
      }),
      500,
    );
    always(
      fc.property(hostileJson, hostileJson, (one, other) => {
        expect(sameQuantity(one, other)).to.equal(sameQuantity(other, one));
        expect(sameDuration(one, other)).to.equal(sameDuration(other, one));
      }),
      300,
    );
    expect(sameQuantity('1e999', '1')).to.equal(false);
    expect(sameQuantity('9'.repeat(DEEP), '1')).to.equal(false);
    expect(sameDuration('1s'.repeat(DEEP), '1h')).to.equal(false);
  });

  it('a jq path is one or refused with what it does not take; it selects places that are there', () => {
    const words = [
      '.a',
      '."b c"',
      '.["x"]',
      '.[0]',
      '.[-1]',
      '.[]',
      '..',
      '?',
      '|',
      ',',
      '(',
      ')',
      ' and ',
      ' or ',
      ' not ',
      'select(',
      '== 1',
      '!= "x"',
      'test("^a")',
      'test("(")',
      'has("a")',
      'any(',
      'length',
      '.__proto__',
      '1e9',
      '"',
      '[',
    ];
    const word = fc.constantFrom(...words);
    always(
      fc.property(
        fc.array(fc.oneof({ arbitrary: word, weight: 5 }, { arbitrary: hostileText, weight: 1 }), { maxLength: 8 }),
        hostileJson,
        (parts, value) => {
          const text = parts.join('');
          const errors = ignoreRuleErrors([{ kind: '*', jqPathExpressions: [text] }]);
          let select: ReturnType<typeof parseJqPath>;
          try {
            select = parseJqPath(text);
            expect(errors).to.deep.equal([]);
          } catch {
            expect(errors).to.have.length(1);
            return;
          }
          for (const path of select(value)) expect(parsePointer(toPointer(path))).to.deep.equal(path.map(String));
        },
      ),
      1000,
    );
    for (const text of ['('.repeat(DEEP), '.a|'.repeat(DEEP), '.['.repeat(DEEP), '"'.repeat(DEEP)])
      expect(ignoreRuleErrors([{ kind: '*', jqPathExpressions: [text] }])).to.have.length(1);
  });

  it('a label selector accepts what it says, and what is none is refused', () => {
    const key = fc.stringMatching(/^[a-z][a-z.]{0,5}$/);
    const value = fc.stringMatching(/^[a-z]{1,3}$/);
    always(
      fc.property(
        key,
        value,
        fc.dictionary(fc.oneof(key, fc.constant('constructor')), value),
        (name, wanted, labels) => {
          const own = Object.hasOwn(labels, name) ? labels[name] : undefined;
          expect(parseLabelSelector(`${name}=${wanted}`)(labels)).to.equal(own === wanted);
          expect(parseLabelSelector(`${name} notin (${wanted},x)`)(labels)).to.equal(own !== wanted && own !== 'x');
          expect(parseLabelSelector(name)(labels)).to.equal(own !== undefined);
          expect(parseLabelSelector(`!${name}`)(labels)).to.equal(own === undefined);
          expect(parseLabelSelector(`constructor!=${wanted}`)(labels)).to.equal(
            !Object.hasOwn(labels, 'constructor') || labels['constructor'] !== wanted,
          );
        },
      ),
      300,
    );
    always(
      fc.property(hostileText, (text) => {
        try {
          parseLabelSelector(text)({});
        } catch (error) {
          expect(isCheckError(error)).to.equal(true);
        }
      }),
      300,
    );
  });
});

describe('a kubeconfig, injured,', () => {
  let source: Awaited<ReturnType<typeof writeTree>>;
  let context: TestContext;
  before(async () => {
    source = await writeTree({});
    context = await checkerContext({ sourceDir: source.dir });
  });
  after(async () => {
    await context.cleanup();
    await source.remove();
  });

  it('leads somewhere or is refused, without a word of what logs in', async () => {
    const options = kubernetes.options.parse({ kubeconfig: 'config', manifests: '.' }) as Parameters<typeof connect>[0];
    const text = kubeconfig('http://127.0.0.1:1').replace('users:', 'users: # c4n4ry\n');
    await alwaysAsync(
      fc.asyncProperty(injuries, async (all) => {
        await writeFile(join(source.dir, 'config'), injured(text, all));
        try {
          (await connect(options, context)).close();
        } catch (error) {
          expect(isCheckError(error), String(error)).to.equal(true);
          expect(String(error)).not.to.include('c4n4ry');
        }
      }),
      150,
    );
  });
});
