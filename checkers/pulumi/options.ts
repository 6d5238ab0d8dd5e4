import { z } from 'zod';

export interface PulumiOptions {
  readonly dir: string;
  readonly stacks: readonly string[];
  readonly refresh: boolean;
  readonly setup: readonly (readonly string[])[];
  readonly backend_url?: string | undefined;
  readonly access_token_file?: string | undefined;
  readonly passphrase_file?: string | undefined;
  readonly env: Readonly<Record<string, string | { readonly file: string }>>;
  readonly home?: string | undefined;
  readonly pulumi: string;
}

const text = z.string().min(1);
const stack = text.regex(/^[^-\s][^\s]*$/, "expected the name of a stack, or a glob; it cannot begin with '-'");

/** What the Pulumi checker accepts. Every default is here. */
export const pulumiOptions: z.ZodType<PulumiOptions> = z.strictObject({
  dir: text
    .refine((dir) => !dir.startsWith('/') && !dir.split('/').includes('..'), 'expected a path inside the source')
    .default('.')
    .describe('Directory of Pulumi.yaml, inside the source.'),
  stacks: z
    .union([stack.transform((one) => [one]), z.array(stack).min(1)])
    .default(['*'])
    .describe('Names, or globs of what `pulumi stack ls` lists.'),
  refresh: z
    .boolean()
    .default(true)
    .describe(
      'Asks the providers what is live, in memory: preview --refresh writes no state. false: code and state only.',
    ),
  setup: z
    .array(z.array(text).min(1))
    .default([])
    .describe('Programs with arguments, run in a copy of the source before the previews, such as [npm, ci].'),
  backend_url: text
    .regex(/^(https?|file|s3|gs|azblob):\/\//, 'expected a URL such as file:///srv/state or s3://bucket')
    .refine(
      (url) => !/^[a-z0-9]+:\/\/[^/]*@/.test(url),
      'expected a URL without credentials: use access_token_file or env',
    )
    .optional()
    .describe("PULUMI_BACKEND_URL. Default: the project's own, or Pulumi Cloud."),
  access_token_file: text.optional().describe('PULUMI_ACCESS_TOKEN; read at each run.'),
  passphrase_file: text.optional().describe('PULUMI_CONFIG_PASSPHRASE_FILE.'),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable'),
      z.union([z.string(), z.strictObject({ file: text })]),
    )
    .default({})
    .describe('Added to the environment; { file: PATH } reads a secret from a file at each run.'),
  home: text.optional().describe('PULUMI_HOME, with plugins and a login. Default: one of its own, without a login.'),
  pulumi: text.default('pulumi').describe('The program.'),
});
