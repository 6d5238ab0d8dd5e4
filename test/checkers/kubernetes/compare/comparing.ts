import { compareObservation, type CompareOptions } from '../../../../checkers/kubernetes/compare.ts';
import type { ClusterFacts, KubeObject, ManagedFieldsEntry } from '../../../../checkers/kubernetes/observation.ts';
import { parseManifests } from '../../../../checkers/kubernetes/desired/parse-manifests.ts';
import type { Comparison } from '../../../../src/checker.ts';
import { loadCorpus } from '../../../support/kubernetes-corpus.ts';
import { RecordedCluster } from './recorded-cluster.ts';

export interface Comparing {
  /** YAML. */
  readonly git: string;
  /** YAML. Without managedFields, `owners` are written in. */
  readonly live: string;
  readonly owners?: readonly ManagedFieldsEntry[];
  readonly options?: CompareOptions;
  readonly autoscaled?: ClusterFacts['autoscaled'];
}

let clusterLoading: Promise<RecordedCluster> | undefined;

function recordedCluster(): Promise<RecordedCluster> {
  clusterLoading ??= loadCorpus().then((corpus) => new RecordedCluster(corpus));
  return clusterLoading;
}

/** What the comparison says of one object that git declares, with the recorded server's schemas. */
export async function comparing({ git, live, owners = [], options = {}, autoscaled }: Comparing): Promise<Comparison> {
  const cluster = await recordedCluster();
  const desired = one(git);
  const resource = cluster.kind(desired);
  if (resource === undefined) throw new Error(`the recorded server does not serve ${desired.kind}`);
  const found = one(live);
  const metadata = owners.length === 0 ? found.metadata : { ...found.metadata, managedFields: owners };
  return compareObservation(
    {
      piece: 'objects',
      resource,
      facts: { autoscaled: autoscaled ?? new Map() },
      pairs: [{ desired: { object: desired }, live: { ...found, metadata } }],
      missing: [],
      extra: [],
    },
    options,
  );
}

/** What the comparison says of one object that git does not declare. */
export async function comparingExtra(live: string, owners: readonly ManagedFieldsEntry[] = []): Promise<Comparison> {
  const cluster = await recordedCluster();
  const found = one(live);
  const resource = cluster.kind(found);
  if (resource === undefined) throw new Error(`the recorded server does not serve ${found.kind}`);
  const extra = [{ ...found, metadata: { ...found.metadata, managedFields: owners } }];
  const facts = { autoscaled: new Map() };
  return compareObservation({ piece: 'objects', resource, facts, pairs: [], missing: [], extra }, {});
}

/** The paths of everything that differs. */
export function pathsOf({ drift }: Comparison): string[] {
  return drift.flatMap(({ changes }) => changes.map(({ path }) => path));
}

/** An entry of managedFields; fields are written as `spec.template` or as the server's own tree. */
export function owner(
  manager: string,
  fields: readonly string[],
  entry: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry {
  const fieldsV1: Record<string, unknown> = {};
  for (const field of fields) {
    let at = fieldsV1;
    for (const step of field.split(' ')) {
      const key = /^[kvi]:/.test(step) ? step : `f:${step}`;
      at = (at[key] ??= {}) as Record<string, unknown>;
    }
  }
  const time = '2026-01-02T03:04:05Z';
  return { manager, operation: 'Update', fieldsType: 'FieldsV1', time, fieldsV1: fieldsV1 as never, ...entry };
}

function one(yaml: string): KubeObject {
  const { objects, failures } = parseManifests({ text: yaml, name: 'test', isFile: false });
  const [first] = objects;
  if (first === undefined) throw new Error(`no object in the test's YAML: ${JSON.stringify(failures)}`);
  return first.object;
}
