import type { Observation } from '../kubernetes/observation.ts';
import type { StatusObservation } from './status/observation.ts';

/** What Argo CD says, or objects that it delivers. */
export type ArgoCdObservation = StatusObservation | Observation;
