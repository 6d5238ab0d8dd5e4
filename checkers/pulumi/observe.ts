import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { z } from 'zod';
import { CheckError, failureOf, type CheckContext, type RunOutput } from '../../src/checker.ts';
import { readDigest, type PulumiDigest } from './digest.ts';
import { pulumiEnvironment } from './environment.ts';
import { failureFrom } from './failure-of.ts';
import type { PulumiObservation } from './observation.ts';
import type { PulumiOptions } from './options.ts';

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Previews each stack. Nothing is ever written but a copy of the source: no state, no lock, no stack configuration. */
export async function* observe(options: PulumiOptions, context: CheckContext): AsyncGenerator<PulumiObservation> {
  const pulumi = await openPulumi(options, context);
  await requireVersion(pulumi);
  for (const stack of await stacksOf(options, pulumi)) {
    context.signal.throwIfAborted();
    try {
      yield await previewStack(stack, options, pulumi);
    } catch (error) {
      context.signal.throwIfAborted();
      yield { piece: 'failure', failure: { address: stack, ...failureOf(error) } };
    }
  }
}

/** Runs pulumi in the copy. */
type Pulumi = (args: readonly string[], report?: boolean) => Promise<RunOutput>;

async function openPulumi(options: PulumiOptions, context: CheckContext): Promise<Pulumi> {
  const env = await pulumiEnvironment(options, context);
  const root = join(context.dirs.temporary, 'source');
  // A preview of a stack without configuration writes its encryption salt beside Pulumi.yaml.
  await cp(context.source.dir, root, { recursive: true, filter: (path) => !path.endsWith('/.git') });
  const cwd = join(root, options.dir);
  for (const [program = '', ...args] of options.setup) await context.run(program, args, { cwd, env });
  const always = ['--non-interactive', '--color', 'never'];
  return (args, report = false) =>
    context.run(options.pulumi, [...args, ...always], {
      cwd,
      env,
      exitCodes: 'any',
      report,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
}

/** Before version 3 nothing is known of what a preview that refreshes writes. */
async function requireVersion(pulumi: Pulumi): Promise<void> {
  const { exitCode, stdout, stderr } = await pulumi(['version']);
  const version = /^v?(\d+)\.\d+/m.exec(stdout)?.[1];
  if (exitCode !== 0 || version === undefined) {
    throw new CheckError(
      'bad_output',
      `pulumi version: expected a version, got ${JSON.stringify((stdout || stderr).slice(0, 80))}`,
    );
  }
  if (Number(version) < 3)
    throw new CheckError('unsupported', `pulumi version: expected 3 or newer, got ${stdout.trim()}`);
}

const listed = z.array(z.object({ name: z.string().min(1) }));

/** Names are taken as they are; globs are looked for among those of the backend. */
async function stacksOf({ stacks }: PulumiOptions, pulumi: Pulumi): Promise<readonly string[]> {
  if (!stacks.some((name) => picomatch.scan(name).isGlob)) return [...new Set(stacks)];
  const { exitCode, stdout, stderr } = await pulumi(['stack', 'ls', '--json']);
  if (exitCode !== 0) {
    const { reason, message } = failureFrom(stderr, { stack: 'pulumi stack ls', otherwise: 'exit_code' });
    throw new CheckError(reason, message);
  }
  const known = readStacks(stdout);
  const isWanted = picomatch([...stacks], { bash: true });
  const found = known.filter((name) => isWanted(name)).toSorted();
  const missing = stacks.filter((name) => !picomatch.scan(name).isGlob && !known.includes(name));
  if (found.length + missing.length > 0) return [...found, ...missing];
  throw new CheckError(
    'not_found',
    `no stack matches ${stacks.join(', ')}; the backend has ${known.join(', ') || 'none'}`,
  );
}

function readStacks(stdout: string): readonly string[] {
  try {
    return listed.parse(JSON.parse(stdout)).map(({ name }) => name);
  } catch (error) {
    throw new CheckError('bad_output', 'pulumi stack ls: expected a list of stacks as JSON', { cause: error });
  }
}

async function previewStack(stack: string, { refresh }: PulumiOptions, pulumi: Pulumi): Promise<PulumiObservation> {
  const arguments_ = ['preview', '--json', '--stack', stack];
  const { exitCode, stdout, stderr } = await pulumi(refresh ? [...arguments_, '--refresh'] : arguments_, true);
  const preview = digestOf({ exitCode, stdout, stderr }, stack);
  if (!('steps' in preview)) return preview;
  const unrefreshed =
    refresh && exitCode === 0 && preview.steps.some(isChange) ? await again(pulumi, arguments_, stack) : undefined;
  return {
    piece: 'stack',
    stack,
    preview,
    ...(unrefreshed !== undefined && { unrefreshed }),
    exitCode,
    stderr,
    refreshed: refresh,
  };
}

/** A preview that failed before it began prints nothing: what it said is the failure. */
function digestOf(output: RunOutput, stack: string): PulumiDigest | Extract<PulumiObservation, { piece: 'failure' }> {
  try {
    return readDigest(output.stdout, stack);
  } catch (error) {
    if (output.exitCode === 0) throw error;
    const words = output.stderr.trim() === '' ? `pulumi preview ended with ${output.exitCode}` : output.stderr;
    return { piece: 'failure', failure: failureFrom(words, { stack, otherwise: 'exit_code' }) };
  }
}

function isChange({ op }: { readonly op: string }): boolean {
  return !['same', 'refresh', 'read'].includes(op);
}

/** Only tells causes apart: without it they are unknown. */
async function again(pulumi: Pulumi, args: readonly string[], stack: string): Promise<PulumiDigest | undefined> {
  const { exitCode, stdout } = await pulumi(args);
  if (exitCode !== 0) return undefined;
  try {
    return readDigest(stdout, stack);
  } catch {
    return undefined;
  }
}
