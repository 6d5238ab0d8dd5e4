import { failureOf, type Failure } from '../../../src/checker.ts';

/** The failure of one manifest of a delivery tool: what has not the shape that it should have is that manifest's mistake. */
export function failureOfManifest(error: unknown, what: string, address: string): Failure {
  if (error instanceof TypeError)
    return {
      phase: 'source',
      reason: 'invalid',
      message: `${what} is not as its kind says: ${error.message}`,
      address,
    };
  const { phase, reason, message } = failureOf(error);
  return { phase, reason, message: `${what}: ${message}`, address };
}
