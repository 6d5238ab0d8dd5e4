/**
 * Tests that need a tool which is not installed skip and say how to get it. With DRIFT_TEST_NO_SKIPS=1 (as in CI) they
 * fail instead.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Context } from 'mocha';

/** Skips the test (or, where skips are forbidden, fails it) unless all the programs are on PATH. */
export function needs(context: Context, tools: Readonly<Record<string, string>>): void {
  const missing = Object.entries(tools).filter(([program]) => programOnPath(program) === undefined);
  if (missing.length > 0)
    skip(context, missing.map(([program, how]) => `${program} is not on PATH (${how})`).join(', '));
}

/** Skips the test with a reason, or fails it where skips are forbidden. */
export function skip(context: Context, reason: string): never {
  if (process.env['DRIFT_TEST_NO_SKIPS'] === '1') throw new Error(`skips are forbidden here: ${reason}`);
  process.stderr.write(`      skipped: ${reason}\n`);
  return context.skip();
}

/** The absolute path of a program, or undefined. */
export function programOnPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((dir) => join(dir, program))
    .find((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Skips the test, also where skips are forbidden: for what not every machine that runs all tests can have. */
export function skipOptional(context: Context, reason: string): never {
  process.stderr.write(`      skipped: ${reason}\n`);
  return context.skip();
}
