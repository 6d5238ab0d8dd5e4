import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './compare.ts';
import type { PulumiObservation } from './observation.ts';
import { observe } from './observe.ts';
import { pulumiOptions, type PulumiOptions } from './options.ts';

/** Previews Pulumi stacks, and never updates or refreshes one. */
export const pulumi: Checker<PulumiOptions, PulumiObservation> = defineChecker({
  apiVersion: 1,
  name: 'pulumi',
  options: pulumiOptions,
  observe,
  compare,
});
