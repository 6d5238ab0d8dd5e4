import type { ZodError } from 'zod';
import { comparisonSchema, type Comparison, type Failure, type Notice } from '../../src/checker.ts';
import { parseExactJson } from '../../src/diff/exact-json.ts';
import { lastLines } from '../../src/diff/last-lines.ts';
import type { CommandObservation } from './observe.ts';
import type { CommandOptions } from './options.ts';

/** How much of the end of the output is kept. */
const LONGEST = { lines: 50, characters: 16 * 1024 };

/** What the exit code means, or what the JSON says. */
export function compareCommand(observation: CommandObservation, options: CommandOptions): Comparison {
  const meaning = meaningOf(observation.exitCode, options);
  if (meaning === undefined) return unexpected(observation, options);
  return options.output === 'json' ? compareJson(observation, meaning) : compareText(observation, meaning);
}

type Meaning = 'in_sync' | 'drifted';

function meaningOf(exitCode: number, { exit_codes }: CommandOptions): Meaning | undefined {
  if (exit_codes.in_sync.includes(exitCode)) return 'in_sync';
  return exit_codes.drifted.includes(exitCode) ? 'drifted' : undefined;
}

function compareText(observation: CommandObservation, meaning: Meaning): Comparison {
  const { program } = observation;
  const drift = { address: program, type: 'command', action: 'update', cause: 'unknown', changes: [] } as const;
  return { resources: 1, drift: meaning === 'drifted' ? [drift] : [], notices: outputNotices(observation) };
}

/** The JSON is more precise than the exit code; a code that promises drift the JSON does not have is a defect of the script. */
function compareJson(observation: CommandObservation, meaning: Meaning): Comparison {
  const read = readComparison(observation.stdout);
  if (typeof read === 'string')
    return failed({ phase: 'observe', reason: 'bad_output', message: `${observation.program}: ${read}` });
  if (meaning === 'in_sync' || read.drift.length > 0 || (read.failures ?? []).length > 0) return read;
  const message = `${observation.program}: exit code ${observation.exitCode} says drifted, but the JSON has no drift`;
  return { ...read, failures: [{ phase: 'observe', reason: 'bad_output', message }] };
}

function unexpected(observation: CommandObservation, { exit_codes, output }: CommandOptions): Comparison {
  const { program, exitCode, stdout, stderr } = observation;
  const expected = [...exit_codes.in_sync, ...exit_codes.drifted].join(' or ');
  const said = lastLines(stderr.trim() === '' && output === 'text' ? stdout : stderr, { ...LONGEST, lines: 10 });
  const message = `${program}: exit code ${exitCode}, expected ${expected}${said === '' ? '' : `: ${said}`}`;
  return failed(
    { phase: 'observe', reason: 'exit_code', message },
    output === 'text' ? outputNotices(observation) : [],
  );
}

function failed(failure: Failure, notices: readonly Notice[] = []): Comparison {
  return { resources: 0, drift: [], failures: [failure], notices };
}

function outputNotices({ program, stdout, stderr }: CommandObservation): Notice[] {
  const message = [stdout, stderr].map((text) => lastLines(text, LONGEST)).filter((text) => text !== '');
  return message.length === 0 ? [] : [{ kind: 'output', address: program, message: message.join('\n') }];
}

/** The Comparison that was printed, or what is wrong with it. */
function readComparison(stdout: string): Comparison | string {
  let document: unknown;
  try {
    document = parseExactJson(stdout);
  } catch (error) {
    return `expected a Comparison as JSON on standard output; got ${stdout.trim() === '' ? 'nothing' : String(error)}`;
  }
  const parsed = comparisonSchema.safeParse(document);
  return parsed.success ? parsed.data : `expected a Comparison: ${problemsOf(parsed.error)}`;
}

function problemsOf({ issues }: ZodError): string {
  const shown = issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.length === 0 ? 'the document' : path.join('.')}: ${message}`);
  const more = issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
