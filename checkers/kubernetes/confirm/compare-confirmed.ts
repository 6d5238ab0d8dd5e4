import type { Comparison, Notice, ResourceDrift } from '../../../src/checker.ts';
import { objectAddress } from '../address.ts';
import { compareObservation } from '../compare.ts';
import type { Observation, Pair } from '../observation.ts';
import type { KubernetesOptions } from '../options.ts';

/** The comparison, and what a dry run made of it where one was asked for. Pure. */
export function compare(observation: Observation, options: KubernetesOptions): Comparison {
  const found = compareObservation(observation, options);
  if (observation.piece !== 'objects') return found;
  const asked = observation.pairs.filter(({ dryRun }) => dryRun !== undefined);
  if (asked.length === 0) return found;
  const byAddress = new Map(
    asked.map((pair) => [objectAddress(observation.resource, pair.desired.object.metadata), pair]),
  );
  return {
    ...found,
    drift: found.drift.flatMap((drift) => confirmed(drift, byAddress.get(drift.address)) ?? []),
    notices: [...(found.notices ?? []), ...Array.from(byAddress, ([address, pair]) => refusal(address, pair)).flat()],
  };
}

/**
 * Where an apply would change nothing, what git declares is live: only what somebody put beside it is left, which an
 * apply does not touch.
 */
function confirmed(drift: ResourceDrift, pair: Pair | undefined): ResourceDrift | undefined {
  if (pair?.dryRun?.outcome !== 'unchanged') return drift;
  const changes = drift.changes.filter(({ op }) => op === 'remove');
  return changes.length === 0 ? undefined : { ...drift, changes };
}

function refusal(address: string, { dryRun }: Pair): Notice[] {
  if (dryRun?.outcome !== 'refused') return [];
  const message = `the dry run was refused, the verdict is of the comparison alone: ${dryRun.why}`;
  return [{ kind: 'warning', message, address }];
}
