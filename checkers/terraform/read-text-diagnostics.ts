import type { Diagnostic } from './read-events.ts';

/** Says only that errors follow. */
const PREAMBLE = /encountered problems during initiali[sz]ation/;

/** The errors of a command that prints text (`init`, and every command before it knows of -json), box or no box. */
export function readTextDiagnostics(text: string): Diagnostic[] {
  const lines = text.split('\n').map((line) => line.replace(/^\s*[│╷╵|]\s?/u, '').trimEnd());
  const starts = lines.flatMap((line, at) => (/^\s*Error: /.test(line) ? [at] : []));
  const errors = starts.map((start, at) => readError(lines.slice(start, starts[at + 1])));
  const own = errors.filter(({ summary }) => !PREAMBLE.test(summary));
  return own.length > 0 ? own : errors;
}

function readError([first = '', ...rest]: readonly string[]): Diagnostic {
  const place = rest.map((line) => /^\s*on (\S+) line (\d+)/.exec(line)).find((match) => match !== null);
  const detail = rest.filter((line) => !/^\s*(on \S+ line \d+|\d+:)/.test(line)).join('\n');
  return {
    severity: 'error',
    summary: first.replace(/^\s*Error: /, ''),
    detail: detail.trim(),
    ...(place?.[1] !== undefined && { file: place[1], line: Number(place[2]) }),
  };
}
