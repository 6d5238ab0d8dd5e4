import { z } from 'zod';
import type { Json } from '../../src/checker.ts';

/** Read at each run; what it holds is a secret. */
export interface FromFile {
  readonly file: string;
}

export interface TerraformOptions {
  readonly dir: string;
  readonly workspace?: string | undefined;
  readonly var_files: readonly string[];
  readonly variables: Readonly<Record<string, Json | FromFile>>;
  readonly targets: readonly string[];
  readonly parallelism: number;
  readonly refresh: boolean;
  readonly backend_config: Readonly<Record<string, string | number | boolean | FromFile>>;
  readonly backend_config_files: readonly string[];
  readonly lock: boolean;
  readonly lock_timeout: string;
  readonly binary: string;
  readonly init: 'auto' | 'never';
  readonly env: Readonly<Record<string, string | FromFile>>;
  readonly outside_changes: 'relevant' | 'all' | 'none';
}

const fromFile = z.strictObject({ file: z.string().min(1) });
const inSource = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'expected a path inside the source');
const identifier = z.string().regex(/^[A-Za-z_][\w-]*$/, 'expected a name of letters, digits, _ and -');

export const terraformOptions: z.ZodType<TerraformOptions> = z.strictObject({
  dir: inSource.default('.').describe('The root module, inside the source.'),
  workspace: z.string().min(1).optional().describe('Default: the default workspace.'),
  var_files: z.array(z.string().min(1)).default([]).describe('-var-file, relative to dir.'),
  variables: z
    .record(identifier, z.union([fromFile, z.json()]))
    .default({})
    .describe('Input variables, passed by environment; { file: PATH } reads a secret from a file at each run.'),
  targets: z.array(z.string().min(1)).default([]).describe('Only these resources and what they depend on.'),
  parallelism: z.int().min(1).max(1000).default(10).describe('Concurrent operations of one plan.'),
  refresh: z.boolean().default(true).describe('false compares the configuration with the state only.'),
  backend_config: z
    .record(identifier, z.union([z.string(), z.number(), z.boolean(), fromFile]))
    .default({})
    .describe('Settings of the backend; { file: PATH } reads a secret from a file.'),
  backend_config_files: z.array(z.string().min(1)).default([]).describe('-backend-config files, relative to dir.'),
  lock: z.boolean().default(false).describe("true takes the state's lock while planning."),
  lock_timeout: z
    .string()
    .regex(/^\d+(ms|s|m|h)$/, 'expected a duration such as 30s')
    .default('0s')
    .describe('How long to wait for the lock when lock is true.'),
  binary: z.string().min(1).default('terraform').describe('terraform, tofu, terragrunt or a path.'),
  init: z.enum(['auto', 'never']).default('auto').describe('auto initialises when its inputs changed.'),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'),
      z.union([z.string(), fromFile]),
    )
    .default({})
    .describe('Added to the environment; { file: PATH } reads a secret from a file at each run.'),
  outside_changes: z
    .enum(['relevant', 'all', 'none'])
    .default('relevant')
    .describe('Which changes made outside Terraform that lead to no action are listed as notices.'),
});
