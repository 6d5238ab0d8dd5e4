import type { CheckContext } from '../../src/checker.ts';
import { observeGit } from './git/observe-git.ts';
import type { FluxObservation } from './observation.ts';
import type { FluxOptions } from './options.ts';
import { observeStatus } from './status/observe-status.ts';

/** Reads one of the two, as the options say. */
export async function* observe(options: FluxOptions, context: CheckContext): AsyncGenerator<FluxObservation> {
  const { status, git } = options;
  if (status !== undefined) yield* observeStatus({ ...options, status }, context);
  if (git !== undefined) yield* observeGit({ ...options, git }, context);
}
