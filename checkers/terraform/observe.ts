import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckError, type CheckContext } from '../../src/checker.ts';
import { terraformEnvironment } from './environment.ts';
import { reasonOf } from './failures.ts';
import { initialise } from './initialise.ts';
import type { TerraformOptions } from './options.ts';
import type { Plan } from './plan.ts';
import type { PlanEvents } from './read-events.ts';
import { PlanReader } from './plan-reader.ts';
import { requireWorkspace } from './require-workspace.ts';
import { runPlan, showPlan, type PlanRun } from './run-plan.ts';
import type { Session } from './session.ts';

export interface TerraformObservation {
  readonly exitCode: number;
  readonly events: PlanEvents;
  /** Absent when there was nothing to show. */
  readonly plan?: Plan;
}

const CHUNK_BYTES = 256 * 1024;

/** One plan of one root. Nothing is locked or written but in the run's own directories. */
export async function* observeTerraform(
  options: TerraformOptions,
  context: CheckContext,
): AsyncGenerator<TerraformObservation> {
  await requireRoot(options, context);
  const session: Session = { options, context, env: await environmentOf(options, context) };
  const { cwd, run } = await planInitialised(session);
  const { exitCode, events } = run;
  if (!isWorthShowing(run, options)) {
    yield { exitCode, events };
    return;
  }
  const reader = new PlanReader((value) => {
    context.secret(value);
  });
  const file = await showPlan(session, cwd);
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) reader.read(chunk as Buffer);
  const plan = reader.end();
  yield { exitCode, events, plan };
}

async function environmentOf(options: TerraformOptions, context: CheckContext): Promise<Session['env']> {
  const env = await terraformEnvironment(options, context);
  if (options.init === 'auto') return env;
  const { TF_DATA_DIR, TF_PLUGIN_CACHE_DIR } = options.env;
  const keep = (value: unknown, name: string): string | undefined => (value === undefined ? undefined : env[name]);
  return {
    ...env, // whoever prepared the root did so in its own data directory
    TF_DATA_DIR: keep(TF_DATA_DIR, 'TF_DATA_DIR'),
    TF_PLUGIN_CACHE_DIR: keep(TF_PLUGIN_CACHE_DIR, 'TF_PLUGIN_CACHE_DIR'),
  };
}

/** Plans; initialises once more when the plan says that an init left out was needed after all. */
async function planInitialised(session: Session): Promise<{ cwd: string; run: PlanRun }> {
  const first = await initialise(session);
  await requireWorkspace(session, first.cwd);
  const run = await runPlan(session, first.cwd);
  const needsInit = run.events.diagnostics.some((diagnostic) =>
    ['not_initialised', 'provider_missing'].includes(reasonOf(diagnostic)),
  );
  if (!needsInit || !first.skipped || session.options.init === 'never') return { cwd: first.cwd, run };
  const { cwd } = await initialise(session, true);
  return { cwd, run: await runPlan(session, cwd) };
}

/** A plan without changes has nothing to show, and showing it costs a second process. */
function isWorthShowing({ exitCode, events, hasPlan }: PlanRun, { refresh }: TerraformOptions): boolean {
  return hasPlan && (exitCode !== 0 || events.hasChanges || !refresh);
}

async function requireRoot({ dir }: TerraformOptions, { source }: CheckContext): Promise<void> {
  const isDirectory = await stat(join(source.dir, dir)).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isDirectory) throw new CheckError('not_found', `options.dir: ${dir}: expected a directory in the source`);
}
