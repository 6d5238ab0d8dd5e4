import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './compare.ts';
import type { ArgoCdObservation } from './observation.ts';
import { argoCdOptions, type ArgoCdOptions } from './options.ts';

/** Reads what Argo CD found, or compares its Applications with the cluster without it. */
export const argoCd: Checker<ArgoCdOptions, ArgoCdObservation> = defineChecker({
  apiVersion: 1,
  name: 'argo-cd',
  options: argoCdOptions,
  async *observe(options, context) {
    // The client library takes half a second and 60 MB: only who watches a cluster pays for it.
    const { observe } = await import('./observe.ts');
    yield* observe(options, context);
  },
  compare,
});
