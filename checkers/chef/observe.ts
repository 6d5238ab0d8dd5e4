import type { CheckContext } from '../../src/checker.ts';
import type { ChefObservation } from './observation.ts';
import { observeHere } from './observe-here.ts';
import { observeRemote } from './observe-remote.ts';
import { observeReports } from './observe-reports.ts';
import type { ChefOptions } from './options.ts';

/** Runs chef-client in why-run mode, or reads what runs left. */
export function observe(options: ChefOptions, context: CheckContext): AsyncIterable<ChefObservation> {
  if (options.mode === 'reports') return observeReports(options, context);
  if (options.mode === 'local' || options.remote === undefined) return observeHere(options, context);
  return observeRemote({ ...options, remote: options.remote }, context);
}
