import type { Failure, FailureReason } from '../../src/checker.ts';
import type { Diagnostic } from './read-events.ts';

/** First match wins: what is said by name before what is guessed from a network's or a cloud's words. */
const REASONS: readonly (readonly [RegExp, FailureReason])[] = [
  [/No value for required variable/i, 'missing_variable'],
  // The state, or the configuration, is of Terraform 0.12 or older.
  [/Invalid legacy provider address|registry\.terraform\.io\/-\//i, 'unsupported'],
  [/Error acquiring the state lock|state (blob )?is already locked|state lock/i, 'locked'],
  [
    /Unsupported (Terraform|OpenTofu) Core version|created by (a newer version of )?(Terraform|OpenTofu) v|Unsupported Terraform version/i,
    'unsupported',
  ],
  [
    /Backend initialization required|initialization required|Module not installed|Module source has changed|Required plugins are not installed|Missing required provider|Backend configuration changed|Backend type changed|run:?\s+"?(terraform|tofu) init/i,
    'not_initialised',
  ],
  [
    /Failed to query available provider packages|Failed to (install|instantiate|load) (provider|plugin)|Failed to install|Could not load plugin|Incompatible provider version|Provider (produced invalid|registry)|Invalid provider registry host|Unrecognized remote plugin message|Dependency lock file|dependency lock file|provider dependency changes/i,
    'provider_missing',
  ],
  [
    /AccessDenied|Access Denied|Forbidden|not authorized|AuthorizationFailed|PERMISSION_DENIED|insufficient permission|\b403\b/i,
    'forbidden',
  ],
  [
    /No valid credential|NoCredentialProviders|could not find default credentials|ExpiredToken|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|Unauthorized|Unauthenticated|invalid_grant|authentication (failed|required)|Required token could not be found|\b401\b|building .* (authorizer|credential)/i,
    'unauthenticated',
  ],
  [
    /connection refused|no such host|i\/o timeout|dial tcp|TLS handshake|network is unreachable|connection reset|no route to host|context deadline exceeded|failed to respond|server misbehaving/i,
    'unreachable',
  ],
  [/currently selected workspace|workspace .* (does not|doesn't) exist/i, 'not_found'],
  [
    /Failed to (load|read) (state|statefile)|Unsupported state file format|Error (loading|refreshing) state/i,
    'bad_output',
  ],
  [/(pre|post)condition failed|Invalid value for variable/i, 'invalid'],
];

const MESSAGE_LENGTH = 2000;
/** What is wrong stands at the beginning. */
const LONGEST_LOOK = 20_000;

/** A failure in Terraform's own words: where, what, why. */
export function failureOfDiagnostic(diagnostic: Diagnostic): Failure {
  const { address } = diagnostic;
  return {
    phase: 'observe',
    reason: reasonOf(diagnostic),
    message: messageOf(diagnostic),
    ...(address !== undefined && { address }),
  };
}

export function reasonOf({ summary, detail, file, address }: Diagnostic): FailureReason {
  const text = `${summary}\n${detail}`.slice(0, LONGEST_LOOK).replaceAll(/\s+/g, ' ');
  const named = REASONS.find(([pattern]) => pattern.test(text));
  if (named !== undefined) return named[1];
  if (address !== undefined) return 'task_failed'; // a provider's own words about one resource
  return file === undefined && !/configuration/i.test(summary) ? 'exit_code' : 'invalid';
}

export function messageOf({ summary, detail, file, line }: Diagnostic): string {
  const where = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  const text = `${where}${summary}${detail === '' ? '' : `: ${detail}`}`;
  return text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH)}…` : text;
}
