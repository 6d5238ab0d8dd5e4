import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './compare.ts';
import type { FluxObservation } from './observation.ts';
import { fluxOptions, type FluxOptions } from './options.ts';

/** Reads how Flux is doing, or compares what it would apply with the cluster. */
export const flux: Checker<FluxOptions, FluxObservation> = defineChecker({
  apiVersion: 1,
  name: 'flux',
  options: fluxOptions,
  async *observe(options, context) {
    // The client library takes half a second and 60 MB: only who watches a cluster pays for it.
    const { observe } = await import('./observe.ts');
    yield* observe(options, context);
  },
  compare,
});
