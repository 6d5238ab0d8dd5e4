import type { Observation } from '../kubernetes/observation.ts';
import type { StatusObservation } from './status/observation.ts';

/** What Argo CD says, or objects that it delivers. */
export type ArgoCdObservation =
  | StatusObservation
  | {
      readonly piece: 'delivered';
      readonly objects: Observation;
      /** `namespace/name` of the Applications, by the marks that their objects carry. */
      readonly tracked: ReadonlyMap<string, string>;
    };
