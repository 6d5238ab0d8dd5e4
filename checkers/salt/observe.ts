import type { CheckContext } from '../../src/checker.ts';
import type { SaltObservation } from './observation.ts';
import { observeCommand } from './observe-command.ts';
import { observeReports } from './observe-reports.ts';
import type { SaltOptions } from './options.ts';

/** Runs Salt in test mode, or reads what such runs left. */
export function observe(options: SaltOptions, context: CheckContext): AsyncIterable<SaltObservation> {
  return options.mode === 'reports' ? observeReports(options, context) : observeCommand(options, context);
}
