import { z } from 'zod';
import { CheckError, type Json } from '../../src/checker.ts';
import { readEventLines } from '../hosts/event-lines.ts';
import { countedHunks } from './counted-hunks.ts';

/** What one run of chef-client found on one node. */
export interface RunRecord {
  readonly node: string;
  /** ISO 8601. */
  readonly time?: string;
  /** A converge has applied what it lists; a why-run has not. */
  readonly converged: boolean;
  readonly status: 'success' | 'failure' | 'cut_off';
  readonly error?: {
    readonly class: string;
    readonly message: string;
    /** What Chef was at: `compile` is reading recipes. */
    readonly phase?: 'start' | 'compile' | 'converge' | undefined;
  };
  readonly resources: readonly ResourceRecord[];
}

export interface ResourceRecord {
  readonly type: string;
  readonly name: string;
  /** Chef's action: `create`, `install`. */
  readonly action: string;
  readonly status: string;
  readonly before: Readonly<Record<string, Json>>;
  readonly after: Readonly<Record<string, Json>>;
  /** A unified diff. */
  readonly delta: string;
  /** What Chef said it would do. */
  readonly applied: readonly string[];
  readonly assumed: readonly string[];
  readonly sensitive: boolean;
  readonly ignoreFailure: boolean;
  /** Has `only_if`, `not_if` or `creates`; undefined when the record does not tell. */
  readonly guarded?: boolean;
  /** What has it run: `template[/etc/app.conf]`, `a delayed notification`. */
  readonly notifiedBy?: string;
  readonly error?: string;
  /** `/path/recipes/default.rb:12:in ...`. */
  readonly definedAt?: string;
}

/** Reads what the reporter wrote. Throws CheckError `bad_output` for lines that are no events of its. */
export async function readEvents(file: string, where: string): Promise<RunRecord> {
  const resources: ResourceRecord[] = [];
  let head: z.infer<typeof nodeEvent> | undefined;
  let end: z.infer<typeof endEvent> | undefined;
  for await (const line of readEventLines(file)) {
    if (line.kind === 'error') throw new CheckError('bad_output', `${where}: ${line.message}`);
    const event = eventSchema.safeParse(line.value);
    if (!event.success) throw new CheckError('bad_output', `${where}: line ${line.line}: ${firstIssue(event.error)}`);
    if (event.data.event === 'node') head = event.data;
    else if (event.data.event === 'end') end = event.data;
    else resources.push(toResource(event.data));
  }
  return {
    node: head?.node ?? where,
    ...(head !== undefined && { time: head.time }),
    converged: false,
    status: end?.status ?? 'cut_off',
    ...(end?.error !== undefined && { error: end.error }),
    resources,
  };
}

/** Reads a `run_converge` message of the data collector. Throws CheckError `bad_output`. */
export function readRunConverge(document: unknown, where: string): RunRecord {
  const parsed = convergeSchema.safeParse(document);
  if (!parsed.success) {
    throw new CheckError('bad_output', `${where}: no run_converge message of Chef: ${firstIssue(parsed.error)}`);
  }
  const { node_name: node, end_time: time, status, error, resources } = parsed.data;
  return {
    node,
    ...(time != null && { time }),
    converged: true,
    status,
    ...(error != null && { error }),
    resources: resources.map(toResource),
  };
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'unreadable' : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

const state = z
  .record(z.string(), z.json())
  .nullish()
  .transform((value) => value ?? {});

const resourceFields = z.object({
  type: z.string(),
  name: z.string(),
  result: z.string().default(''),
  status: z.string().default('unprocessed'),
  before: state,
  after: state,
  delta: z.string().nullish(),
  applied: z.array(z.string()).default([]),
  assumed: z.array(z.string()).default([]),
  sensitive: z.boolean().default(false),
  ignore_failure: z.union([z.boolean(), z.string()]).nullish(),
  guarded: z.boolean().optional(),
  notified_by: z.string().optional(),
  error_message: z.string().nullish(),
  defined_at: z.string().optional(),
});

const nodeEvent = z.object({ event: z.literal('node'), version: z.literal(1), node: z.string(), time: z.string() });
const failure = z.object({ class: z.string(), message: z.string() });
const endEvent = z.object({
  event: z.literal('end'),
  status: z.enum(['success', 'failure']),
  error: failure.extend({ phase: z.enum(['start', 'compile', 'converge']).optional() }).optional(),
});
const eventSchema = z.discriminatedUnion('event', [
  nodeEvent,
  endEvent,
  resourceFields.extend({ event: z.literal('resource') }),
]);

const convergeSchema = z.object({
  message_type: z.literal('run_converge'),
  node_name: z.string(),
  end_time: z.string().nullish(),
  status: z.enum(['success', 'failure']),
  error: failure.nullish(),
  resources: z.array(resourceFields),
});

function toResource(record: z.infer<typeof resourceFields>): ResourceRecord {
  const {
    error_message: error,
    defined_at: definedAt,
    ignore_failure: ignore,
    result,
    guarded = typeof record.after['creates'] === 'string' ? true : undefined,
    notified_by: notifiedBy,
    delta,
    ...same
  } = record;
  return {
    ...same,
    action: result,
    delta: countedHunks((delta ?? '').replaceAll(String.raw`\n`, '\n')),
    ignoreFailure: ignore === true || typeof ignore === 'string',
    ...(guarded !== undefined && { guarded }),
    ...(notifiedBy !== undefined && { notifiedBy }),
    ...(error != null && { error }),
    ...(definedAt !== undefined && { definedAt }),
  };
}
