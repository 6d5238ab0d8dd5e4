import type { Failure, FailureReason, RunOutput } from '../../../src/checker.ts';
import { lastLines } from '../../../src/diff/last-lines.ts';

/** What ssh or sudo said instead of running the command; undefined when the command ran. */
export function sshFailure(host: string, { exitCode, stderr }: RunOutput): Failure | undefined {
  const reason = reasonOf(exitCode, stderr);
  if (reason === undefined) return undefined;
  const said = lastWords(stderr) || `ssh ended with exit code ${exitCode} and said nothing`;
  return { phase: 'observe', reason, message: `${host}: ${said}`, address: host };
}

const SSH_REASONS: readonly (readonly [RegExp, FailureReason])[] = [
  [/host key verification failed|remote host identification has changed|no matching host key/i, 'unauthenticated'],
  [/permission denied \(|too many authentication failures|load key .*: /i, 'unauthenticated'],
  [/bad configuration option|bad owner or permissions|terminating, .* bad configuration/i, 'invalid'],
];

function reasonOf(exitCode: number, stderr: string): FailureReason | undefined {
  if (exitCode === 255) return SSH_REASONS.find(([said]) => said.test(stderr))?.[1] ?? 'unreachable';
  if (exitCode !== 0 && /^sudo: /m.test(stderr)) return 'forbidden';
  return undefined;
}

function lastWords(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^[@\s]+$/.test(line));
  return lastLines(lines.join('\n'), { lines: 6, characters: 1000 });
}
