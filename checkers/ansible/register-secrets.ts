import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import type { CheckContext } from '../../src/checker.ts';
import type { AnsibleOptions } from './options.ts';
import type { WorkingTree } from './working-tree.ts';

/** Registers the passwords that Ansible will read from files. An executable file is a script that prints one. */
export async function registerSecrets(
  options: AnsibleOptions,
  context: CheckContext,
  tree: WorkingTree,
): Promise<void> {
  const { vault_password_file, connection_password_file, become_password_file } = options;
  const vaults = options.vault_ids.map((id) => id.slice(id.indexOf('@') + 1));
  for (const path of [vault_password_file, connection_password_file, become_password_file, ...vaults]) {
    if (path === undefined || (await isScript(tree.at(path)))) continue;
    const content = await readFile(tree.at(path), 'utf8').catch(() => ''); // Ansible itself says what is wrong with it
    if (content.trim() !== '') context.secret(content.trim());
  }
}

async function isScript(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
