import type { Comparison, Notice } from '../../src/checker.ts';
import { objectAddress } from '../kubernetes/address.ts';
import { compareDelivered } from '../kubernetes/compare-delivered.ts';
import type { Observation } from '../kubernetes/observation.ts';
import type { HelmCheckOptions } from './options.ts';
import { isKept, markedRelease } from './release-marks.ts';

/** Judges one piece. Pure. */
export function compare(observation: Observation, options: HelmCheckOptions): Comparison {
  if (observation.piece === 'findings') return compareDelivered(observation, options, markedRelease);
  const kept = observation.extra.filter(isKept);
  const extra = observation.extra.filter((live) => !isKept(live));
  const found = compareDelivered({ ...observation, extra }, options, markedRelease);
  const notices = kept.map((live): Notice => {
    const address = objectAddress(observation.resource, live.metadata);
    const message = `release ${markedRelease(live) ?? ''} has it no more, and helm.sh/resource-policy: keep left it`;
    return { kind: 'outside_change', message, address };
  });
  return { ...found, notices: [...(found.notices ?? []), ...notices] };
}
