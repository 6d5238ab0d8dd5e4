import type { Comparison } from '../../src/checker.ts';
import { compareDelivered } from '../kubernetes/compare-delivered.ts';
import type { ArgoCdObservation } from './observation.ts';
import type { ArgoCdOptions } from './options.ts';
import { compareStatus } from './status/compare-status.ts';
import { trackedApplication } from './tracked-application.ts';

/** Judges one piece. Pure. */
export function compare(observation: ArgoCdObservation, options: ArgoCdOptions): Comparison {
  if (observation.piece === 'delivered') {
    const { objects, tracked } = observation;
    return compareDelivered(objects, options, (live) => tracked.get(trackedApplication(live) ?? ''));
  }
  if (options.status === undefined) return { resources: 0, drift: [] };
  return compareStatus(observation, options.status);
}
