import { CheckError, type Change, type FieldValue, type Json } from '../../src/checker.ts';
import { known } from '../../src/diff/diff-values.ts';
import { toPointer } from '../../src/diff/json-pointer.ts';
import { parseFieldPath, valueAt } from './field-path.ts';
import type { IdentifiedReport } from './observation.ts';
import type { DifferencesMapping, Mapping } from './options.ts';
import { describe } from './reports-of.ts';

/** The change from the applied version to the desired one; none where they are the same. Throws CheckError without one. */
export function versionChanges(report: IdentifiedReport, { desired, applied }: Mapping): Change[] {
  if (desired === undefined || applied === undefined) return [];
  const [should, is] = [versionAt(report, desired), versionAt(report, applied)];
  if (should === is) return [];
  const path = toPointer(parseFieldPath(applied));
  return [{ op: 'replace', path, live: known(is), desired: known(should) }];
}

function versionAt({ value, place }: IdentifiedReport, path: string): string {
  const version = valueAt(value, parseFieldPath(path));
  if (typeof version === 'number' || (typeof version === 'string' && version.trim() !== '')) return String(version);
  throw new CheckError('bad_output', `${place}: expected a version at ${path}, got ${describe(version)}`);
}

/** The fields that a report says differ; a report without such a list says that none does. Throws CheckError. */
export function differencesOf(report: IdentifiedReport, { differences: mapped, ...others }: Mapping): Change[] {
  if (mapped === undefined) return [];
  const found = valueAt(report.value, parseFieldPath(mapped.items));
  const { status, desired, exit_code: exitCode } = others;
  if (found === undefined && [status, desired, exitCode].some((other) => other !== undefined)) return [];
  if (typeof found !== 'object' || found === null) {
    const expected = 'expected a list or a map of differences';
    throw new CheckError('bad_output', `${report.place}: ${expected} at ${mapped.items}, got ${describe(found)}`);
  }
  const entries: readonly (readonly [string | undefined, Json])[] = Array.isArray(found)
    ? found.map((item: Json) => [undefined, item] as const)
    : Object.entries(found as Readonly<Record<string, Json>>);
  return entries.map(([key, item]) => changeOf(item, { key, mapped, place: report.place }));
}

const POINTER = /^\/([^~]|~[01])*$/;

interface Difference {
  readonly key: string | undefined;
  readonly mapped: DifferencesMapping;
  readonly place: string;
}

function changeOf(item: Json, { key, mapped, place }: Difference): Change {
  const name = nameOf(item, key, mapped);
  if (name === undefined || name === '') {
    throw new CheckError('bad_output', `${place}: a difference without the name of its field`);
  }
  const isSensitive = mapped.sensitive !== undefined && at(item, mapped.sensitive) === true;
  const live = sideOf(item, mapped.live, isSensitive);
  const desired = sideOf(item, mapped.desired, isSensitive);
  const op = live === undefined && desired !== undefined ? 'add' : 'replace';
  const path = POINTER.test(name) ? name : toPointer([name]);
  return {
    op: live !== undefined && desired === undefined && mapped.desired !== undefined ? 'remove' : op,
    path,
    ...(live !== undefined && { live }),
    ...(desired !== undefined && { desired }),
  };
}

function nameOf(item: Json, key: string | undefined, { path }: DifferencesMapping): string | undefined {
  const name = path === undefined ? (key ?? item) : at(item, path);
  return typeof name === 'string' ? name : undefined;
}

function sideOf(item: Json, path: string | undefined, isSensitive: boolean): FieldValue | undefined {
  const value = path === undefined ? undefined : at(item, path);
  if (value === undefined) return undefined;
  return isSensitive ? { kind: 'sensitive' } : known(value);
}

function at(item: Json, path: string): Json | undefined {
  return valueAt(item, parseFieldPath(path));
}
