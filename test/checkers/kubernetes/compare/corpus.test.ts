import { expect } from 'chai';
import { asStored } from '../../../../checkers/kubernetes/normalise/as-stored.ts';
import { compareObservation } from '../../../../checkers/kubernetes/compare.ts';
import type { Comparison, ResourceDrift } from '../../../../src/checker.ts';
import { comparisonSchema } from '../../../../src/checker.ts';
import { loadCorpora, RECORDED_MODES, type CorpusCase, type RecordedMode } from '../../../support/kubernetes-corpus.ts';
import { corpusPointers, isAbout } from './corpus-path.ts';
import { RecordedCluster, type Moment } from './recorded-cluster.ts';

interface Score {
  found: number;
  of: number;
  falseAlarms: number;
  outOf: number;
}

describe('Kubernetes comparison on the corpus', () => {
  for (const mode of RECORDED_MODES) {
    describe(mode === 'csa' ? 'applied by kubectl apply' : 'applied server-side', () => {
      it('finds every drift at its object and field and says nothing else', async () => {
        const scores = new Map<string, Score>();
        const wrong: string[] = [];
        for (const corpus of await loadCorpora()) {
          const cluster = new RecordedCluster(corpus);
          for (const one of corpus.cases) scoreCase(one, { cluster, mode, scores, wrong });
        }
        console.log(table(scores));
        expect(wrong).to.deep.equal([]);
      });
    });
  }
});

function scoreCase(
  one: CorpusCase,
  {
    cluster,
    mode,
    scores,
    wrong,
  }: { cluster: RecordedCluster; mode: RecordedMode; scores: Map<string, Score>; wrong: string[] },
): void {
  const score = scores.get(one.class) ?? { found: 0, of: 0, falseAlarms: 0, outOf: 0 };
  scores.set(one.class, score);
  const before = compareCase(one, cluster, mode, 'before');
  score.outOf += 1;
  if (before.drift.length > 0) {
    score.falseAlarms += 1;
    wrong.push(`${one.id}: false alarm before the change: ${JSON.stringify(before.drift)}`);
  }
  const after = compareCase(one, cluster, mode, 'after');
  if (one.expect === 'clean') {
    score.outOf += 1;
    if (after.drift.length > 0) score.falseAlarms += 1;
    if (after.drift.length > 0) wrong.push(`${one.id}: false alarm: ${JSON.stringify(after.drift)}`);
  } else if (one.expect === 'drift') {
    score.of += 1;
    if (isFound(one, after.drift, cluster, mode)) score.found += 1;
    else wrong.push(`${one.id}: expected ${one.object} ${one.path}, got ${JSON.stringify(after.drift)}`);
  }
}

function compareCase(one: CorpusCase, cluster: RecordedCluster, mode: RecordedMode, moment: Moment): Comparison {
  const comparisons = cluster.observe(one, mode, moment).map((piece) => compareObservation(piece, {}));
  for (const comparison of comparisons) {
    comparisonSchema.parse(comparison);
    expect(comparison.failures ?? [], one.id).to.deep.equal([]);
  }
  return { resources: 0, drift: comparisons.flatMap(({ drift }) => drift) };
}

function isFound(
  one: CorpusCase,
  drift: readonly ResourceDrift[],
  cluster: RecordedCluster,
  mode: RecordedMode,
): boolean {
  const found = drift.find(({ address, type }) => {
    const name = address.split('/').at(-1);
    return (
      `${type}/${name}` === one.object &&
      address.includes(one.object.includes(one.namespace) ? one.object : one.namespace)
    );
  });
  if (found === undefined) return false;
  if (one.class === 'missing') return found.action === 'create';
  if (one.class === 'extra') return found.action === 'delete';
  if (found.action !== 'replace' && (one.class === 'immutable' || found.action !== 'update')) return false;
  const desired = cluster.desired(one).find(({ object }) => `${object.kind}/${object.metadata.name}` === one.object);
  const kind = desired === undefined ? undefined : cluster.kind(desired.object);
  if (desired === undefined || kind === undefined) return false;
  const live = cluster
    .list(kind, mode, 'after')
    .find(
      ({ metadata }) =>
        metadata.name === desired.object.metadata.name && metadata.namespace === desired.object.metadata.namespace,
    );
  const pointers = corpusPointers(one.path, { live, desired: asStored(desired.object, kind) });
  return found.changes.some((change) => pointers.some((pointer) => isAbout(change.path, pointer)));
}

function table(scores: ReadonlyMap<string, Score>): string {
  const lines = [...scores].map(([name, { found, of, falseAlarms, outOf }]) => {
    const recall = of === 0 ? '-' : `${found}/${of}`;
    return `        ${name.padEnd(10)} recall ${recall.padEnd(8)} false alarms ${falseAlarms}/${outOf}`;
  });
  return lines.join('\n');
}
