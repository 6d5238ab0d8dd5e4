import { defineChecker, type Checker } from '../../src/checker.ts';
import type { Observation } from '../kubernetes/observation.ts';
import { compare } from './compare.ts';
import { helmCheckOptions, type HelmCheckOptions } from './options.ts';

/** Compares what Helm installed in a cluster with what is there now, by Helm's own records. */
export const helm: Checker<HelmCheckOptions, Observation> = defineChecker({
  apiVersion: 1,
  name: 'helm',
  options: helmCheckOptions,
  async *observe(options, context) {
    // The client library takes half a second and 60 MB: only who watches a cluster pays for it.
    const { observe } = await import('./observe.ts');
    yield* observe(options, context);
  },
  compare,
});
