import { z } from 'zod';
import { CheckError, type Failure } from '../../src/checker.ts';
import { readJsonDocuments } from './json-documents.ts';
import type { SaltObservation } from './observation.ts';

/** What each minion in a file returned. Adds the names of all to `seen`. Throws CheckError as readJsonDocuments does. */
export async function* minionObservations(given: {
  readonly file: string;
  readonly where: string;
  readonly seen: Set<string>;
  readonly onNoise?: (line: string) => void;
}): AsyncGenerator<SaltObservation> {
  const { file, where, seen, onNoise } = given;
  for await (const document of readJsonDocuments(file, where, onNoise)) {
    const minions = z.record(z.string(), z.unknown()).safeParse(document);
    if (!minions.success) throw new CheckError('bad_output', `${where}: expected an object of minions`);
    for (const [minion, returned] of Object.entries(minions.data)) {
      seen.add(minion);
      yield { piece: 'minion', minion, returned };
    }
  }
}

/** Minions that must answer and did not. */
export function missingMinions(expected: readonly string[], seen: ReadonlySet<string>): Failure[] {
  return expected
    .filter((minion) => !seen.has(minion))
    .map((minion) => ({
      phase: 'observe',
      reason: 'unreachable',
      message: `${minion}: returned nothing`,
      address: minion,
    }));
}
