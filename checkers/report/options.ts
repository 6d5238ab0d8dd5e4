import { z } from 'zod';
import { durationOption } from '../hosts/duration-option.ts';
import { parseFieldPath } from './field-path.ts';

/** The options, defaults filled in. See the schema below for what each means. */
export interface ReportOptions {
  readonly files?: readonly string[] | undefined;
  readonly http?: HttpOptions | undefined;
  readonly kubernetes?: KubernetesReportOptions | undefined;
  readonly format: ReportFormat;
  readonly mapping: Mapping;
  readonly expected?: Expected | undefined;
  /** Bytes of one file or answer. */
  readonly max_bytes: number;
}

export type ReportFormat = 'auto' | 'json' | 'jsonl' | 'yaml';

export interface HttpOptions {
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string | { readonly file: string }>>;
  readonly token_file?: string | undefined;
  readonly ca_file?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly concurrency: number;
}

export interface KubernetesReportOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly api_version: string;
  readonly kind: string;
  readonly namespaces?: readonly string[] | undefined;
  readonly selector?: string | undefined;
  readonly data_key?: string | undefined;
}

/** Where in a report what stands. Every path is a JSON Pointer or dotted. */
export interface Mapping {
  readonly items?: string | undefined;
  readonly address: readonly string[];
  readonly reporter?: string | undefined;
  readonly type: string | { readonly value: string };
  readonly scope?: string | undefined;
  readonly status?: { readonly path: string; readonly values: Readonly<Record<string, ReportedStatus>> } | undefined;
  readonly updated?: { readonly path: string; /** Milliseconds. */ readonly max_age: number } | undefined;
  readonly desired?: string | undefined;
  readonly applied?: string | undefined;
  readonly exit_code?:
    { readonly path: string; readonly in_sync: readonly number[]; readonly drifted: readonly number[] } | undefined;
  readonly message?: string | undefined;
  readonly differences?: DifferencesMapping | undefined;
  readonly cause: 'out_of_band' | 'unapplied' | 'unknown';
}

export type ReportedStatus = 'in_sync' | 'drifted' | 'error' | 'not_compared';

export interface DifferencesMapping {
  readonly items: string;
  readonly path?: string | undefined;
  readonly live?: string | undefined;
  readonly desired?: string | undefined;
  readonly sensitive?: string | undefined;
}

export interface Expected {
  readonly reporters: readonly string[];
  readonly count: number;
}

const text = z.string().min(1);
const path = text.refine(isPath, 'expected a JSON Pointer such as /status/hash, or a dotted path such as status.hash');

/** What stands for something that is not in the report itself. */
export const KEY = '@key';
export const SOURCE = '@source';

const place = z.union([z.enum([KEY, SOURCE]), path]);

function isPath(written: string): boolean {
  try {
    return !written.startsWith('@') && parseFieldPath(written).length > 0;
  } catch {
    return false;
  }
}

const url = z
  .url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' })
  .refine(
    (written) => URL.canParse(written) && new URL(written).username === '' && new URL(written).password === '',
    'expected a URL without credentials: use token_file or headers',
  );

const http = z
  .strictObject({
    urls: z.array(url).min(1).describe('Each answers with a report.'),
    headers: z
      .record(
        z.string().regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header'),
        z.union([z.string(), z.strictObject({ file: text })]),
      )
      .default({})
      .describe('Sent with each request; { file: PATH } reads a secret from a file at each run.'),
    token_file: text.optional().describe('Sent as a bearer token; read at each run.'),
    ca_file: text.optional().describe('Certificate authorities in PEM, in place of the well-known ones.'),
    cert_file: text.optional().describe('Client certificate in PEM.'),
    key_file: text.optional().describe('Key of the client certificate in PEM.'),
    timeout: durationOption('30s').describe('Of one request, the answer included.'),
    concurrency: z.int().min(1).max(64).default(8).describe('Requests at the same time.'),
  })
  .refine((given) => (given.cert_file === undefined) === (given.key_file === undefined), {
    error: 'expected cert_file and key_file together',
  });

const kubernetes = z.strictObject({
  kubeconfig: text.optional().describe("Absolute, or relative to the source. Default: as the kubernetes checker's."),
  context: z.string().optional().describe('Of the kubeconfig. Default: the current one.'),
  api_version: z
    .string()
    .regex(/^([a-z0-9.-]+\/)?v[a-z0-9]+$/, 'expected an apiVersion such as v1 or wing.tarmak.io/v1alpha1')
    .describe('Of the objects.'),
  kind: z.string().regex(/^[A-Z]\w*$/, 'expected a kind such as ConfigMap'),
  namespaces: z.array(text).min(1).optional().describe('Default: all.'),
  selector: text.optional().describe('Label selector, as kubectl takes it.'),
  data_key: text.optional().describe("Of a ConfigMap's data: the report. Default: the object is the report."),
});

