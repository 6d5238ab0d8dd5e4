import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { failureOf, type CheckContext } from '../../src/checker.ts';
import type { RemoteOptions } from '../hosts/remote/remote-options.ts';
import { runOnHosts, shellQuote, type HostOutcome } from '../hosts/remote/run-on-hosts.ts';
import { chefArguments } from './chef-arguments.ts';
import { CHEF_REPORTER, REPORTER_ENV } from './chef-reporter.ts';
import { noEvents } from './no-events.ts';
import type { ChefObservation } from './observation.ts';
import type { ServerOptions } from './options.ts';
import { readEvents } from './run-record.ts';

type RemoteRun = ServerOptions & { readonly remote: RemoteOptions };

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Runs chef-client on many hosts over SSH; the reporter goes there and is taken away again. */
export async function* observeRemote(options: RemoteRun, context: CheckContext): AsyncGenerator<ChefObservation> {
  const job = { script: script(options), input: CHEF_REPORTER, maxOutputBytes: MAX_OUTPUT_BYTES };
  let index = 0;
  for await (const outcome of runOnHosts(options.remote, context, job)) {
    yield await observationOf(outcome, resolve(context.dirs.temporary, `chef-${index++}.jsonl`));
  }
}

function script(options: RemoteRun): string {
  const args = chefArguments(options, '', '').map((argument) =>
    argument === '' ? '"$root/client.rb"' : shellQuote(argument),
  );
  return [
    'umask 077',
    'root=$(mktemp -d "${TMPDIR:-/tmp}/drift-exporter.XXXXXXXX") || exit 73',
    `trap 'rm -rf "$root"' EXIT`,
    `trap 'exit 129' HUP INT TERM PIPE`,
    'cat > "$root/client.rb"; : > "$root/events"',
    `${REPORTER_ENV.events}="$root/events"; ${REPORTER_ENV.root}="$root"`,
    `${REPORTER_ENV.config}=${shellQuote(options.client_rb)}`,
    `export ${Object.values(REPORTER_ENV).join(' ')}`,
    'PATH="$PATH:/opt/chef/bin"; export PATH',
    'limit=',
    `command -v timeout >/dev/null 2>&1 && limit='timeout -k 5 ${Math.ceil(options.remote.host_timeout / 1000)}'`,
    `$limit ${shellQuote(options.chef_client)} ${args.join(' ')} >&2; code=$?`,
    'cat "$root/events"',
    'exit "$code"',
  ].join('\n');
}

async function observationOf(outcome: HostOutcome, file: string): Promise<ChefObservation> {
  if ('failure' in outcome) return { piece: 'failure', failure: outcome.failure };
  const { host, output } = outcome;
  try {
    await writeFile(file, output.stdout, { mode: 0o600 });
    const run = await readEvents(file, host);
    if (run.status === 'cut_off') throw noEvents(run, { exitCode: output.exitCode, said: output.stderr, host });
    return { piece: 'run', run, host, sourceDir: '' };
  } catch (error) {
    return { piece: 'failure', failure: { ...failureOf(error), address: host } };
  }
}
