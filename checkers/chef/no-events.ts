import { CheckError, type FailureReason } from '../../src/checker.ts';
import { lastLines } from '../../src/diff/last-lines.ts';
import { maskSensitiveText } from '../hosts/sensitive-text.ts';
import type { RunRecord } from './run-record.ts';

/** chef-client ended without saying how its run went. */
export function noEvents(
  run: RunRecord,
  { exitCode, said, host }: { readonly exitCode: number; readonly said: string; readonly host?: string },
): CheckError {
  const text = maskSensitiveText(lastLines(said.trim(), { lines: 20, characters: 1000 })) || 'it said nothing';
  const message = `${host ?? run.node}: chef-client ended with exit code ${exitCode} before its run was over: ${text}`;
  return new CheckError(errorReason(text), message, host === undefined ? {} : { address: host });
}

const REASONS: readonly (readonly [RegExp, FailureReason])[] = [
  [
    /no such program|command not found|cannot find .*client\.rb|No such file|Cannot load configuration from|^\S+: 404 |Object not found/i,
    'not_found',
  ],
  [/Chef Infra License|license.*not.*accepted/i, 'forbidden'],
  [/\b401\b|Unauthorized|Failed to authenticate/i, 'unauthenticated'],
  [/\b403\b|Forbidden|Permission denied/i, 'forbidden'],
  [/ECONNREFUSED|Connection refused|SocketError|getaddrinfo|Timeout|EHOSTUNREACH|no route to host/i, 'unreachable'],
  [
    /No such cookbook|CookbookNotFound|RecipeNotFound|SyntaxError|NoMethodError|UndefinedError|ValidationFailed|Exceptions::/i,
    'invalid',
  ],
];

/** The reason of an error, by its class and message; `otherwise` when they do not tell. */
export function errorReason(text: string, otherwise: FailureReason = 'exit_code'): FailureReason {
  return REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? otherwise;
}
