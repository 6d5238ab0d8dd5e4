import type { Comparison } from '../../src/checker.ts';
import { judge } from './judge.ts';
import type { ReportObservation } from './observation.ts';
import type { ReportOptions } from './options.ts';

/** Judges one piece by the mapping. Pure. */
export function compare(observation: ReportObservation, { mapping }: ReportOptions): Comparison {
  if (observation.piece === 'failures') return { resources: 0, drift: [], failures: observation.failures };
  const judged = observation.reports.map((report) => judge(report, mapping, observation.readAt));
  return {
    resources: judged.reduce((sum, { resources }) => sum + resources, 0),
    drift: judged.flatMap(({ drift }) => drift),
    failures: judged.flatMap(({ failures }) => failures ?? []),
    notices: judged.flatMap(({ notices }) => notices ?? []),
    notCompared: judged.flatMap(({ notCompared }) => notCompared ?? []),
  };
}
