import type { Observation } from '../kubernetes/observation.ts';
import type { StatusObservation } from './status/observation.ts';

/** Flux's own objects, or objects that it delivers. */
export type FluxObservation = StatusObservation | Observation;
