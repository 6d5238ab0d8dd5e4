import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './confirm/compare-confirmed.ts';
import { observe } from './observe.ts';
import type { Observation } from './observation.ts';
import { kubernetesOptions, type KubernetesOptions } from './options.ts';

/** Compares manifests with what a cluster holds, from LISTs alone. */
export const kubernetes: Checker<KubernetesOptions, Observation> = defineChecker({
  apiVersion: 1,
  name: 'kubernetes',
  options: kubernetesOptions,
  acceptsInput: true,
  observe,
  compare,
});
