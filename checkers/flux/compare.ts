import type { Comparison } from '../../src/checker.ts';
import { compareDelivered, type DeliveryCompareOptions } from '../kubernetes/compare-delivered.ts';
import { markedKustomization } from './marked-kustomization.ts';
import type { FluxObservation } from './observation.ts';
import type { FluxOptions } from './options.ts';
import { compareStatus } from './status/compare-status.ts';

/** Judges one piece. Pure. */
export function compare(observation: FluxObservation, options: FluxOptions): Comparison {
  if (observation.piece === 'flux' || observation.piece === 'flux findings') {
    if (options.status === undefined) return { resources: 0, drift: [] };
    return compareStatus(observation, options.status);
  }
  return compareDelivered(observation, rulesOf(options));
}

const known = new WeakMap<FluxOptions, DeliveryCompareOptions>();

/** The same object for the same options: rules are compiled once. */
function rulesOf(options: FluxOptions): DeliveryCompareOptions {
  const found = known.get(options) ?? { ...options, deliveryOf: markedKustomization };
  known.set(options, found);
  return found;
}
