import { stripVTControlCharacters } from 'node:util';
import type { Failure, FailureReason } from '../../src/checker.ts';
import { lastLines } from '../../src/diff/last-lines.ts';
import { maskSensitiveText } from '../hosts/sensitive-text.ts';

const REASONS: readonly (readonly [RegExp, FailureReason])[] = [
  [/currently locked by|stack is locked|update in progress|\[409\]/i, 'locked'],
  [
    /no stack named|could not find stack|no Pulumi(?:\.yaml)? project|stack '.*' not found|no such file or directory/i,
    'not_found',
  ],
  [
    /PULUMI_ACCESS_TOKEN|must be logged in|invalid access token|\[401\]|passphrase must be set|incorrect passphrase|ExpiredToken|no valid credential|NoCredentialProviders/i,
    'unauthenticated',
  ],
  [/\[403\]|AccessDenied|Forbidden|not authorized|permission denied/i, 'forbidden'],
  [/[Mm]issing required configuration|is not set.*pulumi config set/s, 'missing_variable'],
  [
    /no (?:resource|language) plugin|could not load plugin|failed to load (?:language )?plugin|failed to install plugin/i,
    'provider_missing',
  ],
  [
    /connection refused|no such host|dial tcp|i\/o timeout|TLS handshake timeout|network is unreachable/i,
    'unreachable',
  ],
];

const LONGEST = { lines: 50, characters: 2000 };

/** A failure in the tool's words: its reason by what they say, secrets masked. */
export function failureFrom(
  words: string,
  about: { readonly stack: string; readonly address?: string; readonly otherwise: FailureReason },
): Failure {
  const said = maskSensitiveText(stripVTControlCharacters(words)).trim();
  const reason = REASONS.find(([pattern]) => pattern.test(said))?.[1] ?? about.otherwise;
  const { stack, address = stack } = about;
  return { phase: 'observe', reason, message: `${stack}: ${lastLines(said, LONGEST)}`, address };
}
