import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckError, failureOf, isCheckError, type CheckContext, type RunOutput } from '../../src/checker.ts';
import type { Failure } from '../../src/drift.ts';
import { UniqueAddresses } from '../hosts/unique-addresses.ts';
import { commandLine } from './command-line.ts';
import { ansibleEnvironment } from './environment.ts';
import { fatalError } from './fatal-error.ts';
import type { AnsibleObservation } from './observation.ts';
import type { AnsibleOptions } from './options.ts';
import { newTally, readEvents, type RunTally } from './read-events.ts';
import { registerSecrets } from './register-secrets.ts';
import { installRequirements } from './requirements.ts';
import { remainingHosts, type Remaining } from './remaining-hosts.ts';
import { worstExitCode } from './worst-exit-code.ts';
import { workingTree, type WorkingTree } from './working-tree.ts';

/** Runs each playbook in check mode and yields what the callback wrote down, in pieces of bounded size. */
export async function* observe(options: AnsibleOptions, context: CheckContext): AsyncGenerator<AnsibleObservation> {
  const tree = await workingTree(options, context);
  await registerSecrets(options, context, tree);
  const requirements = await installRequirements(options, context, tree);
  // A socket's path may have 108 bytes only, and the run's own directory may be deep.
  // By a command, so that it belongs to whom commands run as.
  const made = await context.run('mktemp', ['-d', join(tmpdir(), 'drift-ssh-XXXXXXXX')]);
  const controlDir = made.stdout.trim();
  try {
    const session: Session = {
      options,
      context,
      tree,
      args: await commandLine(options, context, tree),
      env: ansibleEnvironment(options, context, { tree, requirements, controlDir }),
      sourceDir: await realpath(context.source.dir),
      addresses: new UniqueAddresses(),
      isWorst: worstExitCode(),
    };
    for (const playbook of options.playbooks) yield* observePlaybook(playbook, session);
  } finally {
    await closeConnections(controlDir, context);
    await rm(controlDir, { recursive: true, force: true });
  }
}

interface Session {
  readonly options: AnsibleOptions;
  readonly context: CheckContext;
  readonly tree: WorkingTree;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly sourceDir: string;
  readonly addresses: UniqueAddresses;
  /** Whether an exit code is worse than those of the playbooks before. */
  readonly isWorst: (exitCode: number) => boolean;
}

/**
 * Ansible stops a playbook when all hosts of a play failed, and never comes to the hosts of later plays: those are
 * run again without the failed ones, from the play on that was not reached.
 */
async function* observePlaybook(playbook: string, session: Session): AsyncGenerator<AnsibleObservation> {
  let remaining: Remaining | undefined;
  const total = { compared: 0, notCompared: 0, failures: 0 };
  do {
    const tally = newTally();
    for await (const piece of observeRun(playbook, { session, tally, remaining })) {
      total.failures += (piece.failures?.length ?? 0) + (piece.plays?.filter(isFailure).length ?? 0);
      yield piece;
    }
    total.compared += tally.compared;
    total.notCompared += tally.notCompared;
    total.failures += tally.failed;
    const next: Remaining | undefined = remainingHosts(tally.notReached, remaining);
    const given = tally.notReached.filter((play) => next === undefined || play.hosts.length === 0);
    total.failures += given.length;
    if (given.length > 0) yield { tasks: [], plays: given };
    remaining = next;
  } while (remaining !== undefined);
  if (total.compared === 0 && total.failures === 0) yield nothingCompared(playbook, total.notCompared);
}

function isFailure(play: NonNullable<AnsibleObservation['plays']>[number]): boolean {
  return play.event !== 'no_hosts' || play.unknown.length > 0;
}

/** A check that compared nothing did not look: it is never in sync. */
function nothingCompared(playbook: string, notCompared: number): AnsibleObservation {
  const nothing = `${playbook}: no task compared anything: `;
  const failure: Failure =
    notCompared === 0
      ? {
          phase: 'observe',
          reason: 'not_found',
          message: `${nothing}no host matched, or limit, tags or conditions left none`,
        }
      : { phase: 'observe', reason: 'unsupported', message: `${nothing}check mode can do none of its ${notCompared}` };
  return { tasks: [], failures: [failure] };
}

interface PlaybookRun {
  readonly session: Session;
  readonly tally: RunTally;
  readonly remaining: Remaining | undefined;
}

async function* observeRun(playbook: string, run: PlaybookRun): AsyncGenerator<AnsibleObservation> {
  const { session, tally } = run;
  const { context, sourceDir, addresses } = session;
  const dir = await mkdtemp(join(context.dirs.temporary, 'events-'));
  const file = join(dir, 'events.jsonl');
  try {
    const outcome = await runAnsible(playbook, file, run).catch((error: unknown) => failed(error));
    if ((await readdir(dir)).length > 0) yield* readEvents({ file, sourceDir, addresses }, tally);
    if (outcome instanceof CheckError) throw outcome;
    const error = runError(playbook, outcome, run);
    if (error !== undefined) yield { tasks: [], failures: [failureOf(error)] };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What was written down before a time limit is still read. */
function failed(error: unknown): CheckError {
  if (isCheckError(error)) return new CheckError(error.reason, error.message, { cause: error });
  throw error;
}

async function runAnsible(playbook: string, file: string, { session, remaining }: PlaybookRun): Promise<RunOutput> {
  const { context, options, tree, args, env } = session;
  await mkdir(context.dirs.temporary, { recursive: true });
  const limit = remaining === undefined ? [] : [`--limit=${remaining.hosts.join(',')}`];
  return context.run(options.ansible_playbook, [...args, ...limit, tree.at(playbook)], {
    cwd: tree.dir,
    env: { ...env, DRIFT_EXPORTER_EVENTS: file, DRIFT_EXPORTER_FIRST_PLAY: String(remaining?.firstPlay ?? 0) },
    exitCodes: 'any',
    report: remaining === undefined && session.isWorst,
    stdoutFile: join(context.dirs.temporary, 'ansible-playbook.stdout'),
  });
}

/** Ansible's exit codes that its events explain: all well, failed hosts, unreachable hosts, a play ended by them. */
const EXPLAINED = new Set([0, 2, 4, 8]);

function runError(playbook: string, output: RunOutput, { session, tally }: PlaybookRun): CheckError | undefined {
  const { exitCode, stderr } = output;
  const explained = exitCode === 0 || (EXPLAINED.has(exitCode) && tally.failed > 0);
  if (tally.ended && explained) return undefined;
  const what = `ansible-playbook ${playbook}`;
  if (exitCode !== 0) return fatalError({ what, exitCode, stderr, sourceDir: session.sourceDir });
  const callback = stderr.split('\n').find((line) => line.includes('drift_exporter'));
  const hint = callback === undefined ? '' : `: ${callback.slice(0, 500)}`;
  return new CheckError('bad_output', `${what}: exit code 0, but the callback told no end of the run${hint}`);
}

/** ssh connections that Ansible keeps open for the next run outlive it otherwise. */
async function closeConnections(controlDir: string, context: CheckContext): Promise<void> {
  for (const socket of await readdir(controlDir)) {
    if (context.signal.aborted) return;
    const args = ['-O', 'exit', '-o', `ControlPath=${join(controlDir, socket)}`, 'drift-exporter'];
    await context.run('ssh', args, { exitCodes: 'any', timeoutMs: 5_000 }).catch((error: unknown) => {
      context.log.debug({ error }, 'an ssh connection could not be closed');
    });
  }
}
