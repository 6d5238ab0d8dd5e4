import { CheckError } from '../../src/checker.ts';
import { shellQuote } from '../hosts/remote/run-on-hosts.ts';
import { KIT_DIRS } from './kit.ts';
import type { AgentOptions, ApplyOptions } from './options.ts';
import { puppetArguments } from './puppet-arguments.ts';
import { DECLARED_FILE } from './puppet-plugin.ts';

/** Of a report with all that the script prints around it. */
export const MAX_OUTPUT_BYTES: number = 256 * 1024 * 1024;

/** What a run of the script brought back. */
export interface ScriptOutput {
  /** Where the kit was: the prefix of paths in the report. */
  readonly root: string;
  /** Puppet's own. */
  readonly exitCode: number;
  /** YAML; empty when Puppet wrote none. */
  readonly report: string;
  /** JSON; empty when there is none. */
  readonly declared: string;
}

/** `here`: the kit lies at `root`. Otherwise it comes as a base64 tarball on standard input and is removed afterwards. */
export interface ScriptSetting {
  readonly root?: string;
  /** Begins each section of the output; nobody can guess it. */
  readonly marker: string;
  /** Seconds until Puppet is ended. */
  readonly timeoutSeconds: number;
}

/** A POSIX shell script that runs Puppet without changing the host and prints what it found. Ends with Puppet's code. */
export function runScript(options: ApplyOptions | AgentOptions, setting: ScriptSetting): string {
  const state = `"$root"/${KIT_DIRS.vars}/state`;
  const section = (name: string): string => `echo; echo '${setting.marker} ${name}'`;
  return [
    'umask 077',
    ...(setting.root === undefined ? UNPACK : [`root=${shellQuote(setting.root)}`]),
    'PATH="$PATH:/opt/puppetlabs/bin"; LANG=C.UTF-8; LC_ALL=C.UTF-8; export PATH LANG LC_ALL',
    `puppet=${shellQuote(options.puppet)}`,
    'command -v "$puppet" >/dev/null 2>&1 || { echo "$puppet: no such program on PATH" >&2; exit 127; }',
    `set -- ${puppetArguments(options, ROOT).map(word).join(' ')}`,
    OWN_PUBLIC_DIRECTORY,
    ...(options.mode === 'agent' ? TAKE_AGENT_SETTINGS : []),
    'limit=',
    `command -v timeout >/dev/null 2>&1 && limit='timeout -k 5 ${setting.timeoutSeconds}'`,
    '$limit "$puppet" "$@" >/dev/null; code=$?',
    `${section('root')}; echo "$root"`,
    `${section('code')}; echo "$code"`,
    `${section('report')}; cat ${state}/last_run_report.yaml 2>/dev/null`,
    `${section('declared')}; cat ${state}/${DECLARED_FILE} 2>/dev/null`,
    section('end'),
    'exit "$code"',
  ].join('\n');
}

/** Stands for the root in arguments until the script knows it. */
const ROOT = '\u0001root\u0001';

function word(argument: string): string {
  return argument.split(ROOT).map(shellQuote).join('"$root"');
}

/**
 * Puppet 7 and newer leave a summary of each run beside `vardir`. In the run's own puppet.conf, for older ones refuse the
 * setting as an argument and ignore it in a file.
 */
const OWN_PUBLIC_DIRECTORY = `printf '[main]\\npublicdir = %s\\n' "$root/${KIT_DIRS.vars}/public" >"$root/${KIT_DIRS.conf}/puppet.conf"`;

const UNPACK = [
  'root=$(mktemp -d "${TMPDIR:-/tmp}/drift-exporter.XXXXXXXX") || exit 73',
  `trap 'rm -rf "$root"' EXIT`,
  `trap 'exit 129' HUP INT TERM PIPE`,
  'base64 -d | tar -xzf - -C "$root" || { echo "the source could not be unpacked" >&2; exit 74; }',
];

/**
 * Of the host's own configuration only what names the server and the host is taken: no pre-run or post-run command.
 * Keys and what the last real run left are copied, so that nothing of the host's can be written.
 */
const TAKE_AGENT_SETTINGS = [
  'settings=$("$puppet" config print --section agent server serverport ca_server certname server_list ssldir transactionstorefile certificate_revocation) || exit 1',
  `setting() { printf '%s\\n' "$settings" | sed -n "s/^$1 = //p"; }`,
  'for name in server serverport ca_server certname server_list certificate_revocation; do',
  '  value=$(setting "$name")',
  '  case " $* " in *" --$name "*) ;; *) [ -z "$value" ] || set -- "$@" "--$name" "$value" ;; esac',
  'done',
  `cp -R "$(setting ssldir)" "$root/${KIT_DIRS.vars}/ssl" || exit 1`,
  `mkdir -p "$root/${KIT_DIRS.vars}/state"`,
  `cp "$(setting transactionstorefile)" "$root/${KIT_DIRS.vars}/state/" 2>/dev/null`,
  `set -- "$@" --ssldir "$root/${KIT_DIRS.vars}/ssl"`,
];

/** Takes the output apart. Throws CheckError `bad_output` when it is cut off. */
export function readScriptOutput(stdout: string, marker: string): ScriptOutput {
  const sections = new Map<string, string>();
  for (const part of stdout.split(`\n${marker} `).slice(1)) {
    const end = part.indexOf('\n');
    sections.set(end < 0 ? part : part.slice(0, end), end < 0 ? '' : part.slice(end + 1));
  }
  if (!sections.has('end')) throw new CheckError('bad_output', 'the output of the Puppet run is cut off');
  const section = (name: string): string => sections.get(name) ?? '';
  return {
    root: section('root').trim(),
    exitCode: Number.parseInt(section('code'), 10),
    report: section('report'),
    declared: section('declared'),
  };
}
