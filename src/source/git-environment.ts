import { readFile } from 'node:fs/promises';
import type { GitSourceConfig } from '../config/config.ts';
import { GitFailure } from './git-failure.ts';
import type { GitUrl } from './git-url.ts';

/** Hands git the token from its file, so that no process has it in its arguments or environment. */
const CREDENTIAL_HELPER = `!drift_credential() {
test "$1" = get || return 0
if test -n "$DRIFT_GIT_TOKEN_FILE"; then IFS="$(printf ' \\t\\r')" read -r password <"$DRIFT_GIT_TOKEN_FILE" || test -n "$password"
else password=$DRIFT_GIT_PASSWORD; fi
printf 'username=%s\\npassword=%s\\n' "$DRIFT_GIT_USERNAME" "$password"
}; drift_credential`;

/** Git's whole configuration: nothing of the machine or the user, nothing that runs a program of the repository's. */
export function gitConfigText(config: GitSourceConfig, url: GitUrl | undefined): string {
  const sections: (readonly [string, Readonly<Record<string, string>>])[] = [
    ['core', { hooksPath: '/dev/null', fsmonitor: 'false', symlinks: 'true', attributesFile: '/dev/null' }],
    ['safe', { directory: '*' }],
    ['maintenance', { auto: 'false' }],
    ['gc', { autoDetach: 'false' }],
    ['fetch', { recurseSubmodules: 'false' }],
    ['submodule', { recurse: 'false' }],
    ['ssh', { variant: 'ssh' }],
  ];
  if (config.caFile !== undefined) sections.push(['http', { sslCAInfo: config.caFile }]);
  if (url?.origin !== undefined && hasLogin(config, url))
    sections.push([`credential ${quoted(url.origin)}`, { helper: CREDENTIAL_HELPER }]);
  return sections.map(([name, keys]) => `[${name}]\n${lines(keys)}`).join('');
}

function lines(keys: Readonly<Record<string, string>>): string {
  return Object.entries(keys)
    .map(([key, value]) => `\t${key} = ${quoted(value)}\n`)
    .join('');
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function hasLogin(config: GitSourceConfig, url: GitUrl): boolean {
  return config.tokenFile !== undefined || url.password !== undefined;
}

const DROPPED = `GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG
GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_CONFIG_SYSTEM GIT_TRACE GIT_TRACE_CURL GIT_TRACE_PACKET GIT_TRACE2 GIT_TRACE2_EVENT
GIT_CURL_VERBOSE GIT_SSL_NO_VERIFY GIT_PROXY_COMMAND GIT_SSH GIT_TEMPLATE_DIR GIT_NAMESPACE GIT_EXEC_PATH SSH_ASKPASS`.split(
  /\s+/,
);

/** The environment of every git command of a source; `home` holds the configuration file. */
export function gitEnvironment(
  config: GitSourceConfig,
  url: GitUrl,
  home: string,
): Readonly<Record<string, string | undefined>> {
  return {
    ...Object.fromEntries(DROPPED.map((name) => [name, undefined])),
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: `${home}/.gitconfig`,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_ALLOW_PROTOCOL: `${url.protocol}:https:ssh`,
    GIT_SSH_COMMAND: sshCommand(config),
    DRIFT_GIT_USERNAME: config.username ?? url.username ?? 'x-access-token',
    DRIFT_GIT_TOKEN_FILE: config.tokenFile,
    DRIFT_GIT_PASSWORD: config.tokenFile === undefined ? url.password : undefined,
  };
}

function sshCommand(config: GitSourceConfig): string {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=30', 'PasswordAuthentication=no'];
  if (config.sshKeyFile !== undefined) options.push(`IdentityFile=${sshPath(config.sshKeyFile)}`, 'IdentitiesOnly=yes');
  if (config.sshKnownHostsFile !== undefined)
    options.push(`UserKnownHostsFile=${sshPath(config.sshKnownHostsFile)}`, 'GlobalKnownHostsFile=/dev/null');
  return ['ssh', ...options.map((option) => `-o '${option.replaceAll("'", `'\\''`)}'`)].join(' ');
}

function sshPath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}

/** Reads the files that log in: their absence gets a message of its own, and the secrets are masked in git's. */
export async function gitSecrets(config: GitSourceConfig, url: GitUrl): Promise<readonly string[]> {
  for (const file of [config.sshKeyFile, config.sshKnownHostsFile, config.caFile])
    if (file !== undefined) await readCredential(file);
  const token =
    config.tokenFile === undefined ? undefined : (await readCredential(config.tokenFile)).split('\n')[0]?.trim();
  if (token === '')
    throw new GitFailure('unauthenticated', `${config.tokenFile}: expected a token in the first line, found nothing`);
  const known = [token, url.password].flatMap((secret) => (secret === undefined || secret === '' ? [] : [secret]));
  return [...known, ...known.map((secret) => encodeURIComponent(secret))];
}

async function readCredential(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'no such file' : `cannot be read (${String((error as NodeJS.ErrnoException).code)})`;
    throw new GitFailure(missing ? 'not_found' : 'forbidden', `${file}: ${why}`, { cause: error });
  }
}
