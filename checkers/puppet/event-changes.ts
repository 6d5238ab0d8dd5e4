import type { Change, FieldValue, Json } from '../../src/checker.ts';
import { known } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import { isSensitiveFile, maskSensitiveText } from '../hosts/sensitive-text.ts';
import { preparedChanges } from '../hosts/text-changes.ts';
import type { PuppetReport, ReportEvent, ReportResource } from './report.ts';

/** The changes an event stands for: the hunks of the text where Puppet logged its diff, else the two values. */
export function eventChanges(event: ReportEvent, resource: ReportResource, report: PuppetReport): Change[] {
  const sensitive = event.sensitive || (event.property === 'content' && isSensitiveFile(titleOf(resource)));
  const diff = sensitive ? undefined : loggedDiff(event, resource, report);
  if (diff !== undefined) return preparedChanges(diff);
  const path = toPointer([event.property ?? 'state']);
  const live = sideOf(event, event.previous, sensitive);
  const desired = sideOf(event, event.desired, sensitive);
  if (live === undefined) return [desired === undefined ? { op: 'replace', path } : { op: 'add', path, desired }];
  return [desired === undefined ? { op: 'remove', path, live } : { op: 'replace', path, live, desired }];
}

function titleOf({ ref }: ReportResource): string {
  return ref.slice(ref.indexOf('[') + 1, -1);
}

/** With show_diff Puppet logs the unified diff of a content as a message of that property. */
function loggedDiff({ property }: ReportEvent, { ref }: ReportResource, { logs }: PuppetReport): string | undefined {
  if (property !== 'content') return undefined;
  return logs.find(({ source, message }) => source.endsWith(`/${ref}/content`) && /^\n?--- /.test(message))?.message;
}

/** What a property is when there is nothing: a package may be `purged` too. */
export function isNothing({ property }: ReportEvent, value: Json | undefined): boolean {
  return value === undefined || value === 'absent' || (property === 'ensure' && value === 'purged');
}

function sideOf(event: ReportEvent, value: Json | undefined, sensitive: boolean): FieldValue | undefined {
  if (value === undefined || isNothing(event, value)) return undefined;
  return sensitive
    ? { kind: 'sensitive' }
    : known(typeof value === 'string' ? maskSensitiveText(readable(value)) : value);
}

/** Puppet 6 and newer write a desired checksum in base64. */
function readable(value: string): string {
  if (!/^e2[\w+/]+=*$/.test(value)) return value;
  const text = Buffer.from(value, 'base64').toString('utf8');
  return /^\{\w+\}[0-9a-f]+$/.test(text) ? text : value;
}
