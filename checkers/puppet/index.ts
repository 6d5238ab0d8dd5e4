import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './compare.ts';
import type { PuppetObservation } from './observation.ts';
import { observe } from './observe.ts';
import { options, type PuppetOptions } from './options.ts';

/** Compares hosts with what Puppet would make of them: `puppet apply` or `agent` in noop mode, or their reports. */
export const puppet: Checker<PuppetOptions, PuppetObservation> = defineChecker({
  apiVersion: 1,
  name: 'puppet',
  options,
  observe,
  compare,
});
