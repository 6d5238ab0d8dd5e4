import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './compare.ts';
import type { SaltObservation } from './observation.ts';
import { observe } from './observe.ts';
import { options, type SaltOptions } from './options.ts';

/** Compares minions with what `state.apply test=True` would make of them. */
export const salt: Checker<SaltOptions, SaltObservation> = defineChecker({
  apiVersion: 1,
  name: 'salt',
  options,
  observe,
  compare,
});
