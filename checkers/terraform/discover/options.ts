import { z } from 'zod';
import type { FromFile } from '../options.ts';

/** What `init` needs before workspaces can be listed. */
export interface ListedWorkspaces {
  readonly backend_config: Readonly<Record<string, string | number | boolean | FromFile>>;
  readonly backend_config_files: readonly string[];
  readonly env: Readonly<Record<string, string | FromFile>>;
}

export interface DiscoverRoots {
  readonly roots: readonly string[];
  readonly exclude: readonly string[];
  readonly binary: string;
  readonly var_files: readonly string[];
  readonly workspaces?: readonly string[] | 'var_files' | { readonly list: ListedWorkspaces } | undefined;
}

const globs = z.union([
  z
    .string()
    .min(1)
    .transform((one) => [one]),
  z.array(z.string().min(1)).min(1),
]);
const fromFile = z.strictObject({ file: z.string().min(1) });

/** What stands below `terraform:` in an entry of `discover`. */
export const discoverRoots: z.ZodType<DiscoverRoots> = z.strictObject({
  roots: globs.default(['**']).describe('Globs of directories in the source; `.` is the source itself.'),
  exclude: z
    .array(z.string().min(1))
    .default(['**/modules/**'])
    .describe('Globs of directories that are left out all the same.'),
  binary: z
    .string()
    .min(1)
    .default('auto')
    .describe('auto: terragrunt for Terragrunt units, tofu for roots with .tofu files, terraform for the others.'),
  var_files: z
    .union([globs, z.array(z.string()).length(0)])
    .default([])
    .describe('Globs of var-files, relative to each root: a check is made for each that matches.'),
  workspaces: z
    .union([
      z.array(z.string().min(1)).min(1),
      z.literal('var_files'),
      z.strictObject({
        list: z
          .strictObject({
            backend_config: z
              .record(z.string(), z.union([z.string(), z.number(), z.boolean(), fromFile]))
              .default({})
              .describe('As for the checker.'),
            backend_config_files: z.array(z.string().min(1)).default([]).describe('As for the checker.'),
            env: z
              .record(z.string(), z.union([z.string(), fromFile]))
              .default({})
              .describe('As for the checker.'),
          })
          .prefault({}),
      }),
    ])
    .optional()
    .describe(
      'Names: a check for each in every root. var_files: the workspace is named after the var-file. list: those that each root has, by init and workspace list.',
    ),
});
