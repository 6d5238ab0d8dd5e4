import { writeFile, mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CheckError, type CheckContext } from '../../src/checker.ts';
import { chefArguments } from './chef-arguments.ts';
import { CHEF_REPORTER, REPORTER_ENV } from './chef-reporter.ts';
import { noEvents } from './no-events.ts';
import type { ChefObservation } from './observation.ts';
import type { LocalOptions, ServerOptions } from './options.ts';
import { readEvents } from './run-record.ts';

/** Runs chef-client on this host. */
export async function* observeHere(
  options: LocalOptions | ServerOptions,
  context: CheckContext,
): AsyncGenerator<ChefObservation> {
  const sourceDir = context.source.dir;
  const repo = options.mode === 'local' ? join(sourceDir, options.chef_repo) : '';
  if (options.mode === 'local') await requireDirectory(repo, options.chef_repo);
  const root = resolve(context.dirs.temporary, 'chef');
  await mkdir(root, { recursive: true });
  const [clientRb, events] = [join(root, 'client.rb'), join(root, 'events.jsonl')];
  await writeFile(clientRb, CHEF_REPORTER);
  await writeFile(events, '', { mode: 0o600 });
  const ran = await context.run(options.chef_client, chefArguments(options, clientRb, sourceDir), {
    exitCodes: 'any',
    report: true,
    env: {
      [REPORTER_ENV.events]: events,
      [REPORTER_ENV.root]: root,
      [REPORTER_ENV.repo]: repo,
      [REPORTER_ENV.config]: options.mode === 'server' ? options.client_rb : '',
    },
  });
  const run = await readEvents(events, 'chef-client');
  if (run.status === 'cut_off') throw noEvents(run, { exitCode: ran.exitCode, said: `${ran.stdout}\n${ran.stderr}` });
  yield { piece: 'run', run, host: run.node, sourceDir };
}

/** Chef takes a repository that is not there for an empty one, and creates it. */
async function requireDirectory(path: string, option: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new CheckError('not_found', `chef_repo: expected a directory in the source, got ${JSON.stringify(option)}`);
}
