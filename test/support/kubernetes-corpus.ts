import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

/** `csa`: git was applied by `kubectl apply`; `ssa`: by `kubectl apply --server-side --field-manager=gitops`. */
export const RECORDED_MODES = ['csa', 'ssa'] as const;
export type RecordedMode = (typeof RECORDED_MODES)[number];

/** What git declares, what somebody then did to the cluster, and the verdict. */
export interface CorpusCase {
  readonly id: string;
  readonly class: 'changed' | 'added' | 'default' | 'missing' | 'extra' | 'immutable' | 'noise' | 'arguable';
  /** `arguable` is recorded but not scored. */
  readonly expect: 'drift' | 'clean' | 'arguable';
  /** `Kind/name`. */
  readonly object: string;
  /** `key.key[mergeKey=value].key`; empty for the whole object. */
  readonly path: string;
  readonly title: string;
  readonly namespace: string;
  /** Manifests by file name. */
  readonly git: Readonly<Record<string, string>>;
  /** The shell script that changed the cluster. */
  readonly mutate: string;
}

export interface Corpus {
  readonly cases: CorpusCase[];
  /**
   * What the server answered, by path: `api.json`, `apis.json`, `version.json`, `discovery/<group version>.json`,
   * `openapi/v3.json`, `openapi/v3/<group version>.json`, `<mode>/<before|after>/<group version>/<resource>.json`.
   */
  readonly recordings: Map<string, string>;
  /** Applied before all cases, by file name. */
  readonly setup: Readonly<Record<string, string>>;
}

interface Bundle extends Omit<Corpus, 'recordings'> {
  readonly recordings: Record<string, string>;
}

const folder = new URL('../checkers/kubernetes/corpus/', import.meta.url);
let loading: Promise<Corpus> | undefined;
let loadingMore: Promise<Corpus[]> | undefined;

/** The cases and the recordings of a real API server that they were played on; unpacked once per process. */
export function loadCorpus(): Promise<Corpus> {
  loading ??= unpack('corpus.json.br');
  return loading;
}

/**
 * That corpus and those recorded for this project on the same server version: more cases of the same classes, and most
 * kinds that there are, as they are kept after an apply and after somebody made them anew.
 */
export async function loadCorpora(): Promise<Corpus[]> {
  const corpus = await loadCorpus();
  loadingMore ??= Promise.all(['more-cases.json.br', 'more-kinds.json.br'].map(unpack));
  const served = [...corpus.recordings].filter(([path]) => !path.startsWith('csa/') && !path.startsWith('ssa/'));
  const more = await loadingMore;
  return [corpus, ...more.map((own) => ({ ...own, recordings: new Map([...served, ...own.recordings]) }))];
}

async function unpack(file: string): Promise<Corpus> {
  const json = (await promisify(brotliDecompress)(await readFile(new URL(file, folder)))).toString('utf8');
  const { cases, recordings, setup } = JSON.parse(json) as Bundle;
  return { cases, recordings: new Map(Object.entries(recordings)), setup };
}
