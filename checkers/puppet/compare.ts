import type { Comparison, NotCompared, Notice } from '../../src/checker.ts';
import type { FoundReport, PuppetObservation } from './observation.ts';
import { isDeclared } from './read-report.ts';
import { failedDependency, reportFailures } from './report-failures.ts';
import type { ReportResource } from './report.ts';
import { addressOf, resourceDrift } from './resource-drift.ts';

/** Judges one host's report. */
export function compare(observation: PuppetObservation): Comparison {
  if (observation.piece === 'failure') return { resources: 0, drift: [], failures: [observation.failure] };
  const { found } = observation;
  const resources = found.report.resources.filter(isDeclared);
  const notCompared = resources.flatMap((resource) => notComparedOf(resource, found));
  const left = new Set(notCompared.map(({ address }) => address));
  const comparable = resources.filter(
    (resource) => resource.type !== 'Notify' && !left.has(addressOf(found, resource)),
  );
  const failures = reportFailures(found);
  const unknown = failures.filter(({ address }) => address !== found.host).length;
  return {
    resources: Math.max(0, found.report.resourceCount - (resources.length - comparable.length) - unknown),
    drift: comparable.flatMap((resource) => resourceDrift(resource, found) ?? []),
    failures,
    notices: [...resources.flatMap((resource) => noticesOf(resource, found)), ...warnings(found)],
    notCompared,
  };
}

const ALWAYS_PENDING = 'an exec without unless, onlyif, creates or refreshonly is pending in every run';
const MAYBE_PENDING = 'the report does not tell whether this exec has a guard';

function notComparedOf(resource: ReportResource, found: FoundReport): NotCompared[] {
  const why = whyNotCompared(resource, found);
  return why === undefined
    ? []
    : [{ address: addressOf(found, resource), type: resource.type, scope: found.host, why }];
}

function whyNotCompared(resource: ReportResource, found: FoundReport): string | undefined {
  if (resource.skipped) {
    return failedDependency(resource, found) === undefined ? 'skipped by its schedule or by tags' : undefined;
  }
  if (resource.type !== 'Exec' || !resource.events.some(({ status }) => status === 'noop')) return undefined;
  const declaration = found.declared?.get(resource.ref);
  if (declaration === undefined) return MAYBE_PENDING;
  return declaration.guarded ? undefined : ALWAYS_PENDING;
}

function noticesOf(resource: ReportResource, found: FoundReport): Notice[] {
  const address = addressOf(found, resource);
  const corrected = resource.events.filter(({ status, corrective }) => status === 'success' && corrective);
  const audited = resource.events.filter(({ status }) => status === 'audit');
  return [
    ...(resource.type === 'Notify' && resource.events.length > 0
      ? [{ kind: 'never_converges', message: 'a notify is pending in every run', address } as const]
      : []),
    ...corrected.map(({ property = 'state' }) => {
      const message = `${property} was changed outside Puppet and put back by the run of ${found.report.time}`;
      return { kind: 'outside_change', message, address } as const;
    }),
    ...audited.map(({ property = 'state' }) => {
      return { kind: 'outside_change', message: `${property} is audited and was changed`, address } as const;
    }),
  ];
}

const WARNINGS_SHOWN = 20;

/** Puppet's warnings about the run; those about a skipped resource are told with it. */
function warnings({ host, report }: FoundReport): Notice[] {
  const messages = report.logs
    .filter(({ level, source }) => level === 'warning' && !source.startsWith('/Stage['))
    .map(({ message }) => message);
  return [...new Set(messages)]
    .slice(0, WARNINGS_SHOWN)
    .map((message) => ({ kind: 'warning', message: `${host}: ${message}` }));
}
