import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CheckError, failureOf, type CheckContext } from '../../src/checker.ts';
import { requireFresh } from '../hosts/require-fresh.ts';
import { minionObservations, missingMinions } from './minion-observations.ts';
import type { SaltObservation } from './observation.ts';
import type { ReportsOptions } from './options.ts';

/** Reads every JSON file of a directory. A state's return carries no date: the file's time of change is its age. */
export async function* observeReports(options: ReportsOptions, context: CheckContext): AsyncGenerator<SaltObservation> {
  const directory = resolve(context.source.dir, options.directory);
  const names = await jsonFiles(directory);
  if (names.length === 0) throw new CheckError('not_found', `${options.directory}: no *.json in this directory`);
  const seen = new Set<string>();
  for (const name of names) {
    context.signal.throwIfAborted();
    try {
      await checkAge(join(directory, name), name, options.max_age);
      yield* minionObservations({ file: join(directory, name), where: name, seen });
    } catch (error) {
      yield { piece: 'failure', failure: { ...failureOf(error), address: name } };
    }
  }
  for (const failure of missingMinions(options.minions, seen)) yield { piece: 'failure', failure };
}

async function jsonFiles(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.json')).toSorted();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CheckError('not_found', `${directory}: expected a directory of reports: ${String(code)}`, {
      cause: error,
    });
  }
}

async function checkAge(file: string, name: string, maxAgeMs: number): Promise<void> {
  const { mtimeMs, size } = await stat(file);
  const age = Date.now() - mtimeMs;
  if (size === 0) throw new CheckError('bad_output', `${name}: expected JSON as Salt prints it, got nothing`);
  requireFresh(`${name}: written`, { ageMs: age, maxAgeMs });
}
