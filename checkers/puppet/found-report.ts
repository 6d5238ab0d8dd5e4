import { realpath } from 'node:fs/promises';
import { z } from 'zod';
import { CheckError, type CheckContext, type FailureReason } from '../../src/checker.ts';
import { readBaseline, writeBaseline } from './baseline.ts';
import { KIT_DIRS } from './kit.ts';
import type { DeclaredResource, FoundReport } from './observation.ts';
import type { AgentOptions, ApplyOptions } from './options.ts';
import { readReport } from './read-report.ts';
import { runReason } from './report-failures.ts';
import type { ScriptOutput } from './run-script.ts';

export interface EndedRun {
  readonly options: ApplyOptions | AgentOptions;
  readonly context: CheckContext;
  /** Absent for the host we are on: the report's own name counts. */
  readonly host?: string;
  readonly output: ScriptOutput;
  readonly stderr: string;
}

/** What a run found. Throws CheckError with Puppet's own message when it wrote no report. */
export async function foundReport(run: EndedRun): Promise<FoundReport> {
  const { context, output } = run;
  if (output.report.trim() === '') throw noReport(run);
  const report = readReport(output.report, `${run.host ?? 'here'}: last_run_report.yaml`);
  const host = run.host ?? report.host;
  const baseline = await readBaseline(context.dirs.check, host);
  const declared = readDeclared(output.declared);
  const { revision } = context.source;
  const found: FoundReport = {
    host,
    report,
    ...(declared !== undefined && { declared }),
    ...(baseline !== undefined && { baseline }),
    ...(revision !== undefined && { revision }),
    sourcePrefixes: await sourcePrefixes(run),
    knowsLastRun: false,
  };
  if (declared !== undefined && report.completed) await writeBaseline(context.dirs.check, found);
  return found;
}

/** Puppet names files as it was given them, or by their real path. */
async function sourcePrefixes({ context, output }: EndedRun): Promise<string[]> {
  const { dir } = context.source;
  return [`${output.root}/${KIT_DIRS.source}/`, `${dir}/`, `${await realpath(dir)}/`];
}

function noReport({ host, output, stderr, ...run }: EndedRun): CheckError {
  const { root } = output;
  const said = errorsOf(stderr)
    .replaceAll(`${root}/${KIT_DIRS.source}/`, '')
    .replaceAll(`${run.context.source.dir}/`, '');
  if (output.exitCode === TIMED_OUT) return hostError('timeout', 'Puppet did not end in time and was ended', host);
  const message = said || `Puppet ended with exit code ${output.exitCode} and wrote no report`;
  return hostError(reasonWithoutReport(message), message, host);
}

/** What `timeout` ends with. */
const TIMED_OUT = 124;

function hostError(reason: FailureReason, message: string, host: string | undefined): CheckError {
  return host === undefined
    ? new CheckError(reason, message)
    : new CheckError(reason, `${host}: ${message}`, { address: host });
}

function reasonWithoutReport(message: string): FailureReason {
  if (/no such program on PATH|could not find file|no such file or directory/i.test(message)) return 'not_found';
  if (/permission denied/i.test(message)) return 'forbidden';
  if (/no space left|read-only file system/i.test(message)) return 'storage';
  return runReason(message);
}

/** Puppet's errors with the lines that belong to them; everything when nothing is marked as one. */
function errorsOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !/^(Error: Facter:|(\S+: )?Warning: |Info: |Notice: )/.test(line));
  const errors = lines.join('\n').trim();
  return errors.length > 2000 ? `${errors.slice(0, 2000)}...` : errors;
}

function readDeclared(text: string): ReadonlyMap<string, DeclaredResource> | undefined {
  if (text.trim() === '') return undefined;
  const list = z.array(declaredSchema).parse(JSON.parse(text));
  return new Map(list.map((resource) => [resource.ref, resource]));
}

const declaredSchema = z.object({
  ref: z.string(),
  digest: z.string(),
  guarded: z.boolean(),
  sourced: z.boolean(),
  sensitive: z.array(z.string()),
});
