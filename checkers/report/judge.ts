import {
  CheckError,
  failureOf,
  isCheckError,
  type Comparison,
  type Json,
  type ResourceDrift,
} from '../../src/checker.ts';
import { lastLines } from '../../src/diff/last-lines.ts';
import { maskSensitiveText } from '../hosts/sensitive-text.ts';
import { differencesOf, versionChanges } from './changes-of.ts';
import { parseFieldPath, valueAt } from './field-path.ts';
import type { IdentifiedReport } from './observation.ts';
import type { Mapping, ReportedStatus } from './options.ts';
import { describe, textAt } from './reports-of.ts';

/** What one report says, or what is wrong with it: never in sync then. `readAt`: milliseconds since 1970. */
export function judge(report: IdentifiedReport, mapping: Mapping, readAt: number): Comparison {
  try {
    return judged(report, mapping, readAt);
  } catch (error) {
    if (!isCheckError(error)) throw error;
    return { resources: 0, drift: [], failures: [{ ...failureOf(error), address: report.address }] };
  }
}

function judged(report: IdentifiedReport, mapping: Mapping, readAt: number): Comparison {
  const { address } = report;
  const type = typeof mapping.type === 'string' ? textAt(report, mapping.type) : mapping.type.value;
  const scope = mapping.scope === undefined ? {} : { scope: textAt(report, mapping.scope) };
  checkAge(report, mapping, readAt);
  const message = messageOf(report, mapping);
  const status = statusOf(report, mapping, message);
  if (status === 'not_compared') {
    const why = message === '' ? 'reported as not compared' : message;
    return { resources: 0, drift: [], notCompared: [{ address, type, ...scope, why }] };
  }
  const changes = [...versionChanges(report, mapping), ...differencesOf(report, mapping)];
  const says = [status, exitOf(report, mapping, message)];
  if (changes.length === 0 && !says.includes('drifted')) return { resources: 1, drift: [] };
  const drift: ResourceDrift = { address, type, ...scope, action: 'update', cause: mapping.cause, changes };
  return { resources: 1, drift: [drift], notices: message === '' ? [] : [{ kind: 'output', message, address }] };
}

/** Clocks of reporters may be so much ahead. */
const AHEAD_MS = 5 * 60_000;

function checkAge({ value, place }: IdentifiedReport, { updated }: Mapping, readAt: number): void {
  if (updated === undefined) return;
  const written = valueAt(value, parseFieldPath(updated.path));
  const at = timeOf(written);
  if (Number.isNaN(at)) {
    const expected = 'expected a time in ISO 8601 or since 1970';
    throw new CheckError('bad_output', `${place}: ${expected} at ${updated.path}, got ${shown(written)}`);
  }
  const age = readAt - at;
  const when = new Date(at).toISOString();
  if (age < -AHEAD_MS) throw new CheckError('bad_output', `${place}: is of ${when}, which is to come`);
  if (age <= updated.max_age) return;
  const minutes = (milliseconds: number): string => `${Math.round(milliseconds / 60_000)} min`;
  throw new CheckError('stale', `${place}: is of ${when}, ${minutes(age)} ago; allowed: ${minutes(updated.max_age)}`);
}

/** A date with its time and zone: other texts mean another moment on each machine. */
const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?(Z|[+-]\d\d:?\d\d)$/i;
/** Seconds since 1970 reach this in the year 5138, milliseconds did in 1973. */
const FIRST_MILLISECONDS = 100_000_000_000;
const LAST_MILLISECONDS = 8_640_000_000_000_000;

/** Milliseconds since 1970; NaN where it is no time. */
function timeOf(written: Json | undefined): number {
  const digits = typeof written === 'string' && /^\d{9,16}(\.\d+)?$/.test(written) ? Number(written) : written;
  if (typeof digits === 'number') {
    const at = digits < FIRST_MILLISECONDS ? digits * 1000 : digits;
    return digits > 0 && at <= LAST_MILLISECONDS ? at : NaN;
  }
  return typeof digits === 'string' && ISO.test(digits) ? Date.parse(digits.replace(',', '.').replace(' ', 'T')) : NaN;
}

/** Values of times are no secrets. */
function shown(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number'
    ? JSON.stringify(String(value).slice(0, 40))
    : describe(value);
}

function statusOf(report: IdentifiedReport, { status }: Mapping, message: string): ReportedStatus | undefined {
  if (status === undefined) return undefined;
  const written = valueAt(report.value, parseFieldPath(status.path));
  const isScalar = typeof written === 'string' || typeof written === 'number' || typeof written === 'boolean';
  const word = isScalar ? String(written) : undefined;
  const meaning = word !== undefined && Object.hasOwn(status.values, word) ? status.values[word] : undefined;
  if (meaning === undefined) {
    const expected = Object.keys(status.values).join(', ');
    const got = word === undefined ? describe(written) : JSON.stringify(word.slice(0, 80));
    throw new CheckError('bad_output', `${report.place}: expected one of ${expected} at ${status.path}, got ${got}`);
  }
  if (meaning === 'error') throw new CheckError('task_failed', `${report.place}: reports ${word}${after(message)}`);
  return meaning;
}

function exitOf(report: IdentifiedReport, { exit_code: mapped }: Mapping, message: string): ReportedStatus | undefined {
  if (mapped === undefined) return undefined;
  const written = valueAt(report.value, parseFieldPath(mapped.path));
  const last: Json | undefined = Array.isArray(written) ? (written.at(-1) as Json | undefined) : written;
  if (typeof last !== 'number' || !Number.isInteger(last)) {
    const expected = 'expected an exit code, or a list of them,';
    throw new CheckError('bad_output', `${report.place}: ${expected} at ${mapped.path}, got ${describe(last)}`);
  }
  if (mapped.in_sync.includes(last)) return 'in_sync';
  if (mapped.drifted.includes(last)) return 'drifted';
  throw new CheckError('exit_code', `${report.place}: reports exit code ${last}${after(message)}`);
}

const LONGEST_MESSAGE = { lines: 200, characters: 4096 };

/** Text, or the lines of a list; secrets masked. */
function messageOf({ value, place }: IdentifiedReport, { message }: Mapping): string {
  if (message === undefined) return '';
  const written = valueAt(value, parseFieldPath(message));
  const lines: readonly unknown[] = Array.isArray(written) ? written : [written ?? ''];
  if (lines.some((line) => typeof line === 'object')) {
    throw new CheckError('bad_output', `${place}: expected text at ${message}, got ${describe(written)}`);
  }
  return lastLines(maskSensitiveText(lines.map(String).join('\n')).trim(), LONGEST_MESSAGE);
}

function after(message: string): string {
  return message === '' ? '' : `: ${message}`;
}
