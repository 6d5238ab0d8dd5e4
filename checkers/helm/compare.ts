import type { Comparison, Notice } from '../../src/checker.ts';
import { objectAddress } from '../kubernetes/address.ts';
import { compareDelivered, type DeliveryCompareOptions } from '../kubernetes/compare-delivered.ts';
import type { Observation } from '../kubernetes/observation.ts';
import type { HelmCheckOptions } from './options.ts';
import { isKept, markedRelease } from './release-marks.ts';

/** Judges one piece. Pure. */
export function compare(observation: Observation, options: HelmCheckOptions): Comparison {
  const rules = rulesOf(options);
  if (observation.piece === 'findings') return compareDelivered(observation, rules);
  const kept = observation.extra.filter(isKept);
  const extra = observation.extra.filter((live) => !isKept(live));
  const found = compareDelivered({ ...observation, extra }, rules);
  const notices = kept.map((live): Notice => {
    const address = objectAddress(observation.resource, live.metadata);
    const message = `release ${markedRelease(live) ?? ''} has it no more, and helm.sh/resource-policy: keep left it`;
    return { kind: 'outside_change', message, address };
  });
  return { ...found, notices: [...(found.notices ?? []), ...notices] };
}

const known = new WeakMap<HelmCheckOptions, DeliveryCompareOptions>();

/** The same object for the same options: rules are compiled once. */
function rulesOf(options: HelmCheckOptions): DeliveryCompareOptions {
  const found = known.get(options) ?? { ...options, deliveryOf: markedRelease };
  known.set(options, found);
  return found;
}
