import { randomUUID } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckError, failureOf, type CheckContext } from '../../src/checker.ts';
import type { RemoteOptions } from '../hosts/remote/remote-options.ts';
import { runOnHosts, type HostOutcome } from '../hosts/remote/run-on-hosts.ts';
import { foundReport } from './found-report.ts';
import { KIT_DIRS, prepareKit } from './kit.ts';
import type { PuppetObservation } from './observation.ts';
import type { AgentOptions, ApplyOptions } from './options.ts';
import { MAX_OUTPUT_BYTES, readScriptOutput, runScript } from './run-script.ts';

type RemoteRun = (ApplyOptions | AgentOptions) & { readonly remote: RemoteOptions };

/** Sends the kit with the source to each host, runs Puppet there, and takes the kit away again. */
export async function* observeRemote(options: RemoteRun, context: CheckContext): AsyncGenerator<PuppetObservation> {
  const input = await packKit(options, context);
  const marker = `drift-exporter-${randomUUID()}`;
  const timeoutSeconds = Math.ceil(options.remote.host_timeout / 1000);
  const script = runScript(options, { marker, timeoutSeconds });
  const job = { script, input, maxOutputBytes: MAX_OUTPUT_BYTES };
  for await (const outcome of runOnHosts(options.remote, context, job)) {
    yield await observationOf({ outcome, options, context, marker });
  }
}

const MAX_SOURCE_BYTES = 64 * 1024 * 1024;

/** The kit and the source, without `.git`, as a base64 tarball. */
async function packKit(options: RemoteRun, context: CheckContext): Promise<string> {
  const root = await prepareKit(options, context);
  const file = join(context.dirs.temporary, 'puppet-kit.tar.gz');
  try {
    const dirs = Object.values(KIT_DIRS).filter((dir) => dir !== KIT_DIRS.source);
    const source = options.mode === 'apply' ? ['environments', `${KIT_DIRS.source}/.`] : [];
    await context.run('tar', ['-czf', file, '--exclude=.git', '-C', root, ...dirs, ...source]);
    const { size } = await stat(file);
    if (size > MAX_SOURCE_BYTES) {
      const message = `the source is ${size} bytes as a tarball; at most ${MAX_SOURCE_BYTES} are sent to hosts`;
      throw new CheckError('too_large', message);
    }
    return await readFile(file, 'base64');
  } finally {
    await rm(file, { force: true });
    await rm(root, { recursive: true, force: true });
  }
}

interface Ended {
  readonly outcome: HostOutcome;
  readonly options: RemoteRun;
  readonly context: CheckContext;
  readonly marker: string;
}

async function observationOf({ outcome, options, context, marker }: Ended): Promise<PuppetObservation> {
  if ('failure' in outcome) return { piece: 'failure', failure: outcome.failure };
  const { host, output: ran } = outcome;
  const { stdout, stderr, exitCode } = ran;
  try {
    const early = { root: '', exitCode, report: '', declared: '' };
    const output = stdout.includes(marker) ? readScriptOutput(stdout, marker) : early;
    return { piece: 'report', found: await foundReport({ options, context, host, output, stderr }) };
  } catch (error) {
    return { piece: 'failure', failure: { ...failureOf(error), address: host } };
  }
}
