import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckContext } from '../../src/checker.ts';
import type { AnsibleOptions } from './options.ts';
import type { WorkingTree } from './working-tree.ts';

/** Arguments of ansible-playbook without the playbook. Writes the files that they name; no secret is among them. */
export async function commandLine(
  options: AnsibleOptions,
  context: CheckContext,
  tree: WorkingTree,
): Promise<string[]> {
  await mkdir(context.dirs.temporary, { recursive: true, mode: 0o700 });
  return [
    '--check',
    '--diff',
    `--forks=${options.forks}`,
    `--timeout=${Math.ceil(options.connect_timeout / 1000)}`,
    ...options.inventory.map((entry) => `--inventory=${entry.includes(',') ? entry : tree.at(entry)}`),
    ...(options.limit === undefined ? [] : [`--limit=${options.limit}`]),
    ...(options.tags.length === 0 ? [] : [`--tags=${options.tags.join(',')}`]),
    ...(options.skip_tags.length === 0 ? [] : [`--skip-tags=${options.skip_tags.join(',')}`]),
    ...options.extra_vars_files.map((file) => `--extra-vars=@${tree.at(file)}`),
    ...(await extraVars(options, context)),
    ...credentials(options, tree),
    ...(options.become ? ['--become'] : []),
    ...(await sshArguments(options, context, tree)),
  ];
}

async function extraVars({ extra_vars }: AnsibleOptions, { dirs }: CheckContext): Promise<string[]> {
  if (Object.keys(extra_vars).length === 0) return [];
  const file = join(dirs.temporary, 'extra-vars.json');
  await writeFile(file, JSON.stringify(extra_vars), { mode: 0o600 });
  return [`--extra-vars=@${file}`];
}

function credentials(options: AnsibleOptions, tree: WorkingTree): string[] {
  const words = { user: options.user, connection: options.connection, 'become-user': options.become_user };
  const files = {
    'private-key': options.private_key_file,
    'vault-password-file': options.vault_password_file,
    'connection-password-file': options.connection_password_file,
    'become-password-file': options.become_password_file,
  };
  return [
    ...Object.entries({ ...words, 'become-method': options.become_method }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}=${value}`],
    ),
    ...Object.entries(files).flatMap(([name, path]) => (path === undefined ? [] : [`--${name}=${tree.at(path)}`])),
    ...options.vault_ids.map((id) => {
      const split = id.indexOf('@') + 1;
      return `--vault-id=${id.slice(0, split)}${tree.at(id.slice(split))}`;
    }),
  ];
}

/** A jump host is reached with the same key: ssh hands `-F` on to the connection it jumps through, but no key. */
async function sshArguments(options: AnsibleOptions, context: CheckContext, tree: WorkingTree): Promise<string[]> {
  const { jump, ssh_common_args, private_key_file } = options;
  if (jump === undefined) return ssh_common_args === undefined ? [] : [`--ssh-common-args=${ssh_common_args}`];
  const file = join(context.dirs.temporary, 'ssh_config');
  const key = private_key_file === undefined ? '' : `Host *\n  IdentityFile "${tree.at(private_key_file)}"\n`;
  await writeFile(file, `Include ~/.ssh/config\nInclude /etc/ssh/ssh_config\n${key}`, { mode: 0o600 });
  return [`--ssh-common-args=${[`-F ${file}`, `-o ProxyJump=${jump}`, ssh_common_args ?? ''].join(' ').trim()}`];
}