const STATUSES = ['in_sync', 'drifted', 'error', 'not_compared'] as const;

const code = z.int().min(-1).max(255);
const exitCode = z.union([
  path.transform((only) => ({ path: only, in_sync: [0], drifted: [] as number[] })),
  z
    .strictObject({
      path,
      in_sync: z.array(code).default([0]),
      drifted: z.array(code).default([]),
    })
    .refine(
      ({ in_sync, drifted }) => !in_sync.some((either) => drifted.includes(either)),
      'expected each exit code to mean one thing: in_sync and drifted share one',
    ),
]);

const JUDGING = ['status', 'desired', 'exit_code', 'differences'] as const;

const mapping = z
  .strictObject({
    items: path.optional().describe('A list, or a map, of reports in a document. Default: the document, or its list.'),
    address: z
      .union([place.transform((one) => [one]), z.array(place).min(1)])
      .describe('Unique name; several are joined with "/". @key: of the map of items. @source: of the file or URL.'),
    reporter: place.optional().describe('Who reports, for `expected`. Default: the address.'),
    type: z
      .union([path, z.strictObject({ value: text })])
      .default({ value: 'report' })
      .describe('{ value: TEXT } is the same for all.'),
    scope: place.optional(),
    status: z
      .strictObject({ path, values: z.record(text, z.enum(STATUSES)) })
      .optional()
      .describe('What each status means; one that is not named is a failure.'),
    updated: z
      .strictObject({ path, max_age: durationOption('2h') })
      .optional()
      .describe('When it was written: ISO 8601, or seconds or milliseconds since 1970. An older report is a failure.'),
    desired: path.optional().describe('The version that should be applied.'),
    applied: path.optional().describe('The version that is.'),
    exit_code: exitCode.optional().describe('A number, or a list of which the last counts. Others are failures.'),
    message: path.optional().describe('Shown with drift and failures.'),
    differences: z
      .strictObject({
        items: path.describe('A list of differences, or a map by field.'),
        path: path.optional().describe("The field's name in each. Default: the difference is the name, or the key."),
        live: path.optional(),
        desired: path.optional(),
        sensitive: path.optional().describe('true there: the values are not read.'),
      })
      .optional(),
    cause: z.enum(['out_of_band', 'unapplied', 'unknown']).default('unknown').describe('Of all drift reported here.'),
  })
  .refine((given) => (given.desired === undefined) === (given.applied === undefined), {
    error: 'expected desired and applied together',
  })
  .refine((given) => JUDGING.some((key) => given[key] !== undefined), {
    error: `expected at least one of ${JUDGING.join(', ')}: nothing else tells whether a report is in sync`,
  });

const expected = z.union([
  z
    .int()
    .min(1)
    .transform((count) => ({ reporters: [] as string[], count })),
  z
    .array(text)
    .min(1)
    .transform((reporters) => ({ reporters, count: 0 })),
]);

const FROM = ['files', 'http', 'kubernetes'] as const;

/** What the report checker accepts. Every default is here. */
export const reportOptions: z.ZodType<ReportOptions> = z
  .strictObject({
    files: z
      .union([text.transform((one) => [one]), z.array(text).min(1)])
      .optional()
      .describe('Files, directories or globs; relative to the source, or absolute.'),
    http: http.optional(),
    kubernetes: kubernetes.optional().describe('Objects of a kind, by LIST.'),
    format: z.enum(['auto', 'json', 'jsonl', 'yaml']).default('auto').describe('auto: by name or content type.'),
    mapping,
    expected: expected.optional().describe('Who must report, by name, or how many. Who does not is a failure.'),
    max_bytes: z
      .int()
      .min(1)
      .max(1024 * 1024 * 1024)
      .default(32 * 1024 * 1024)
      .describe('Of one file or answer, unpacked.'),
  })
  .superRefine((options, context) => {
    const given = FROM.filter((key) => options[key] !== undefined);
    if (given.length === 1) return;
    const got = given.length === 0 ? 'none' : given.join(' and ');
    context.addIssue({ code: 'custom', message: `expected exactly one of ${FROM.join(', ')}; got ${got}` });
  });
