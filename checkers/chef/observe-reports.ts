import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CheckError, failureOf, type CheckContext } from '../../src/checker.ts';
import { parseExactJson } from '../../src/diff/exact-json.ts';
import { requireFresh } from '../hosts/require-fresh.ts';
import type { ChefObservation } from './observation.ts';
import type { ReportsOptions } from './options.ts';
import { readEvents, readRunConverge, type RunRecord } from './run-record.ts';

const MAX_REPORT_BYTES = 128 * 1024 * 1024;

/** Reads every file of a directory: `*.jsonl` of the reporter, `*.json` of the data collector. */
export async function* observeReports(options: ReportsOptions, context: CheckContext): AsyncGenerator<ChefObservation> {
  const directory = resolve(context.source.dir, options.directory);
  const names = await reportNames(directory);
  if (names.length === 0)
    throw new CheckError('not_found', `${options.directory}: no *.jsonl or *.json in this directory`);
  const seen = new Set<string>();
  for (const name of names) {
    context.signal.throwIfAborted();
    try {
      const run = await readRun(join(directory, name), name);
      if (seen.has(run.node))
        throw new CheckError('invalid', `${name}: a second run of ${run.node}; expected one a node`);
      seen.add(run.node);
      checkRun(run, options.max_age);
      yield { piece: 'run', run, host: run.node, sourceDir: '' };
    } catch (error) {
      yield { piece: 'failure', failure: { address: name, ...failureOf(error) } };
    }
  }
  for (const node of options.nodes.filter((expected) => !seen.has(expected))) {
    const failure = { phase: 'observe', reason: 'not_found', message: `${node}: has no run`, address: node } as const;
    yield { piece: 'failure', failure };
  }
}

async function reportNames(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => /\.jsonl?$/.test(name)).toSorted();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CheckError('not_found', `${directory}: expected a directory of runs: ${String(code)}`, { cause: error });
  }
}

async function readRun(file: string, name: string): Promise<RunRecord> {
  const { size } = await stat(file);
  if (size === 0) throw new CheckError('bad_output', `${name}: expected a run of chef-client, got nothing`);
  if (name.endsWith('.jsonl')) return readEvents(file, name);
  if (size > MAX_REPORT_BYTES) {
    throw new CheckError('too_large', `${name}: ${size} bytes; a run may have ${MAX_REPORT_BYTES}`);
  }
  return readRunConverge(lastMessage(await readFile(file, 'utf8'), name), name);
}

/** Chef appends two messages a run, each on a line: of what runs, and of what became of it. The last of the second kind counts. */
function lastMessage(text: string, name: string): unknown {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const last = lines.findLast((line) => /^\{.*"message_type":"run_converge".*\}$/.test(line));
  return parse(last ?? text, name);
}

function parse(text: string, name: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new CheckError('bad_output', `${name}: expected JSON: ${String(error)}`, { cause: error });
  }
}

function checkRun(run: RunRecord, maxAgeMs: number): void {
  const { node, time, status } = run;
  if (status === 'cut_off') throw new CheckError('bad_output', `${node}: the run is cut off`, { address: node });
  const age = Date.now() - Date.parse(time ?? '');
  if (Number.isNaN(age)) {
    throw new CheckError('bad_output', `${node}: expected the time of the run, got ${JSON.stringify(time)}`, {
      address: node,
    });
  }
  requireFresh(`${node}: the run is of ${time},`, { ageMs: age, maxAgeMs, address: node });
}
