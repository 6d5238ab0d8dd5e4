import type { CheckContext } from '../../src/checker.ts';
import type { PuppetObservation } from './observation.ts';
import { observeHere } from './observe-here.ts';
import { observePuppetDb } from './observe-puppetdb.ts';
import { observeRemote } from './observe-remote.ts';
import { observeReportFiles } from './observe-report-files.ts';
import type { PuppetOptions } from './options.ts';

/** Reads one report a host, from wherever the options say. */
export function observe(options: PuppetOptions, context: CheckContext): AsyncIterable<PuppetObservation> {
  if (options.mode === 'reports') {
    const { directory, puppetdb } = options;
    return puppetdb === undefined
      ? observeReportFiles({ ...options, directory: directory ?? '.' }, context)
      : observePuppetDb({ ...options, puppetdb }, context);
  }
  const { remote } = options;
  return remote === undefined ? observeHere(options, context) : observeRemote({ ...options, remote }, context);
}
