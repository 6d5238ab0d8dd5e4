import type { Failure, FailureReason } from '../../src/checker.ts';
import type { FoundReport } from './observation.ts';
import type { ReportResource } from './report.ts';
import { addressOf } from './resource-drift.ts';

/** What the report says could not be known: of the whole run, and of single resources. */
export function reportFailures(found: FoundReport): Failure[] {
  return [...runFailures(found), ...found.report.resources.flatMap((resource) => resourceFailures(resource, found))];
}

/** Puppet gave up: the catalog did not compile, could not be fetched, or has a cycle. */
function runFailures({ host, report }: FoundReport): Failure[] {
  if (report.completed) return [];
  const errors = report.logs
    .filter(({ level, source }) => level === 'err' && !isOwn(source))
    .map(({ message }) => message);
  const message = [...new Set(errors)].slice(0, 5).join('\n') || `the run ended with status ${report.status}`;
  return [{ phase: 'observe', reason: runReason(message), message: `${host}: ${message}`, address: host }];
}

/** Logged by a resource, not by the run. */
function isOwn(source: string): boolean {
  return source.startsWith('/Stage[');
}

const RUN_REASONS: readonly (readonly [RegExp, FailureReason])[] = [
  [
    /certificate verify failed|certificate .*(expired|revoked)|SSL_connect|unable to get local issuer/i,
    'unauthenticated',
  ],
  [/Error 403|Forbidden request/i, 'forbidden'],
  [/connection refused|failed to open tcp|getaddrinfo|timed? ?out|no more routes to/i, 'unreachable'],
];

export function runReason(message: string): FailureReason {
  return RUN_REASONS.find(([said]) => said.test(message))?.[1] ?? 'invalid';
}

function resourceFailures(resource: ReportResource, found: FoundReport): Failure[] {
  const address = addressOf(found, resource);
  const of = (reason: FailureReason, message: string): Failure[] => [{ phase: 'observe', reason, message, address }];
  const errors = resource.events.filter(({ status }) => status === 'failure').map(({ message }) => message);
  if (errors.length > 0) {
    const message = [...new Set(errors)].join('\n');
    return of(/part of a dependency cycle/.test(message) ? 'dependency' : 'task_failed', message);
  }
  if (resource.failedToRestart) return of('task_failed', 'could not be restarted');
  const blocked = resource.skipped ? failedDependency(resource, found) : undefined;
  return blocked === undefined ? [] : of('dependency', blocked);
}

/** What Puppet logged of a resource that it skipped because of another; undefined when it was skipped on purpose. */
export function failedDependency({ ref }: ReportResource, { report }: FoundReport): string | undefined {
  const own = report.logs.filter(({ source }) => source.endsWith(`/${ref}`)).map(({ message }) => message);
  if (!own.some((message) => /skipping because of failed dependencies/i.test(message))) return undefined;
  return own.find((message) => /^Dependency .* has failures/.test(message)) ?? 'a dependency failed';
}
