import type { Action, ResourceDrift } from '../../src/checker.ts';
import { causeOf } from './cause-of.ts';
import { eventChanges, isNothing } from './event-changes.ts';
import type { FoundReport } from './observation.ts';
import type { ReportEvent, ReportResource } from './report.ts';

/** The drift of a resource with pending events; undefined when none is pending. */
export function resourceDrift(resource: ReportResource, found: FoundReport): ResourceDrift | undefined {
  const pending = resource.events.filter(({ status }) => status === 'noop');
  if (pending.length === 0) return undefined;
  return {
    address: addressOf(found, resource),
    type: resource.type,
    scope: found.host,
    action: actionOf(pending),
    cause: causeOf(resource, found),
    changes: pending.flatMap((event) => eventChanges(event, resource, found.report)),
    ...originOf(resource, found),
  };
}

/** `web-01/File[/etc/motd]`. */
export function addressOf({ host }: { readonly host: string }, { ref }: { readonly ref: string }): string {
  return `${host}/${ref}`;
}

/** A sensitive `ensure` has no values to go by: the event's name (`file_created`) tells as well. */
function actionOf(events: readonly ReportEvent[]): Action {
  const ensure = events.find(({ property }) => property === 'ensure');
  if (ensure === undefined) return 'update';
  if (/(^|_)created$/.test(ensure.name) || isNothing(ensure, ensure.previous)) return 'create';
  return /(^|_)removed$/.test(ensure.name) || isNothing(ensure, ensure.desired) ? 'delete' : 'update';
}

function originOf({ file, line }: ReportResource, found: FoundReport): Pick<ResourceDrift, 'origin'> {
  if (file === undefined) return {};
  const prefix = found.sourcePrefixes.find((candidate) => file.startsWith(candidate)) ?? '';
  const relative = file.slice(prefix.length).replace(/^.*\/environments\/[^/]+\//, '');
  return { origin: { file: relative, ...(line !== undefined && line > 0 && { line }) } };
}
