import { isCheckError } from '../../../src/checker.ts';
import { onlyNeedsToExist } from '../desired/opt-outs.ts';
import type { ClusterFacts } from '../observation.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import type { ExtraScope } from './extra-scope.ts';
import { looksForExtra, objectKey, type KindPlan } from './kind-plan.ts';
import { listKindIdentities, type KindScope } from './list-kind.ts';
import { listPages } from './list-pages.ts';
import { isDeclared, type LivePage } from './observe-kind.ts';
import type { ObjectIdentity } from './read-identities.ts';
import type { KnownKind } from './settled-objects.ts';

export interface Changes {
  readonly scope: KindScope;
  readonly extra: ExtraScope;
  readonly facts: ClusterFacts;
  readonly known: KnownKind;
}

/** One at a time, more objects cost more than all of a page. */
const FEW = 20;
/** Identities are small: so many times the objects of a page. */
const PAGES_AT_ONCE = 4;

/**
 * Asks which objects of a kind there are, and for those alone that an earlier run did not see as they are. False when that
 * does not do, and the kind has to be read whole: what was given until then is true all the same.
 */
export async function* listChanged(
  client: ApiClient,
  plan: KindPlan,
  changes: Changes,
): AsyncGenerator<LivePage, boolean> {
  const { scope, known } = changes;
  const pageSize = scope.pageSize * PAGES_AT_ONCE;
  const changed: ObjectIdentity[] = [];
  try {
    for await (const page of listKindIdentities(client, plan.resource, { ...scope, pageSize })) {
      if (!known.isNewer(page.resourceVersion)) return false;
      const settled: string[] = [];
      for (const live of page.items) sort(live, { plan, settled, changed, ...changes });
      yield { objects: [], settled };
      if (changed.length > FEW) return false;
    }
  } catch (error) {
    if (!isCheckError(error)) throw error;
    if (error.reason === 'unsupported' || (error instanceof ApiError && error.status === NOT_ACCEPTABLE))
      known.refuse();
    return false; // what is wrong with the kind is told when it is read whole
  }
  for (const live of changed) yield* listOne(client, plan, live);
  return true;
}

const NOT_ACCEPTABLE = 406;

interface Sorting extends Changes {
  readonly plan: KindPlan;
  readonly settled: string[];
  readonly changed: ObjectIdentity[];
}

function sort(live: ObjectIdentity, { plan, extra, facts, known, settled, changed }: Sorting): void {
  const key = objectKey(live);
  const desired = plan.desired.get(key);
  if (desired === undefined && !mayBeExtra(live, plan, extra)) return;
  const isThere = desired !== undefined && onlyNeedsToExist(desired.object);
  if (isThere || known.isSettled({ live, desired, facts })) settled.push(key);
  else changed.push(live);
}

function mayBeExtra(live: ObjectIdentity, plan: KindPlan, extra: ExtraScope): boolean {
  if (!looksForExtra(plan, extra) || isDeclared(plan, objectKey(live))) return false;
  return extra.holds(plan.resource, { apiVersion: '', kind: plan.resource.kind, metadata: live });
}

/** A LIST, too: no other permission is needed, and an object that has gone since is not an error. */
async function* listOne(
  client: ApiClient,
  { resource }: KindPlan,
  { namespace, name }: ObjectIdentity,
): AsyncGenerator<LivePage> {
  const fieldSelector = `metadata.name=${name.replaceAll(/[\\,=]/g, String.raw`\$&`)}`;
  for await (const page of listPages(client, resource, { namespace, pageSize: 1, fieldSelector })) {
    yield { objects: page.items };
  }
}
