import { CheckError, failureOf, type CheckContext, type Failure, type RunOutput } from '../../../src/checker.ts';
import type { RemoteOptions } from './remote-options.ts';
import { writeSshConfig } from './ssh-config.ts';
import { sshFailure } from './ssh-failure.ts';

/** A POSIX shell script and its standard input. Neither may hold a secret: the script is an argument of ssh. */
export interface RemoteJob {
  readonly script: string;
  readonly input?: string;
  readonly maxOutputBytes?: number;
}

export type HostOutcome =
  { readonly host: string; readonly output: RunOutput } | { readonly host: string; readonly failure: Failure };

/**
 * Runs the script on each host, `parallel` at once, and yields each host as it is done. A host that cannot be reached
 * or whose script fails is one failure and stops no other. Throws CheckError when the run itself is ended.
 */
export async function* runOnHosts(
  remote: RemoteOptions,
  context: CheckContext,
  job: RemoteJob,
): AsyncGenerator<HostOutcome> {
  const config = await writeSshConfig(remote, context.dirs.temporary);
  const waiting = [...new Set(remote.hosts)];
  const running = new Map<string, Promise<HostOutcome>>();
  const startNext = (): void => {
    const host = waiting.shift();
    if (host !== undefined) running.set(host, runOnHost({ host, remote, context, job, config }));
  };
  for (let slot = 0; slot < remote.parallel; slot++) startNext();
  try {
    while (running.size > 0) {
      const outcome = await Promise.race(running.values());
      running.delete(outcome.host);
      startNext();
      yield outcome;
    }
  } finally {
    waiting.length = 0;
    await Promise.allSettled(running.values());
  }
}

interface HostRun {
  readonly host: string;
  readonly remote: RemoteOptions;
  readonly context: CheckContext;
  readonly job: RemoteJob;
  readonly config: string;
}

async function runOnHost({ host, remote, context, job, config }: HostRun): Promise<HostOutcome> {
  const command = `${remote.sudo ? 'sudo -n ' : ''}sh -c ${shellQuote(job.script)}`;
  try {
    const output = await context.run('ssh', ['-F', config, '-T', '--', host, command], {
      exitCodes: 'any',
      timeoutMs: remote.host_timeout,
      input: job.input ?? '',
      ...(job.maxOutputBytes !== undefined && { maxOutputBytes: job.maxOutputBytes }),
    });
    const failure = sshFailure(host, output);
    return failure === undefined ? { host, output } : { host, failure };
  } catch (error) {
    if (context.signal.aborted) throw error;
    const { reason, message } = failureOf(error);
    if (reason === 'not_found') throw new CheckError('not_found', 'ssh: no such program on PATH', { cause: error });
    return { host, failure: { phase: 'observe', reason, message: `${host}: ${message}`, address: host } };
  }
}

/** The text as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
