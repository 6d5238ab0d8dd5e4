import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CheckError, type CheckContext } from '../../src/checker.ts';
import type { CommandOptions } from './options.ts';

export interface CommandObservation {
  /** The program, without its directory. */
  readonly program: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command; what its exit code means is for compareCommand to say. */
export async function* observeCommand(
  options: CommandOptions,
  context: CheckContext,
): AsyncGenerator<CommandObservation> {
  const [file = '', ...args] = options.command;
  const env = await environmentOf(options, context);
  const cwd = join(context.source.dir, options.dir);
  const output = await context.run(file, args, { cwd, env, exitCodes: 'any', report: true });
  yield { program: basename(file), ...output };
}

async function environmentOf({ env }: CommandOptions, context: CheckContext): Promise<Record<string, string>> {
  const entries = Object.entries(env).map(async ([name, value]): Promise<[string, string]> => {
    if (typeof value === 'string') return [name, value];
    const secret = await readSecret(name, value.file);
    context.secret(secret);
    return [name, secret];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function readSecret(name: string, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CheckError(
      code === 'EACCES' ? 'forbidden' : 'not_found',
      `options.env: ${file}, the file of ${name}, cannot be read: ${code ?? ''}`,
      { cause: error },
    );
  }
}
