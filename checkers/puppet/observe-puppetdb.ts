import { z } from 'zod';
import { CheckError, failureOf, type CheckContext, type Failure } from '../../src/checker.ts';
import type { DeclaredResource, PuppetObservation } from './observation.ts';
import type { PuppetDbOptions, ReportsOptions } from './options.ts';
import { puppetDbClient, type QueryPuppetDb } from './puppetdb-client.ts';
import { firstIssue, isCount, isDeclared, REDACTED } from './read-report.ts';
import { missingHosts, reportObservation } from './report-observation.ts';
import type { PuppetReport, ReportEvent, ReportResource } from './report.ts';

const PAGE = 50;

/** Reads the latest report of each active node from PuppetDB, page by page. */
export async function* observePuppetDb(
  options: ReportsOptions & { readonly puppetdb: PuppetDbOptions },
  context: CheckContext,
): AsyncGenerator<PuppetObservation> {
  const query = await puppetDbClient(options.puppetdb, context);
  const seen = new Set<string>();
  for (let offset = 0; ; offset += PAGE) {
    const page = await readPage(query, offset, options.puppetdb.environment);
    for (const [at, entry] of page.entries()) {
      const parsed = reportSchema.safeParse(entry);
      const { certname } = parsed.data ?? { certname: nameOf(entry) ?? `report ${offset + at + 1}` };
      seen.add(certname);
      if (parsed.success) yield await observationOf({ entry: parsed.data, query, options });
      else yield { piece: 'failure', failure: unreadable(certname, parsed.error) };
    }
    if (page.length < PAGE) break;
  }
  if (seen.size === 0) throw new CheckError('not_found', 'PuppetDB has no report of any node');
  for (const failure of missingHosts(options.hosts, seen)) yield { piece: 'failure', failure };
}

async function readPage(query: QueryPuppetDb, offset: number, environment: string | undefined): Promise<unknown[]> {
  const latest = ['=', 'latest_report?', true];
  const answer = await query('reports', {
    query: JSON.stringify(environment === undefined ? latest : ['and', latest, ['=', 'environment', environment]]),
    order_by: JSON.stringify([{ field: 'certname' }]),
    limit: String(PAGE),
    offset: String(offset),
  });
  const parsed = z.array(z.unknown()).safeParse(answer);
  if (!parsed.success) throw new CheckError('bad_output', `PuppetDB's reports: ${firstIssue(parsed.error)}`);
  return parsed.data;
}

function nameOf(entry: unknown): string | undefined {
  return z.object({ certname: z.string() }).safeParse(entry).data?.certname;
}

/** One report that cannot be read hides no other. */
function unreadable(address: string, error: z.ZodError): Failure {
  const message = `PuppetDB's report of ${address}: ${firstIssue(error)}`;
  return { phase: 'observe', reason: 'bad_output', message, address };
}

async function observationOf(given: {
  readonly entry: PdbReport;
  readonly query: QueryPuppetDb;
  readonly options: ReportsOptions;
}): Promise<PuppetObservation> {
  const { entry, query, options } = given;
  try {
    const report = toReport(entry);
    const observation = reportObservation(report, { maxAgeMs: options.max_age, now: Date.now() });
    if (observation.piece === 'failure' || !report.resources.some(isPendingExec)) return observation;
    return { piece: 'report', found: { ...observation.found, declared: await readExecs(query, report.host) } };
  } catch (error) {
    return { piece: 'failure', failure: { ...failureOf(error), address: entry.certname } };
  }
}

function isPendingExec({ type, events }: ReportResource): boolean {
  return type === 'Exec' && events.some(({ status }) => status === 'noop');
}

const GUARDS = ['unless', 'onlyif', 'creates', 'refreshonly'];

/** What the node's catalog says of its execs: which of them have a guard. */
async function readExecs(query: QueryPuppetDb, host: string): Promise<ReadonlyMap<string, DeclaredResource>> {
  const answer = await query('resources', {
    query: JSON.stringify(['and', ['=', 'type', 'Exec'], ['=', 'certname', host]]),
  });
  const parsed = z.array(execSchema).safeParse(answer);
  if (!parsed.success) throw new CheckError('bad_output', `PuppetDB's resources: ${firstIssue(parsed.error)}`);
  const declared = parsed.data.map(({ title, parameters }): DeclaredResource => {
    const guarded = GUARDS.some((name) => name in parameters);
    return { ref: `Exec[${title}]`, digest: '', guarded, sourced: false, sensitive: [] };
  });
  return new Map(declared.map((resource) => [resource.ref, resource]));
}

const execSchema = z.object({ title: z.string(), parameters: z.record(z.string(), z.unknown()) });

const eventSchema = z.object({
  status: z.string(),
  resource_type: z.string(),
  resource_title: z.string(),
  property: z.string().nullish(),
  name: z.string().nullish(),
  old_value: z.json().nullish(),
  new_value: z.json().nullish(),
  message: z.string().nullish(),
  file: z.string().nullish(),
  line: z.int().nullish(),
  corrective_change: z.boolean().nullish(),
});

const logSchema = z.object({ level: z.string(), message: z.string(), source: z.string() });
const metricSchema = z.object({ category: z.string(), name: z.string(), value: z.number() });

/** `data` is null where PuppetDB was told to leave it out. */
const expanded = <Item extends z.ZodType>(item: Item): z.ZodObject<{ data: z.ZodNullable<z.ZodArray<Item>> }> =>
  z.object({ data: z.array(item).nullable() });

const reportSchema = z.object({
  certname: z.string(),
  end_time: z.string(),
  status: z.string().nullable(),
  resource_events: expanded(eventSchema),
  logs: expanded(logSchema),
  metrics: expanded(metricSchema),
});

type PdbReport = z.infer<typeof reportSchema>;
type PdbEvent = z.infer<typeof eventSchema>;

function toReport(entry: PdbReport): PuppetReport {
  const resources = toResources(entry.resource_events.data ?? []);
  const total = entry.metrics.data?.find(({ category, name }) => category === 'resources' && name === 'total')?.value;
  const resourceCount = Math.max(isCount(total) ? total : 0, resources.filter(isDeclared).length);
  const status = entry.status ?? 'unknown';
  return {
    host: entry.certname,
    time: entry.end_time,
    status,
    completed: status !== 'failed' || resources.length > 0 || resourceCount > 0,
    logs: entry.logs.data ?? [],
    resourceCount,
    resources,
  };
}

/** Events of one resource in the order PuppetDB gives them. */
function toResources(events: readonly PdbEvent[]): ReportResource[] {
  const byRef = Map.groupBy(events, ({ resource_type: type, resource_title: title }) => `${type}[${title}]`);
  return [...byRef].map(toResource);
}

function toResource([ref, own]: readonly [string, readonly PdbEvent[]]): ReportResource {
  const [first] = own;
  return {
    ref,
    type: ref.slice(0, ref.indexOf('[')),
    ...(first?.file != null && { file: first.file }),
    ...(first?.line != null && { line: first.line }),
    skipped: own.some(({ status }) => status === 'skipped'),
    failedToRestart: false,
    events: own.filter(({ status }) => status !== 'skipped').map(toEvent),
  };
}

function toEvent(event: PdbEvent): ReportEvent {
  return {
    status: event.status,
    name: event.name ?? '',
    ...(event.property != null && { property: event.property }),
    ...(event.old_value != null && { previous: event.old_value }),
    ...(event.new_value != null && { desired: event.new_value }),
    message: event.message ?? '',
    sensitive: event.old_value === REDACTED || event.new_value === REDACTED,
    corrective: event.corrective_change ?? false,
  };
}
