/** A Terraform root in a temporary directory. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface TerraformRoot {
  readonly dir: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs init and apply as a person would, with its data outside the root. */
  apply(env?: Readonly<Record<string, string>>): Promise<void>;
  terraform(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** Every file with its bytes and times, for comparison. */
  fingerprint(): Promise<string>;
  remove(): Promise<void>;
}

export async function terraformRoot(files: Readonly<Record<string, string>>): Promise<TerraformRoot> {
  const base = await mkdtemp(join(tmpdir(), 'drift-terraform-'));
  const dir = join(base, 'root');
  const terraform: TerraformRoot['terraform'] = async (args, env = {}) => {
    const { TF_CLI_CONFIG_FILE: _, ...inherited } = process.env;
    const options = {
      cwd: dir,
      env: { ...inherited, TF_DATA_DIR: join(base, 'data'), CHECKPOINT_DISABLE: '1', ...env },
    };
    return (await execute('terraform', [...args], options)).stdout;
  };
  const write: TerraformRoot['write'] = async (contents) => {
    for (const [name, text] of Object.entries(contents)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), text);
    }
  };
  await write(files);
  return {
    dir,
    write,
    terraform,
    apply: async (env) => {
      await terraform(['init', '-input=false'], env);
      await terraform(['apply', '-auto-approve', '-input=false'], env);
    },
    fingerprint: async () => fingerprint(dir),
    remove: async () => rm(base, { recursive: true, force: true }),
  };
}

async function fingerprint(dir: string): Promise<string> {
  const names = (await readdir(dir, { recursive: true })).sort();
  const lines = ['.', ...names].map(async (name) => {
    const { mtimeMs, mode, size } = await stat(join(dir, name));
    const bytes = await readFile(join(dir, name)).catch(() => Buffer.alloc(0));
    return [name, mtimeMs, mode, size, createHash('sha256').update(bytes).digest('hex')].join(' ');
  });
  return (await Promise.all(lines)).join('\n');
}
