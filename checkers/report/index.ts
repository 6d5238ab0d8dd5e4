import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './compare.ts';
import type { ReportObservation } from './observation.ts';
import { observe } from './observe.ts';
import { reportOptions, type ReportOptions } from './options.ts';

/** Reads what fleets and tools report of themselves, by a mapping. */
export const report: Checker<ReportOptions, ReportObservation> = defineChecker({
  apiVersion: 1,
  name: 'report',
  options: reportOptions,
  observe,
  compare,
});
