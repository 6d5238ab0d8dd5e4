import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckError, type CheckContext, type Json } from '../../src/checker.ts';
import type { FromFile, TerraformOptions } from './options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What would change the commands behind our back, were it inherited. */
const DROPPED = [
  'TF_CLI_CONFIG_FILE',
  'TF_CLI_ARGS',
  'TF_CLI_ARGS_init',
  'TF_CLI_ARGS_plan',
  'TF_CLI_ARGS_show',
  'TF_LOG',
  'TF_LOG_PATH',
  'TF_WORKSPACE',
];

/** The environment of every command of a run. Secrets read from files are registered with the run. */
export async function terraformEnvironment(options: TerraformOptions, context: CheckContext): Promise<Environment> {
  const { check, shared, temporary } = context.dirs;
  const own = keepsSecrets(options) ? temporary : check;
  const variables = await mapValues(options.variables, async (value) => variableText(value, context));
  return {
    ...Object.fromEntries(DROPPED.map((name) => [name, undefined])),
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
    TF_DATA_DIR: join(own, 'data'),
    TF_PLUGIN_CACHE_DIR: join(shared, 'plugins'),
    TG_NON_INTERACTIVE: 'true',
    TG_TF_FORWARD_STDOUT: 'true',
    TG_DOWNLOAD_DIR: join(temporary, 'terragrunt'), // with what it generates, which may hold secrets
    ...(await mapValues(options.env, async (value) => textOf(value, context))),
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value])),
    ...(options.workspace !== undefined && { TF_WORKSPACE: options.workspace }),
  };
}

/** Terraform writes the backend's settings into its data directory as they are: with secrets, it goes with the run. */
function keepsSecrets({ backend_config }: TerraformOptions): boolean {
  return Object.values(backend_config).some((value) => isFromFile(value));
}

/** The backend's settings as HCL: secrets must not stand in an argument. */
export async function backendConfig(options: TerraformOptions, context: CheckContext): Promise<string> {
  const settings = await mapValues(options.backend_config, async (value) => {
    const plain = isFromFile(value) ? await secretFrom(value, context) : value;
    return typeof plain === 'string' ? hclString(plain) : String(plain);
  });
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

function hclString(text: string): string {
  return JSON.stringify(text).replaceAll('${', '$${').replaceAll('%{', '%%{');
}

async function variableText(value: Json | FromFile, context: CheckContext): Promise<string> {
  if (isFromFile(value)) return secretFrom(value, context);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function textOf(value: string | FromFile, context: CheckContext): Promise<string> {
  return typeof value === 'string' ? value : secretFrom(value, context);
}

function isFromFile(value: Json | FromFile): value is FromFile {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).length === 1 && 'file' in value && typeof value.file === 'string';
}

async function secretFrom({ file }: FromFile, context: CheckContext): Promise<string> {
  try {
    const text = (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
    context.secret(text);
    return text;
  } catch (error) {
    throw new CheckError('not_found', `${file}: expected a readable file with a secret: ${codeOf(error)}`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

async function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => Promise<To>,
): Promise<Record<string, To>> {
  const entries = Object.entries(record).map(async ([key, value]) => [key, await map(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
