import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckError, type RunOutput } from '../../src/checker.ts';
import { lastLines } from '../../src/diff/last-lines.ts';
import { backendConfig } from './environment.ts';
import { messageOf, reasonOf } from './failures.ts';
import { fingerprintInitInputs } from './init-inputs.ts';
import { createOverlay, keepOverlayLock } from './overlay.ts';
import { readTextDiagnostics } from './read-text-diagnostics.ts';
import { isTerragrunt } from './is-terragrunt.ts';
import { serialise } from './serialise.ts';
import type { Session } from './session.ts';
import { refuseTooOld } from './too-old.ts';

export interface InitialisedRoot {
  /** Where commands run. */
  readonly cwd: string;
  /** Whether init was left out because nothing it works from changed. */
  readonly skipped: boolean;
}

/** What the last init worked from, and where it ran. */
interface Stamp {
  readonly fingerprint: string;
  readonly overlay: boolean;
}

const READ_ONLY_LOCK = /dependency changes detected|lock file is read-only/i;

/** Prepares the data directory, unless it still is. `force`: whatever is known of the last time. */
export async function initialise(session: Session, force = false): Promise<InitialisedRoot> {
  const { options, context } = session;
  const source = join(context.source.dir, options.dir);
  if (options.init === 'never') return { cwd: source, skipped: true };
  const backend = await backendConfig(options, context);
  const fingerprint = await fingerprintInitInputs(session, backend);
  const stamp = await readStamp(session);
  const overlay =
    isTerragrunt(options) || (stamp?.overlay === true && !(await exists(join(source, '.terraform.lock.hcl'))));
  const cwd = overlay ? await createOverlay(session) : source;
  const unchanged = stamp?.fingerprint === fingerprint && stamp.overlay === overlay;
  if (!force && unchanged && (await exists(session.env['TF_DATA_DIR'] ?? ''))) return { cwd, skipped: true };
  await rm(stampFile(session), { force: true });
  const root = await serialise(context.dirs.shared, async () => initialiseIn(session, backend, { cwd, overlay }));
  const done: Stamp = { fingerprint, overlay: root.overlay };
  await writeFile(stampFile(session), JSON.stringify(done), { mode: 0o600 });
  return { cwd: root.cwd, skipped: false };
}

type Root = { readonly cwd: string; readonly overlay: boolean };

async function initialiseIn(session: Session, backend: string, root: Root): Promise<Root> {
  const first = await runInit(session, backend, root);
  if (first.exitCode === 0) return root;
  await refuseTooOld(session, first);
  const lockFile = join(root.cwd, '.terraform.lock.hcl');
  if (root.overlay || !READ_ONLY_LOCK.test(textOf(first)) || (await exists(lockFile))) throw initError(first);
  const overlay = { cwd: await createOverlay(session), overlay: true };
  const second = await runInit(session, backend, overlay);
  if (second.exitCode !== 0) throw initError(second);
  return overlay;
}

async function runInit(session: Session, backend: string, { cwd, overlay }: Root): Promise<RunOutput> {
  const { options, context, env } = session;
  await mkdir(join(context.dirs.shared, 'plugins'), { recursive: true });
  // A root without providers, modules and backend leaves nothing there: that it is there says that init ran.
  const { TF_DATA_DIR: data } = env;
  if (data !== undefined && options.env['TF_DATA_DIR'] === undefined)
    await mkdir(data, { recursive: true, mode: 0o700 });
  const args = ['init', '-input=false', '-no-color', '-reconfigure', '-lock=false'];
  if (!overlay) args.push('-lockfile=readonly');
  for (const file of options.backend_config_files) args.push(`-backend-config=${file}`);
  if (backend !== '') {
    const file = join(context.dirs.temporary, 'backend.tfbackend');
    await writeFile(file, backend, { mode: 0o600 });
    args.push(`-backend-config=${file}`);
  }
  // With a workspace that does not exist, init would create it.
  const output = await context.run(options.binary, args, {
    cwd,
    env: { ...env, TF_WORKSPACE: undefined },
    exitCodes: 'any',
  });
  if (overlay && output.exitCode === 0) await keepOverlayLock(session, cwd);
  return output;
}

function initError(output: RunOutput): CheckError {
  const diagnostics = readTextDiagnostics(textOf(output));
  const [first] = diagnostics;
  if (first === undefined) {
    const said = lastLines(textOf(output).trim(), { lines: 50, characters: 2000 });
    return new CheckError('exit_code', `init: exit code ${output.exitCode}: ${said}`);
  }
  return new CheckError(reasonOf(first), `init: ${diagnostics.slice(0, 3).map(messageOf).join('\n')}`);
}

function textOf({ stdout, stderr }: RunOutput): string {
  return `${stdout}\n${stderr}`;
}

function stampFile({ context }: Session): string {
  return join(context.dirs.check, 'init.json');
}

async function readStamp(session: Session): Promise<Stamp | undefined> {
  try {
    const { fingerprint, overlay } = JSON.parse(await readFile(stampFile(session), 'utf8')) as Partial<Stamp>;
    return typeof fingerprint === 'string' ? { fingerprint, overlay: overlay === true } : undefined;
  } catch {
    return undefined; // none yet, or a cache that is no good: init runs
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
