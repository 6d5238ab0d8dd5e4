import { z } from 'zod';
import { CheckError } from '../../src/checker.ts';
import type { PuppetReport, ReportEvent, ReportLog, ReportResource } from './report.ts';
import { readRubyYaml } from './ruby-yaml.ts';

/** The report formats that carry what is needed, oldest and newest: Puppet 3.3 to 8. */
const FORMATS = { oldest: 4, newest: 12 } as const;

/**
 * A report as Puppet writes it (`last_run_report.yaml`, or a file of the `store` report processor).
 * `where` names it in messages. Throws CheckError: `bad_output` (no such report), `unsupported` (another format).
 */
export function readReport(text: string, where: string): PuppetReport {
  const document = parseYaml(text, where);
  checkFormat(document, where);
  const parsed = reportSchema.safeParse(document);
  if (!parsed.success) throw new CheckError('bad_output', `${where}: no Puppet report: ${firstIssue(parsed.error)}`);
  const { data } = parsed;
  const resources = Object.entries(data.resource_statuses).map(([ref, status]) => toResource(ref, status));
  checkComplete(data, where);
  return {
    host: data.host,
    time: data.time,
    status: data.status,
    completed: data.transaction_completed ?? (data.status !== 'failed' || resources.length > 0),
    logs: data.logs.map((log): ReportLog => ({ level: log.level, message: log.message, source: log.source })),
    resourceCount: countOf(data, resources),
    resources,
  };
}

function parseYaml(text: string, where: string): unknown {
  if (text.trim() === '') throw new CheckError('bad_output', `${where}: expected a Puppet report in YAML, got nothing`);
  try {
    return readRubyYaml(text);
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new CheckError('bad_output', `${where}: expected a Puppet report in YAML: ${line}`, { cause: error });
  }
}

function checkFormat(document: unknown, where: string): void {
  const head = z.object({ report_format: z.number() }).safeParse(document);
  if (!head.success) {
    throw new CheckError('bad_output', `${where}: no Puppet report: expected a mapping with report_format`);
  }
  const { report_format: format } = head.data;
  if (format < FORMATS.oldest || format > FORMATS.newest) {
    const expected = `expected ${FORMATS.oldest} to ${FORMATS.newest}`;
    throw new CheckError('unsupported', `${where}: a Puppet report of format ${format}; ${expected}`);
  }
}

type RawReport = z.infer<typeof reportSchema>;

/**
 * A file cut off between two resources is still YAML: Puppet's own counts tell. The total counts only where unchanged
 * resources are listed; Puppet 8 leaves them out unless told otherwise.
 */
function checkComplete(report: RawReport, where: string): void {
  const statuses = Object.values(report.resource_statuses);
  const found: Readonly<Record<string, number>> = {
    out_of_sync: statuses.filter(({ out_of_sync: outOfSync }) => outOfSync === true).length,
    failed: statuses.filter(({ failed }) => failed === true).length,
    skipped: statuses.filter(({ skipped }) => skipped === true).length,
    ...(listsUnchanged(report) && { total: statuses.length }),
  };
  for (const [name, count] of Object.entries(found)) {
    const expected = metricOf(report, name);
    if (expected !== undefined && count < expected) {
      const what = name === 'total' ? '' : ` ${name}`;
      throw new CheckError('bad_output', `${where}: cut off: ${count} of ${expected}${what} resources`);
    }
  }
}

function listsUnchanged({ resource_statuses: statuses }: RawReport): boolean {
  return Object.values(statuses).some(
    ({ out_of_sync: outOfSync, failed, skipped, events }) =>
      outOfSync !== true && failed !== true && skipped !== true && (events ?? []).length === 0,
  );
}

function metricOf({ metrics }: RawReport, name: string): number | undefined {
  const value = metrics?.['resources']?.values?.find(([key]) => key === name)?.[2];
  return isCount(value) ? value : undefined;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Schedules and the file bucket that Puppet adds to every run. */
const PUPPETS_OWN = 7;

function countOf(report: RawReport, resources: readonly ReportResource[]): number {
  const listed = resources.filter(isDeclared).length;
  return listsUnchanged(report) ? listed : Math.max(listed, (metricOf(report, 'total') ?? 0) - PUPPETS_OWN);
}

export function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'unreadable' : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const flag = z.boolean().nullish();

const eventSchema = z.object({
  status: text,
  name: text.nullish(),
  property: text.nullish(),
  previous_value: z.json().nullish(),
  desired_value: z.json().nullish(),
  message: text.nullish(),
  redacted: flag,
  corrective_change: flag,
});

const statusSchema = z.object({
  resource_type: text,
  file: text.nullish(),
  line: z.int().nullish(),
  failed: flag,
  out_of_sync: flag,
  skipped: flag,
  failed_to_restart: flag,
  events: z.array(eventSchema).nullish(),
});

const reportSchema = z.object({
  host: text,
  time: text,
  status: text,
  transaction_completed: flag,
  metrics: z.record(z.string(), z.object({ values: z.array(z.array(z.unknown())).optional() })).nullish(),
  logs: z.array(z.object({ level: text, message: text, source: text })),
  resource_statuses: z.record(z.string(), statusSchema),
});

function toResource(ref: string, status: z.infer<typeof statusSchema>): ReportResource {
  return {
    ref,
    type: status.resource_type,
    ...(status.file != null && { file: status.file }),
    ...(status.line != null && { line: status.line }),
    skipped: status.skipped ?? false,
    failedToRestart: status.failed_to_restart ?? false,
    events: (status.events ?? []).map(toEvent),
  };
}

function toEvent(event: z.infer<typeof eventSchema>): ReportEvent {
  return {
    status: event.status,
    name: event.name ?? '',
    ...(event.property != null && { property: event.property }),
    ...(event.previous_value != null && { previous: event.previous_value }),
    ...(event.desired_value != null && { desired: event.desired_value }),
    message: event.message ?? '',
    sensitive: event.redacted === true || event.previous_value === REDACTED || event.desired_value === REDACTED,
    corrective: event.corrective_change ?? false,
  };
}

/** What Puppet puts where a Sensitive value was. */
export const REDACTED = '[redacted]';

/** Puppet adds schedules and a file bucket of its own to every run. */
export function isDeclared(resource: { readonly type: string; readonly file?: string }): boolean {
  return !(['Schedule', 'Filebucket'].includes(resource.type) && resource.file === undefined);
}
