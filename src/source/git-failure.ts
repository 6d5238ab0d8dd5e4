import type { FailureReason } from '../drift.ts';

/** What may help: trying again, or throwing the local clone away and beginning anew. */
export type Remedy = 'none' | 'retry' | 'recreate';

/** Why a git command failed, already without secrets. Stays inside the git source, which makes it a CheckError. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';
  readonly reason: FailureReason;
  readonly remedy: Remedy;
  /** The hash function the server uses, when ours was another. */
  readonly objectFormat: string | undefined;

  constructor(
    reason: FailureReason,
    message: string,
    options: { readonly remedy?: Remedy; readonly objectFormat?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.remedy = options.remedy ?? 'none';
    this.objectFormat = options.objectFormat;
  }
}

interface Pattern {
  readonly text: RegExp;
  readonly reason: FailureReason;
  readonly remedy?: Remedy;
}

/** The first that matches decides: git ends many different failures with the same last line. */
const PATTERNS: readonly Pattern[] = [
  {
    text: /No space left on device|Disk quota exceeded|Read-only file system|Too many open files|insufficient permission for adding/i,
    reason: 'storage',
  },
  { text: /mismatched algorithms: client/, reason: 'invalid', remedy: 'recreate' },
  {
    text: /Host key verification failed|REMOTE HOST IDENTIFICATION|certificate (verification|problem|signed|subject)|server certificate|unable to get local issuer/i,
    reason: 'unauthenticated',
  },
  {
    text: /Authentication failed|could not read (Username|Password)|terminal prompts disabled|Permission denied \(|returned error: 401|Too many authentication failures/i,
    reason: 'unauthenticated',
  },
  { text: /returned error: 403|access denied|transport '.*' not allowed|dubious ownership/i, reason: 'forbidden' },
  {
    text: /find remote ref|not our ref|unadvertised object|repository .*not found|does not appear to be a git repository|returned error: 404|access denied or repository not exported|unable to find remote helper/i,
    reason: 'not_found',
  },
  {
    text: /resolve host|unable to look up|name resolution|connection (refused|timed out|reset|closed)|failed to connect|couldn't connect|unable to (access|connect)|network is unreachable|no route to host|early EOF|hung up|RPC failed|returned error: (5|429)|unexpected disconnect|remote end|bad line length|protocol error|empty reply/i,
    reason: 'unreachable',
    remedy: 'retry',
  },
  {
    text: /corrupt|bad (object|tree|config|signature)|missing (blob|tree|object|commit)|unable to read|could not read|not a git repository|\.lock'?: File exists|loose object|packfile|pack has|inflate|object file .* is empty|shallow file|not a valid object|did not send all necessary objects|cannot lock ref|unable to parse|failed to (traverse|read)|invalid (object|sha1)|badly formed/i,
    reason: 'invalid',
    remedy: 'recreate',
  },
  { text: /could not read from remote repository/i, reason: 'unreachable', remedy: 'retry' },
];

/** The end tells, and a server may say anything for long. */
const LONGEST_LOOK = 20_000;

/** Reads git's (redacted) stderr. Text that nobody knows is `exit_code`. */
export function gitFailure(said: string, exitCode: number): GitFailure {
  const stderr = said.slice(-LONGEST_LOOK);
  const lines = tellingLines(stderr);
  const remote = /could not read from remote repository/i.test(stderr);
  const pattern = PATTERNS.find(({ text, remedy }) => !(remote && remedy === 'recreate') && text.test(stderr));
  const objectFormat = /mismatched algorithms: client \w+; server (\w+)/.exec(stderr)?.[1];
  return new GitFailure(pattern?.reason ?? 'exit_code', lines === '' ? `git ended with code ${exitCode}` : lines, {
    remedy: pattern === undefined ? 'retry' : (pattern.remedy ?? 'none'),
    objectFormat,
  });
}

const ADVICE = /^(Please make sure you have|and the repository exists|hint:|warning:|@+$|\s*$)/;

/** Git's own words in one line of bounded length. */
function tellingLines(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^(fatal|error): /, '').trim())
    .filter((line) => !ADVICE.test(line));
  const text = lines.slice(-4).join('; ');
  return text.length > 600 ? `${text.slice(0, 600)}...` : text;
}
