import { z } from 'zod';
import { CheckError, failureOf, type Failure } from '../../src/checker.ts';
import { readJsonDocuments } from './json-documents.ts';
import type { SaltObservation } from './observation.ts';

/** What each minion in a file returned. Adds the names of all to `seen`. What cannot be read is a failure beside the rest. */
export async function* minionObservations(given: {
  readonly file: string;
  readonly where: string;
  readonly seen: Set<string>;
  readonly onNoise?: (line: string) => void;
}): AsyncGenerator<SaltObservation> {
  const { file, where, seen, onNoise } = given;
  for await (const document of readJsonDocuments(file, where, onNoise)) {
    if (document.kind === 'error') {
      yield { piece: 'failure', failure: { ...failureOf(document.error), address: where } };
      continue;
    }
    const minions = z.record(z.string(), z.unknown()).safeParse(document.value);
    if (!minions.success) {
      const failure = failureOf(new CheckError('bad_output', `${where}: expected an object of minions`));
      yield { piece: 'failure', failure: { ...failure, address: where } };
      continue;
    }
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
