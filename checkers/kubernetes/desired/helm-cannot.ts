import { isCheckError } from '../../../src/checker.ts';

/** Why helm cannot render a chart here, where that is nobody's mistake in git; undefined for every other error. */
export function helmCannot(error: unknown): string | undefined {
  if (!isCheckError(error)) return undefined;
  if (error.reason === 'not_found' && error.message.includes('helm')) return 'helm is not on PATH';
  const isIncomplete = error.reason === 'exit_code' && error.message.includes('missing in charts/');
  return isIncomplete ? 'its chart has dependencies that are not in git' : undefined;
}
