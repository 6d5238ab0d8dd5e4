import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare as compareSides } from './compare.ts';
import type { CompareObservation } from './observation.ts';
import { compareOptions, type CompareOptions } from './options.ts';

/** Compares two environments: git with git, a cluster with a cluster, git with a cluster it is not made for. */
export const compare: Checker<CompareOptions, CompareObservation> = defineChecker({
  apiVersion: 1,
  name: 'compare',
  options: compareOptions,
  async *observe(options, context) {
    // The client library takes half a second and 60 MB: only who watches a cluster pays for it.
    const { observe } = await import('./observe.ts');
    yield* observe(options, context);
  },
  compare: compareSides,
});
