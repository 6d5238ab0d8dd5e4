import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckError, type RunOutput } from '../../src/checker.ts';
import { lastLines } from '../../src/diff/last-lines.ts';
import { messageOf, reasonOf } from './failures.ts';
import { readEvents, type PlanEvents } from './read-events.ts';
import { readTextDiagnostics } from './read-text-diagnostics.ts';
import type { Session } from './session.ts';
import { refuseTooOld } from './too-old.ts';

export interface PlanRun {
  readonly exitCode: number;
  readonly events: PlanEvents;
  /** Terraform wrote a plan, perhaps one that says it is incomplete. */
  readonly hasPlan: boolean;
}

/** Plans, in events. The exit code is the check's own; what it means is for the events and the plan to say. */
export async function runPlan(session: Session, cwd: string): Promise<PlanRun> {
  const { options, context, env } = session;
  const output = await context.run(options.binary, planArguments(session), {
    cwd,
    env,
    exitCodes: 'any',
    report: true,
    maxOutputBytes: 256 * 1024 * 1024,
  });
  const events = readEvents(output.stdout);
  if (context.signal.aborted || events.interrupted)
    throw new CheckError('aborted', 'plan: interrupted before its end; it says nothing');
  if (events.events === 0) await refuseTooOld(session, output);
  requireEvents(output, events);
  return { exitCode: output.exitCode, events, hasPlan: await isWritten(planFile(session)) };
}

/** The file that holds the plan as JSON. */
export async function showPlan({ options, context, env }: Session, cwd: string): Promise<string> {
  const stdoutFile = join(context.dirs.temporary, 'plan.json');
  const file = join(context.dirs.temporary, 'plan.out');
  await context.run(options.binary, ['show', '-no-color', '-json', file], { cwd, env, stdoutFile });
  return stdoutFile;
}

function planArguments(session: Session): string[] {
  const { options } = session;
  return [
    'plan',
    '-input=false',
    '-no-color',
    '-detailed-exitcode',
    `-lock=${options.lock}`,
    ...(options.lock ? [`-lock-timeout=${options.lock_timeout}`] : []),
    `-refresh=${options.refresh}`,
    `-parallelism=${options.parallelism}`,
    ...options.targets.map((target) => `-target=${target}`),
    ...options.var_files.map((file) => `-var-file=${file}`),
    `-out=${planFile(session)}`,
    '-json',
  ];
}

function requireEvents({ exitCode, stdout, stderr }: RunOutput, events: PlanEvents): void {
  if (events.uiVersion !== undefined && !/^[01]\./.test(events.uiVersion))
    throw new CheckError('unsupported', `plan: event format ${events.uiVersion}: expected 0.1 to 1.x`);
  if (events.version?.startsWith('0.') === true)
    throw new CheckError('unsupported', `Terraform ${events.version}: expected 1.0 or newer (or OpenTofu)`);
  if (events.events > 0) return;
  const text = `${stdout}\n${stderr}`;
  const [first] = readTextDiagnostics(text);
  if (first !== undefined) throw new CheckError(reasonOf(first), `plan: ${messageOf(first)}`);
  const reason = exitCode === 0 || exitCode === 2 ? 'bad_output' : 'exit_code';
  const said = lastLines(text.trim(), { lines: 50, characters: 2000 }) || 'nothing';
  throw new CheckError(reason, `plan: exit code ${exitCode}: expected JSON events, got ${said}`);
}

function planFile({ context }: Session): string {
  return join(context.dirs.temporary, 'plan.out');
}

async function isWritten(file: string): Promise<boolean> {
  return stat(file).then(
    ({ size }) => size > 0,
    () => false,
  );
}
