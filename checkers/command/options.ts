import { z } from 'zod';

export interface CommandOptions {
  readonly command: readonly string[];
  readonly exit_codes: { readonly in_sync: readonly number[]; readonly drifted: readonly number[] };
  readonly output: 'text' | 'json';
  readonly dir: string;
  readonly env: Readonly<Record<string, string | { readonly file: string }>>;
}

const code = z.int().min(0).max(255);

export const commandOptions: z.ZodType<CommandOptions> = z.strictObject({
  command: z.array(z.string().min(1)).min(1).describe('Program and arguments; no shell.'),
  exit_codes: z
    .strictObject({ in_sync: z.array(code).default([0]), drifted: z.array(code).default([2]) })
    .refine(
      ({ in_sync, drifted }) => !in_sync.some((either) => drifted.includes(either)),
      'expected each exit code to mean one thing: in_sync and drifted share one',
    )
    .prefault({})
    .describe('What exit codes mean; any other is an error.'),
  output: z
    .enum(['text', 'json'])
    .default('text')
    .describe('json: the command prints a Comparison, with drift per resource.'),
  dir: z
    .string()
    .refine((dir) => !dir.startsWith('/') && !dir.split('/').includes('..'), 'expected a path inside the source')
    .default('.')
    .describe("Working directory, inside the source's."),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'),
      z.union([z.string(), z.strictObject({ file: z.string().min(1) })]),
    )
    .default({})
    .describe('Added to the environment; { file: PATH } reads a secret from a file at each run.'),
});
