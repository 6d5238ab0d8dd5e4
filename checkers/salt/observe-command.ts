import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CheckError, type CheckContext } from '../../src/checker.ts';
import { lastLines } from '../../src/diff/last-lines.ts';
import { minionObservations, missingMinions } from './minion-observations.ts';
import type { SaltObservation } from './observation.ts';
import { targetFlag, type MasterlessOptions, type MasterOptions } from './options.ts';

/** Runs `salt` or `salt-call` with `test=True`; Salt prints each minion as it returns. */
export async function* observeCommand(
  options: MasterOptions | MasterlessOptions,
  context: CheckContext,
): AsyncGenerator<SaltObservation> {
  const file = resolve(context.dirs.temporary, 'salt.json');
  const [program, args] = options.mode === 'salt' ? masterCommand(options) : await masterlessCommand(options, context);
  const ran = await context.run(program, args, { exitCodes: 'any', report: true, stdoutFile: file });
  const seen = new Set<string>();
  let broken = false;
  const noise: string[] = [];
  const onNoise = (line: string): void => {
    if (noise.length < 5) noise.push(line);
  };
  for await (const observation of minionObservations({ file, where: program, seen, onNoise })) {
    broken ||= observation.piece === 'failure';
    yield named(observation, options);
  }
  if (seen.size === 0 && !broken)
    throw nothing({ program, exitCode: ran.exitCode, said: [...noise, ran.stderr.trim()].join('\n') });
  const expected = options.mode === 'salt' ? options.minions : [];
  for (const failure of missingMinions(expected, seen)) yield { piece: 'failure', failure };
}

/** salt-call prints `local` for whatever minion it ran as. */
function named(observation: SaltObservation, options: MasterOptions | MasterlessOptions): SaltObservation {
  if (options.mode === 'salt' || observation.piece === 'failure') return observation;
  return { ...observation, minion: options.minion_id ?? observation.minion };
}

const OUTPUT = ['--out=json', '--out-indent=-1', '--no-color'];

function masterCommand(options: MasterOptions): [string, string[]] {
  const { config_dir: config, timeout, target_type: type, target } = options;
  const flag = targetFlag(type);
  const args = [
    ...OUTPUT,
    `--timeout=${Math.ceil(timeout / 1000)}`,
    ...(config === undefined ? [] : [`--config-dir=${config}`]),
    ...(flag === undefined ? [] : [flag]),
    target,
    ...stateApply(options),
  ];
  return [options.salt, args];
}

function stateApply(options: {
  readonly states: readonly string[];
  saltenv?: string | undefined;
  pillarenv?: string | undefined;
}): string[] {
  const { states, saltenv, pillarenv } = options;
  return [
    'state.apply',
    ...(states.length === 0 ? [] : [states.join(',')]),
    'test=True',
    ...(saltenv === undefined ? [] : [`saltenv=${saltenv}`]),
    ...(pillarenv === undefined ? [] : [`pillarenv=${pillarenv}`]),
  ];
}

/** With a configuration of its own, so that no cache, key or log of the host's minion is touched. */
async function masterlessCommand(options: MasterlessOptions, context: CheckContext): Promise<[string, string[]]> {
  const root = resolve(context.dirs.temporary, 'salt');
  await mkdir(root, { recursive: true });
  const { saltenv = 'base', pillar_root: pillar, minion_id: id } = options;
  const config = {
    file_client: 'local',
    test: true,
    root_dir: root,
    cachedir: join(root, 'cache'),
    pki_dir: join(root, 'pki'),
    sock_dir: join(root, 'run'),
    log_file: join(root, 'minion.log'),
    file_roots: { [saltenv]: [join(context.source.dir, options.file_root)] },
    ...(pillar !== undefined && { pillar_roots: { [saltenv]: [join(context.source.dir, pillar)] } }),
    ...(id !== undefined && { id }),
  };
  await writeFile(join(root, 'minion'), JSON.stringify(config)); // JSON is YAML
  return [options.salt_call, [...OUTPUT, '--local', `--config-dir=${root}`, ...stateApply(options)]];
}

function nothing({ program, exitCode, said }: { program: string; exitCode: number; said: string }): CheckError {
  const text = lastLines(said.trim(), { lines: 20, characters: 1000 }) || 'said nothing';
  const message = `${program}: no minion returned anything (exit code ${exitCode}): ${text}`;
  if (/no minions matched/i.test(said)) return new CheckError('not_found', message);
  if (/permission denied|authentication failure|not authorized/i.test(said))
    return new CheckError('forbidden', message);
  if (/master.*(not running|unreachable)|could not connect|salt request timed out/i.test(said)) {
    return new CheckError('unreachable', message);
  }
  return new CheckError('bad_output', message);
}
