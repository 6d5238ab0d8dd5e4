import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './compare.ts';
import type { ChefObservation } from './observation.ts';
import { observe } from './observe.ts';
import { options, type ChefOptions } from './options.ts';

/** Compares nodes with what `chef-client --why-run` would make of them. */
export const chef: Checker<ChefOptions, ChefObservation> = defineChecker({
  apiVersion: 1,
  name: 'chef',
  options,
  observe,
  compare,
});
