import { expect } from 'chai';
import fc from 'fast-check';
import { compareObservation } from '../../../../checkers/kubernetes/compare.ts';
import type { KubeObject, ResourceKind } from '../../../../checkers/kubernetes/observation.ts';
import { readKindSchemas } from '../../../../checkers/kubernetes/schema/kind-schema.ts';
import type { Comparison, Json } from '../../../../src/checker.ts';
import { toPointer } from '../../../../src/diff/json-pointer.ts';
import { loadCorpora, RECORDED_MODES } from '../../../support/kubernetes-corpus.ts';
import { isAbout } from './corpus-path.ts';
import { RecordedCluster } from './recorded-cluster.ts';

interface Pair {
  readonly resource: ResourceKind;
  readonly desired: KubeObject;
  readonly live: KubeObject;
}
type Path = readonly (string | number)[];

describe('Kubernetes comparison under random changes', () => {
  let pairs: Pair[] = [];
  let recorded: Pair[] = [];

  before(async () => {
    const clusters = (await loadCorpora()).map((corpus) => ({ corpus, cluster: new RecordedCluster(corpus) }));
    for (const { corpus, cluster } of clusters) {
      for (const mode of RECORDED_MODES) {
        pairs.push(...corpus.cases.flatMap((one) => cluster.observe(one, mode, 'before')).flatMap(pairsOf));
        for (const kind of cluster.kinds) {
          recorded.push(...cluster.list(kind, mode, 'after').map((live) => ({ resource: kind, desired: live, live })));
        }
      }
    }
    pairs = pairs.filter(({ desired }) => leavesOf(desired).length > 0);
  });

  it('finds no drift between an object and itself', () => {
    recorded = recorded.filter(({ live }) => live.metadata.deletionTimestamp === undefined);
    const drift = recorded.flatMap((pair) => compare(pair).drift);
    expect(recorded.length).to.be.greaterThan(1000);
    expect(drift).to.deep.equal([]);
  });

  it('says the same whatever the order of the keys', () => {
    for (const pair of pairs) {
      const reversed = reverseKeys(pair.live as unknown as Json) as unknown as KubeObject;
      expect(compare({ ...pair, live: reversed }).drift).to.deep.equal(compare(pair).drift);
    }
  });

  it('finds each of 10,000 changed values at its path', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (which, where) => {
        const pair = itemAt(pairs, which);
        const path = itemAt(leavesOf(pair.desired), where);
        const desired = structuredClone(pair.desired);
        const wanted = replaceAt(desired, path, changed);
        const comparison = compare({ ...pair, desired });
        const expected = toPointer(path).replace(/^\/stringData\//, '/data/');
        const isFound = changesOf(comparison).some((change) => isAbout(change, expected));
        expect(isFound, `${pair.live.metadata.namespace ?? ''} ${expected} -> ${JSON.stringify(wanted)}`).to.equal(
          true,
        );
      }),
      { numRuns: 10_000 },
    );
  });

  it('finds each field that git stops declaring, unless the server would fill in the same', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (which, where) => {
        const pair = itemAt(pairs, which);
        const path = itemAt(leavesOf(pair.desired), where);
        const key = path.at(-1);
        if (typeof key === 'number' || key === 'name') return;
        const desired = structuredClone(pair.desired);
        const parent = path.slice(0, -1).reduce<unknown>(stepInto, desired) as Record<string, unknown>;
        delete parent[key ?? ''];
        const found = changesOf(compare({ ...pair, desired }));
        const expected = toPointer(path).replace(/^\/stringData\//, '/data/');
        if (found.length > 0) {
          expect(
            found.some((change) => isAbout(change, expected) || isAbout(change, expected.replace(/\/[^/]*$/, ''))),
          ).to.equal(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws at malformed objects, and hides nothing by them', () => {
    const [sound] = pairs;
    if (sound === undefined) throw new Error('the corpus is empty');
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.nat(), (a, b, which) => {
        const { resource, desired } = itemAt(pairs, which);
        const metadata = {
          ...desired.metadata,
          labels: a,
          annotations: b,
          managedFields: a,
          ownerReferences: b,
          finalizers: a,
        };
        const odd = [
          a,
          { ...desired, spec: b, data: a, rules: b },
          { ...desired, metadata },
        ] as unknown as KubeObject[];
        const changed = { ...sound.desired, metadata: { ...sound.desired.metadata, labels: { fuzz: 'x' } } };
        const comparison = compareObservation(
          {
            piece: 'objects',
            resource,
            facts: { autoscaled: new Map() },
            pairs: [
              ...odd.flatMap((live) => odd.map((one) => ({ desired: { object: one }, live }))),
              { desired: { object: changed }, live: sound.live },
            ],
            missing: [],
            extra: odd,
          },
          {},
        );
        expect(
          comparison.drift.some(({ changes }) => changes.some(({ path }) => path === '/metadata/labels/fuzz')),
        ).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws at malformed OpenAPI documents', () => {
    const schema = fc.dictionary(
      fc.constantFrom(
        'type',
        'properties',
        'items',
        '$ref',
        'allOf',
        'format',
        'default',
        'additionalProperties',
        'x-kubernetes-list-type',
        'x-kubernetes-list-map-keys',
        'x-kubernetes-validations',
      ),
      fc.oneof(fc.jsonValue(), fc.constantFrom('object', 'array', '#/components/schemas/A', '#/nowhere')),
    );
    const gvk = [{ group: '', version: 'v1', kind: 'Pod' }];
    fc.assert(
      fc.property(fc.jsonValue(), schema, schema, fc.nat(), (document, a, b, which) => {
        readKindSchemas(document);
        const kinds = readKindSchemas({
          components: { schemas: { A: { ...a, 'x-kubernetes-group-version-kind': gvk }, B: b } },
        });
        const found = kinds.get('/v1/Pod');
        const pair = itemAt(pairs, which);
        const resource = found === undefined ? pair.resource : { ...pair.resource, schema: found };
        compare({ ...pair, resource });
      }),
      { numRuns: 2000 },
    );
  });
});

function compare({ resource, desired, live }: Pair): Comparison {
  const facts = { autoscaled: new Map() };
  const pairs = [{ desired: { object: desired }, live }];
  return compareObservation({ piece: 'objects', resource, facts, pairs, missing: [], extra: [] }, {});
}

function changesOf({ drift }: Comparison): string[] {
  return drift.flatMap(({ changes }) => changes.map(({ path }) => path));
}

function pairsOf(observation: ReturnType<RecordedCluster['observe']>[number]): Pair[] {
  if (observation.piece !== 'objects') return [];
  const { resource } = observation;
  return observation.pairs.map(({ desired, live }) => ({ resource, desired: desired.object, live }));
}

const IDENTITY = new Set(['apiVersion', 'kind', 'status']);

/** The scalars that git declares and that are compared. */
function leavesOf(object: KubeObject): Path[] {
  const leaves: Path[] = [];
  const visit = (value: unknown, path: Path): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) visit(item, [...path, Array.isArray(value) ? Number(key) : key]);
    } else if (value !== null && value !== undefined && path.at(-1) !== 'caBundle') leaves.push(path);
  };
  for (const [key, value] of Object.entries(object)) {
    if (IDENTITY.has(key)) continue;
    if (key !== 'metadata') visit(value, [key]);
    else
      for (const part of ['labels', 'annotations', 'finalizers'])
        visit(object.metadata[part] ?? {}, ['metadata', part]);
  }
  return leaves.filter((path) => !isExempt(object, path));
}

/** An aggregated role's rules are the control plane's; the kind and status of a claim's template are the server's. */
function isExempt(object: KubeObject, path: Path): boolean {
  if (path[0] === 'rules' && object['aggregationRule'] !== undefined) return true;
  if (path[1] === 'annotations' && String(path[2]).startsWith('deployment.kubernetes.io/')) return true;
  return object.kind === 'Secret' && path[0] === 'data' && Object.hasOwn(object['stringData'] ?? {}, path[1] ?? '');
}

function changed(value: unknown): unknown {
  // No default of the server is seven more than what the corpus declares.
  if (typeof value === 'number') return value + 7;
  if (typeof value === 'boolean') return !value;
  return `${String(value)}x`;
}

function replaceAt(object: KubeObject, path: Path, change: (value: unknown) => unknown): unknown {
  const parent = path.slice(0, -1).reduce<unknown>(stepInto, object) as Record<string | number, unknown>;
  const key = path.at(-1) ?? '';
  parent[key] = change(parent[key]);
  return parent[key];
}

function stepInto(value: unknown, key: string | number): unknown {
  return (value as Record<string | number, unknown>)[key];
}

function itemAt<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

function reverseKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reverseKeys(item)]),
  );
}
