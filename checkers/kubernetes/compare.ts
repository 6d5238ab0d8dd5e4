import type { Comparison, Failure, Notice, ResourceDrift } from '../../src/checker.ts';
import { objectAddress } from './address.ts';
import { compareExtra } from './compare-extra.ts';
import { missingObject } from './compare-missing.ts';
import { comparePair } from './compare-pair.ts';
import { ignoreRulesFor, type IgnoreDifference } from './ignore/ignore-rules.ts';
import type { KubeObject, Observation, ResourceKind } from './observation.ts';
import { managerTable, type ManagerRule, type ManagerTable } from './ownership/managers.ts';

/** The options that the comparison reads. */
export interface CompareOptions {
  /** Argo CD's `ignoreDifferences`, as they are. */
  readonly ignore_differences?: readonly IgnoreDifference[] | undefined;
  /** Field managers that the built-in table does not know, or knows wrongly. */
  readonly managers?: readonly ManagerRule[] | undefined;
}

/**
 * Judges one piece. Pure; never throws: an object that cannot be compared is a failure of its own. A piece is judged once,
 * however often it is asked about.
 */
export function compareObservation(observation: Observation, options: CompareOptions): Comparison {
  if (observation.piece === 'findings') {
    const { failures, notices, notCompared, unchanged = 0 } = observation;
    return { resources: unchanged, drift: [], failures, notices, notCompared };
  }
  const known = judged.get(observation);
  if (known?.options === options) return known.comparison;
  const comparison = compareObjects(observation, options);
  judged.set(observation, { options, comparison });
  return comparison;
}

const judged = new WeakMap<Observation, { readonly options: CompareOptions; readonly comparison: Comparison }>();

function compareObjects(
  observation: Extract<Observation, { readonly piece: 'objects' }>,
  options: CompareOptions,
): Comparison {
  const { resource, facts, pairs, missing, extra } = observation;
  const classify = tableOf(options);
  const rules = ignoreRulesFor(options, resource);
  const drift: ResourceDrift[] = [];
  const failures: Failure[] = [];
  const notices: Notice[] = [];
  for (const { desired, live } of pairs) {
    guarded(resource, desired.object, failures, () => {
      const found = comparePair({ desired, live }, { resource, facts, classify, rules });
      if (found.drift !== undefined) drift.push(found.drift);
      notices.push(...found.notices);
    });
  }
  for (const desired of missing) drift.push(missingObject(desired, resource));
  for (const live of extra) {
    guarded(resource, live, failures, () => {
      const found = compareExtra(live, { resource, classify });
      if (found.drift !== undefined) drift.push(found.drift);
      notices.push(...found.notices);
    });
  }
  return { resources: pairs.length + missing.length, drift, failures, notices };
}

/** A malformed object hides nothing else. */
function guarded(resource: ResourceKind, object: KubeObject, failures: Failure[], compare: () => void): void {
  try {
    compare();
  } catch (error) {
    const message = `cannot compare this ${resource.kind}: ${error instanceof Error ? error.message : 'not an object'}`;
    const metadata = object?.metadata as KubeObject['metadata'] | undefined;
    const address = typeof metadata?.name === 'string' ? { address: objectAddress(resource, metadata) } : {};
    failures.push({ phase: 'compare', reason: 'bad_output', message, ...address });
  }
}

const tables = new WeakMap<CompareOptions, ManagerTable>();

function tableOf(options: CompareOptions): ManagerTable {
  const known = tables.get(options);
  if (known !== undefined) return known;
  const table = managerTable(options.managers);
  tables.set(options, table);
  return table;
}
