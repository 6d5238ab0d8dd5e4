import { isDeepStrictEqual } from 'node:util';
import { CheckError, isCheckError } from '../../../src/checker.ts';
import { objectAddress } from '../address.ts';
import { compareObservation } from '../compare.ts';
import { parseExactJson } from '../../../src/diff/exact-json.ts';
import type { ApiClient } from '../live/api-client.ts';
import { listPath } from '../live/list-pages.ts';
import type { KubeObject, Observation, Pair, ResourceKind } from '../observation.ts';
import type { KubernetesOptions } from '../options.ts';

export type Confirmer = (observation: Observation) => Promise<Observation>;

/**
 * Asks the server what an apply would do to each object that reads as drifted: webhooks and conversions may make what
 * git says into what is live. Once the permission is refused, nothing more is asked.
 */
export function createConfirmer(options: KubernetesOptions, client: ApiClient): Confirmer {
  let forbidden: string | undefined;
  return async (observation) => {
    if (observation.piece !== 'objects' || observation.pairs.length === 0) return observation;
    const { resource } = observation;
    const { drift } = compareObservation(observation, options);
    const suspects = new Set(drift.map(({ address }) => address));
    const pairs: Pair[] = [];
    for (const pair of observation.pairs) {
      if (!suspects.has(objectAddress(resource, pair.desired.object.metadata))) pairs.push(pair);
      else if (forbidden === undefined) {
        const dryRun = await ask(client, resource, pair);
        if (dryRun.outcome === 'refused' && dryRun.isForbidden) forbidden = dryRun.why;
        pairs.push({ ...pair, dryRun });
      } else pairs.push({ ...pair, dryRun: { outcome: 'refused', why: forbidden } });
    }
    return { ...observation, pairs };
  };
}

type Answer =
  | { readonly outcome: 'unchanged' | 'changed' }
  | { readonly outcome: 'refused'; readonly why: string; readonly isForbidden: boolean };

async function ask(client: ApiClient, resource: ResourceKind, { desired, live }: Pair): Promise<Answer> {
  const { namespace, name } = desired.object.metadata;
  const path = `${listPath(resource, namespace)}/${encodeURIComponent(name)}`;
  try {
    const answer = parseAnswer(await client.dryRunApply(path, applicable(desired.object)));
    return { outcome: isDeepStrictEqual(comparable(answer), comparable(live)) ? 'unchanged' : 'changed' };
  } catch (error) {
    if (!isCheckError(error) || error.reason === 'aborted') throw error;
    return { outcome: 'refused', why: error.message, isForbidden: isMissingPermission(error) };
  }
}

/** RBAC's own words: a webhook that denies one object answers with the same status. */
function isMissingPermission({ reason, message }: CheckError): boolean {
  return reason === 'forbidden' && message.includes('cannot patch resource');
}

function parseAnswer(body: Buffer): KubeObject {
  try {
    return parseExactJson(body.toString('utf8')) as KubeObject;
  } catch (error) {
    throw new CheckError('bad_output', 'the dry run did not answer with an object', { cause: error });
  }
}

/** Without what an apply refuses to be told. */
function applicable(object: KubeObject): unknown {
  const { status: _, ...rest } = object;
  const { managedFields: __, resourceVersion: ___, uid: ____, generation: _____, ...metadata } = object.metadata;
  return { ...rest, metadata };
}

/** Without what every write changes. */
function comparable(object: KubeObject): unknown {
  const { managedFields: _, resourceVersion: __, generation: ___, ...metadata } = object.metadata;
  return { ...object, metadata };
}
