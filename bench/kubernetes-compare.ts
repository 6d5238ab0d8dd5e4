import process from 'node:process';
import { compareObservation } from '../checkers/kubernetes/compare.ts';
import type { KubeObject, Observation } from '../checkers/kubernetes/observation.ts';
import { loadCorpus, RECORDED_MODES } from '../test/support/kubernetes-corpus.ts';
import { RecordedCluster } from '../test/checkers/kubernetes/compare/recorded-cluster.ts';

/**
 * Time to compare objects that are in sync, against JSON.parse of the same objects: A and B take turns, the medians'
 * ratio is printed. The comparison sees objects that were just parsed, as it does in a run.
 */
type Piece = Extract<Observation, { piece: 'objects' }>;

const ROUNDS = 60;
const OPTIONS = {};
const corpus = await loadCorpus();
const cluster = new RecordedCluster(corpus);

for (const mode of RECORDED_MODES) {
  const pieces = corpus.cases
    .flatMap((one) => cluster.observe(one, mode, 'before'))
    .filter((piece): piece is Piece => piece.piece === 'objects' && piece.pairs.length > 0)
    .map((piece) => ({ piece, texts: piece.pairs.map(({ live }) => JSON.stringify(live)) }));
  const objects = pieces.reduce((sum, { texts }) => sum + texts.length, 0);
  const times = { parse: [] as number[], compare: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    let start = process.hrtime.bigint();
    const parsed = pieces.map(({ piece, texts }) => {
      const lives = texts.map((text) => JSON.parse(text) as KubeObject);
      return { ...piece, extra: [], pairs: lives.map((live, index) => ({ live, desired: desiredOf(piece, index) })) };
    });
    times.parse.push(Number(process.hrtime.bigint() - start));
    start = process.hrtime.bigint();
    const drift = parsed.reduce((sum, piece) => sum + compareObservation(piece, OPTIONS).drift.length, 0);
    times.compare.push(Number(process.hrtime.bigint() - start));
    if (drift > 0) throw new Error(`${drift} objects drifted: the corpus is in sync`);
  }
  const microseconds = (values: number[]): number => median(values) / objects / 1000;
  const ratio = median(times.compare) / median(times.parse);
  process.stdout.write(
    `${mode}: ${objects} objects, JSON.parse ${microseconds(times.parse).toFixed(1)} us, compare ` +
      `${microseconds(times.compare).toFixed(1)} us an object: ${ratio.toFixed(2)}x\n`,
  );
}

function desiredOf(piece: Piece, index: number): Piece['pairs'][number]['desired'] {
  const pair = piece.pairs[index];
  if (pair === undefined) throw new Error('a pair went missing');
  return pair.desired;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
