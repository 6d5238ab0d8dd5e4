import type { Cause } from '../../src/checker.ts';
import type { FoundReport } from './observation.ts';
import type { ReportResource } from './report.ts';

/**
 * Which side moved. Puppet's own knowledge comes first (a corrective change), then what earlier runs saw: in sync with
 * the very same declaration means that the live side moved.
 */
export function causeOf(resource: ReportResource, found: FoundReport): Cause {
  if (resource.events.some(({ corrective }) => corrective)) return 'out_of_band';
  if (found.knowsLastRun) return 'unapplied';
  const { baseline, declared } = found;
  const declaration = declared?.get(resource.ref);
  if (baseline === undefined || declaration === undefined) return 'unknown';
  const known = baseline.resources[resource.ref];
  if (known === undefined || known.digest !== declaration.digest) return 'unapplied';
  const sameSource = found.revision !== undefined && found.revision === baseline.revision;
  const hidden =
    declaration.sourced || resource.events.some(({ property }) => isSensitive(property, declaration.sensitive));
  if (hidden && !sameSource) return 'unknown';
  return known.cause ?? 'out_of_band';
}

/** An `ensure` of a file with sensitive content is no longer what it was, or was never there: the digest tells. */
function isSensitive(property: string | undefined, sensitive: readonly string[]): boolean {
  return property !== undefined && sensitive.includes(property);
}
