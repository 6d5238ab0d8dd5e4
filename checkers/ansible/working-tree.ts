import { stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CheckError, type CheckContext } from '../../src/checker.ts';
import type { AnsibleOptions } from './options.ts';

export interface WorkingTree {
  /** Absolute; where ansible-playbook is started. */
  readonly dir: string;
  /** The ansible.cfg to use; an empty one where the source has none, so that the machine's own has no say. */
  readonly config: string;
  /** Absolute path of one that the options give. */
  at(path: string): string;
}

/** Finds what the options name and refuses what cannot be trusted or read. */
export async function workingTree(options: AnsibleOptions, context: CheckContext): Promise<WorkingTree> {
  const dir = resolve(context.source.dir, options.dir);
  const at = (path: string): string => resolve(dir, path);
  if (!(await stat(dir).catch(() => undefined))?.isDirectory()) {
    throw new CheckError('not_found', `dir: ${options.dir}: no such directory in the source`);
  }
  for (const [option, path] of namedFiles(options)) await mustExist(option, path, at(path));
  return { dir, config: options.config === undefined ? await ownConfig(dir, context) : at(options.config), at };
}

function namedFiles(options: AnsibleOptions): (readonly [string, string])[] {
  const single = ['vault_password_file', 'private_key_file', 'connection_password_file'] as const;
  const more = ['become_password_file', 'config', 'requirements'] as const;
  return [
    ...[...single, ...more].flatMap((name) => {
      const path = options[name];
      return path === undefined ? [] : [[name, path] as const];
    }),
    ...options.inventory.filter((entry) => !entry.includes(',')).map((entry) => ['inventory', entry] as const),
    ...options.extra_vars_files.map((entry) => ['extra_vars_files', entry] as const),
  ];
}

async function mustExist(option: string, path: string, absolute: string): Promise<void> {
  try {
    await stat(absolute);
  } catch (error) {
    throw new CheckError('not_found', `${option}: ${path}: cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Ansible ignores the ansible.cfg of a world-writable directory and goes on with other settings: a wrong verdict. */
async function ownConfig(dir: string, context: CheckContext): Promise<string> {
  const file = join(dir, 'ansible.cfg');
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return emptyConfig(context);
  const folder = await stat(dir);
  if (((folder.mode | found.mode) & 0o002) !== 0) {
    const message = 'ansible.cfg: anybody can write to it or to its directory, so it is not used';
    throw new CheckError('invalid', `${message}; chmod o-w, or name it with the option config to trust it`);
  }
  return file;
}

async function emptyConfig(context: CheckContext): Promise<string> {
  const file = join(context.dirs.temporary, 'ansible.cfg');
  await writeFile(file, '', { mode: 0o600 });
  return file;
}
