import type { CheckContext } from '../../src/checker.ts';
import { observeGit } from './git/observe-git.ts';
import type { ArgoCdObservation } from './observation.ts';
import type { ArgoCdOptions } from './options.ts';
import { observeStatus } from './status/observe-status.ts';

/** Reads one of the two, as the options say. */
export async function* observe(options: ArgoCdOptions, context: CheckContext): AsyncGenerator<ArgoCdObservation> {
  const { status, git } = options;
  if (status !== undefined) yield* observeStatus({ ...options, status }, context);
  if (git !== undefined) yield* observeGit({ ...options, git }, context);
}
