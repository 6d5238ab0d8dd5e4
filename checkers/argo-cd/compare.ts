import type { Comparison } from '../../src/checker.ts';
import { compareDelivered, type DeliveryCompareOptions } from '../kubernetes/compare-delivered.ts';
import type { ArgoCdObservation } from './observation.ts';
import type { ArgoCdOptions } from './options.ts';
import { compareStatus } from './status/compare-status.ts';
import { trackedApplication } from './tracked-application.ts';

/** Judges one piece. Pure. */
export function compare(observation: ArgoCdObservation, options: ArgoCdOptions): Comparison {
  if (observation.piece === 'objects' || observation.piece === 'findings')
    return compareDelivered(observation, rulesOf(options));
  if (options.status === undefined) return { resources: 0, drift: [] };
  return compareStatus(observation, options.status);
}

const known = new WeakMap<ArgoCdOptions, DeliveryCompareOptions>();

/** The same object for the same options: rules are compiled once. */
function rulesOf(options: ArgoCdOptions): DeliveryCompareOptions {
  const found = known.get(options) ?? { ...options, deliveryOf: trackedApplication };
  known.set(options, found);
  return found;
}
