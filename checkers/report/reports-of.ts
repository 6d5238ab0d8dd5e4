import { CheckError, type Json } from '../../src/checker.ts';
import { parseFieldPath, valueAt } from './field-path.ts';
import type { IdentifiedReport, Report, ReportDocument } from './observation.ts';
import { KEY, SOURCE, type Mapping } from './options.ts';

/** The reports of a document. Throws CheckError when it holds none. */
export function reportsOf(document: ReportDocument, { items }: Mapping): Report[] {
  const { place, source } = document;
  const found = items === undefined ? document.value : valueAt(document.value, parseFieldPath(items));
  if (Array.isArray(found)) {
    return found.map((value: Json, index) => ({ place: `${place}: item ${index + 1}`, source, value }));
  }
  if (items === undefined) return [{ place, source, value: document.value }];
  if (isRecord(found)) {
    return Object.entries(found).map(([key, value]) => ({ place: `${place}: ${key}`, source, key, value }));
  }
  throw new CheckError('bad_output', `${place}: expected a list or a map at ${items}, got ${describe(found)}`, {
    address: place,
  });
}

/** The report with its address. Throws CheckError when it has none. */
export function identify(report: Report, mapping: Mapping): IdentifiedReport {
  if (!isRecord(report.value)) {
    throw new CheckError('bad_output', `${report.place}: expected a report, got ${describe(report.value)}`, {
      address: report.place,
    });
  }
  return { ...report, address: mapping.address.map((path) => textAt(report, path)).join('/') };
}

/** Text or a number as text; `@key` and `@source` too. Throws CheckError where there is none. */
export function textAt(report: Report, path: string): string {
  if (path === SOURCE) return report.source;
  const value = path === KEY ? report.key : valueAt(report.value, parseFieldPath(path));
  if (typeof value === 'string' && value.trim() !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new CheckError('bad_output', `${report.place}: expected text at ${path}, got ${describe(value)}`, {
    address: report.place,
  });
}

/** The type only: a value may be secret. */
export function describe(value: Json | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (value === '') return 'an empty text';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
