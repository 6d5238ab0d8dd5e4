import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckError, type CheckContext, type FailureReason, type RunOptions } from '../../../src/checker.ts';
import type { GitOptions } from '../options.ts';

const TIMEOUT_MS = 5 * 60_000;

/** Fetches one commit into the check's cache, and lays it out for this run. Gives the directory. Rejects with CheckError. */
export async function checkOutGit(name: string, options: GitOptions, context: CheckContext): Promise<string> {
  const { url, ref } = options;
  const repository = join(context.dirs.check, `${name}.git`);
  const dir = join(context.dirs.temporary, `${name}-tree`);
  const home = join(context.dirs.temporary, `${name}-git`);
  for (const made of [dir, home]) await mkdir(made, { recursive: true, mode: 0o700 });
  await writeFile(join(home, '.gitconfig'), await configOf(options), { mode: 0o600 });
  const run = {
    env: environmentOf(options, home),
    cwd: context.dirs.temporary,
    timeoutMs: TIMEOUT_MS,
  } satisfies RunOptions;
  const git = async (...args: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await context.run('git', args, { ...run, exitCodes: 'any' });
    if (exitCode !== 0) throw failed(options, stderr);
  };
  await git('init', '--quiet', '--bare', repository);
  await git('-C', repository, 'fetch', '--quiet', '--depth=1', '--no-tags', '--end-of-options', url, ref);
  await git('--git-dir', repository, '--work-tree', dir, 'checkout', '--quiet', '--force', 'FETCH_HEAD', '--', '.');
  return dir;
}

/** The token stays in its file: git's helper reads it there, so that it is in no argument and no environment. */
const HELPER = String.raw`!f() { test "$1" = get || return 0; printf 'username=%s\npassword=%s\n' "$DRIFT_GIT_USERNAME" "$(head -n 1 "$DRIFT_GIT_TOKEN_FILE")"; }; f`;

async function configOf({ url, token_file: tokenFile, ca_file: caFile }: GitOptions): Promise<string> {
  const sections = [
    '[core]\n\thooksPath = /dev/null\n\tfsmonitor = false\n',
    '[safe]\n\tdirectory = *\n',
    '[gc]\n\tauto = 0\n',
  ];
  if (caFile !== undefined) sections.push(`[http]\n\tsslCAInfo = ${quoted(caFile)}\n`);
  if (tokenFile !== undefined) {
    await access(tokenFile).catch((error: unknown) => {
      throw new CheckError('not_found', `${tokenFile}: cannot be read`, { cause: error, phase: 'source' });
    });
    if (url.startsWith('https://'))
      sections.push(`[credential ${quoted(new URL(url).origin)}]\n\thelper = ${quoted(HELPER)}\n`);
  }
  return sections.join('');
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function environmentOf(options: GitOptions, home: string): Readonly<Record<string, string | undefined>> {
  return {
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_ALLOW_PROTOCOL: 'https:ssh:file',
    GIT_SSH_COMMAND: sshCommand(options),
    GIT_DIR: undefined,
    GIT_WORK_TREE: undefined,
    GIT_INDEX_FILE: undefined,
    DRIFT_GIT_USERNAME: options.username,
    DRIFT_GIT_TOKEN_FILE: options.token_file,
  };
}

function sshCommand({ ssh_key_file: key, ssh_known_hosts_file: hosts }: GitOptions): string {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=30'];
  if (key !== undefined) options.push(`IdentityFile="${key}"`, 'IdentitiesOnly=yes');
  if (hosts !== undefined) options.push(`UserKnownHostsFile="${hosts}"`);
  return ['ssh', ...options.map((option) => `-o '${option.replaceAll("'", `'\\''`)}'`)].join(' ');
}

const REASONS: readonly (readonly [RegExp, FailureReason])[] = [
  [/Authentication failed|could not read Username|Permission denied|terminal prompts disabled/i, 'unauthenticated'],
  [
    /couldn't find remote ref|not our ref|does not appear to be a git repository|Repository not found|does not exist/i,
    'not_found',
  ],
];

function failed({ url, ref }: GitOptions, stderr: string): CheckError {
  const reason = REASONS.find(([words]) => words.test(stderr))?.[1] ?? 'unreachable';
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return new CheckError(reason, `${url} at ${ref}: ${said}`, { phase: 'source' });
}
