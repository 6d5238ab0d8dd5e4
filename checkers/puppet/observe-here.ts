import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type CheckContext } from '../../src/checker.ts';
import { foundReport } from './found-report.ts';
import { prepareKit } from './kit.ts';
import type { PuppetObservation } from './observation.ts';
import type { AgentOptions, ApplyOptions } from './options.ts';
import { MAX_OUTPUT_BYTES, readScriptOutput, runScript } from './run-script.ts';

/** Longer than any check may take: the run's own timeout ends it. */
const NO_LIMIT_SECONDS = 7 * 24 * 3600;

/** Runs Puppet on this host. */
export async function* observeHere(
  options: ApplyOptions | AgentOptions,
  context: CheckContext,
): AsyncGenerator<PuppetObservation> {
  const root = await prepareKit(options, context);
  try {
    const marker = `drift-exporter-${randomUUID()}`;
    const script = runScript(options, { root, marker, timeoutSeconds: NO_LIMIT_SECONDS });
    const { stdout, stderr, exitCode } = await context.run('sh', ['-c', script], {
      exitCodes: 'any',
      report: true,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    const output = stdout.includes(marker)
      ? readScriptOutput(stdout, marker)
      : { root, exitCode, report: '', declared: '' };
    yield { piece: 'report', found: await foundReport({ options, context, output, stderr }) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
