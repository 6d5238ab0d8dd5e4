import type { Comparison } from '../../src/checker.ts';
import { compareDelivered } from '../kubernetes/compare-delivered.ts';
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
  return compareDelivered(observation, options, markedKustomization);
}
