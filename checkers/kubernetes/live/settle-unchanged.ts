import { objectAddress } from '../address.ts';
import { compareObservation, type CompareOptions } from '../compare.ts';
import type { KubeObject, Observation } from '../observation.ts';
import type { SettledObjects } from './settled-objects.ts';

/** Notes what there is nothing to tell about, so that the next run need not read it again. Changes no piece. */
export async function* settleUnchanged(
  observations: AsyncIterable<Observation>,
  settled: SettledObjects,
  options: CompareOptions,
): AsyncGenerator<Observation> {
  for await (const observation of observations) {
    if (observation.piece === 'objects') note(observation, settled, options);
    yield observation;
  }
  settled.keep();
}

function note(
  observation: Extract<Observation, { readonly piece: 'objects' }>,
  settled: SettledObjects,
  options: CompareOptions,
): void {
  const { resource, facts, pairs, extra } = observation;
  const { drift, failures = [], notices = [] } = compareObservation(observation, options);
  const told = new Set([...drift, ...failures, ...notices].map(({ address }) => address));
  if (told.has(undefined)) return;
  const isTold = ({ metadata }: KubeObject): boolean => told.has(objectAddress(resource, metadata));
  for (const { desired, live } of pairs) {
    if (!isTold(live)) settled.settle(resource, { live: live.metadata, desired, facts });
  }
  for (const live of extra) {
    if (!isTold(live)) settled.settle(resource, { live: live.metadata, desired: undefined, facts });
  }
}
