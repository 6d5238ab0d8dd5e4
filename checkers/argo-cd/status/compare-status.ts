import type { Comparison } from '../../../src/checker.ts';
import { objectAddress } from '../../kubernetes/address.ts';
import type { KubeObject } from '../../kubernetes/observation.ts';
import { ARGO_GROUP } from '../list-applications.ts';
import type { StatusOptions } from '../options.ts';
import { judgeApplication } from './judge-application.ts';
import { judgeApplicationSet } from './judge-application-set.ts';
import type { StatusObservation } from './observation.ts';

/** Judges one page of what Argo CD says. Pure; an object that cannot be read hides no other. */
export function compareStatus(observation: StatusObservation, options: StatusOptions): Comparison {
  if (observation.piece === 'argo findings') {
    return { resources: 0, drift: [], failures: observation.failures, notices: observation.notices };
  }
  const { now } = observation;
  const found =
    observation.piece === 'applications'
      ? observation.applications.map((application) =>
          guarded('Application', application, (address) => judgeApplication(application, { address, now, options })),
        )
      : observation.sets.map((set) =>
          guarded('ApplicationSet', set, (address) =>
            judgeApplicationSet(set, { address, now, options, known: observation.known }),
          ),
        );
  return {
    resources: found.reduce((sum, { resources }) => sum + resources, 0),
    drift: found.flatMap(({ drift }) => drift),
    failures: found.flatMap(({ failures = [] }) => failures),
    notices: found.flatMap(({ notices = [] }) => notices),
    notCompared: found.flatMap(({ notCompared = [] }) => notCompared),
  };
}

function guarded(kind: string, object: KubeObject, judged: (address: string) => Comparison): Comparison {
  const address = objectAddress({ group: ARGO_GROUP, kind }, object.metadata);
  try {
    return judged(address);
  } catch (error) {
    const message = `cannot read this ${kind}: ${error instanceof Error ? error.message : String(error)}`;
    return { resources: 0, drift: [], failures: [{ phase: 'compare', reason: 'bad_output', message, address }] };
  }
}
