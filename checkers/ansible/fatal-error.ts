import { isAbsolute, relative } from 'node:path';
import { CheckError } from '../../src/checker.ts';
import { failureReason } from './failure-reason.ts';

/** Where Ansible says that the error is: 2.14 to 2.18, then 2.19 and newer. */
const PLACES = [/The error appears to (?:be in|have been in) '([^']+)': line (\d+)/, /Origin: (\S+?):(\d+)(?::\d+)?/];
const ERROR_LINE = /^(?:ERROR[!:]? |\[ERROR\]: )(.*)$/;
/** What follows quotes the file itself, which may hold a secret. */
const QUOTE = /^(The error appears to|The offending line|Origin:|<<< caused by|We could be wrong|Syntax Error while)/;
const LONGEST = 1000;

export interface Ended {
  readonly what: string;
  readonly exitCode: number;
  readonly stderr: string;
  readonly sourceDir: string;
}

/** Why ansible-playbook ended before its end: its own message, with file and line where it tells them. */
export function fatalError({ what, exitCode, stderr, sourceDir }: Ended): CheckError {
  const lines = stderr.split('\n');
  const start = lines.findIndex((line) => ERROR_LINE.test(line));
  const said = start === -1 ? lastLines(lines) : errorText(lines.slice(start));
  const place = PLACES.map((pattern) => pattern.exec(stderr)).find((match) => match !== null);
  const where = place === undefined ? '' : ` at ${shown(place?.[1] ?? '', sourceDir)}:${place?.[2]}`;
  const reason = failureReason(said, start === -1 ? 'exit_code' : 'invalid');
  return new CheckError(reason, `${what}: exit code ${exitCode}${where}: ${said.slice(0, LONGEST)}`);
}

function errorText(lines: readonly string[]): string {
  const [first = '', ...rest] = lines;
  const end = rest.findIndex((line) => QUOTE.test(line) || ERROR_LINE.test(line));
  const more = rest.slice(0, end === -1 ? 6 : Math.min(end, 6));
  const text = [ERROR_LINE.exec(first)?.[1] ?? first, ...more].map((line) => line.trim()).filter((line) => line !== '');
  return text.join(' ');
}

function lastLines(lines: readonly string[]): string {
  const said = lines.map((line) => line.trim()).filter((line) => line !== '');
  return said.length === 0 ? 'it said nothing on standard error' : said.slice(-5).join(' ');
}

function shown(file: string, sourceDir: string): string {
  const inside = relative(sourceDir, file);
  return inside.startsWith('..') || isAbsolute(inside) ? file : inside;
}
