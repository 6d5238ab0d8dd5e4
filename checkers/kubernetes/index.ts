import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './confirm/compare-confirmed.ts';
import type { Observation } from './observation.ts';
import { kubernetesOptions, type KubernetesOptions } from './options.ts';

/** Compares manifests with what a cluster holds, from LISTs alone. */
export const kubernetes: Checker<KubernetesOptions, Observation> = defineChecker({
  apiVersion: 1,
  name: 'kubernetes',
  options: kubernetesOptions,
  acceptsInput: true,
  async *observe(options, context) {
    // The client library takes half a second and 60 MB: only who watches a cluster pays for it.
    const { observe } = await import('./observe.ts');
    yield* observe(options, context);
  },
  compare,
});
