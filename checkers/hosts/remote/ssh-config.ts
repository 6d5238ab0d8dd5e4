import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteOptions } from './remote-options.ts';

/**
 * Writes the ssh_config of a run and returns its path. A file, because ssh hands it on to its jump hosts, which it does
 * not do with its other options. Nothing in it asks a question, and host keys are always checked.
 */
export async function writeSshConfig(remote: RemoteOptions, dir: string): Promise<string> {
  const file = join(dir, 'ssh_config');
  await writeFile(file, sshConfig(remote), { mode: 0o600 });
  return file;
}

/** In ssh_config the first value of a keyword wins, so the user's own file stands last. */
export function sshConfig(remote: RemoteOptions): string {
  const { jump, user, port, identity_file: key, known_hosts_file: knownHosts, ssh_config: own } = remote;
  const lines = [
    `Host ${remote.hosts.join(' ')}`, // and not the jump hosts
    ...(jump === undefined ? [] : [`ProxyJump ${jump}`]),
    ...(user === undefined ? [] : [`User ${user}`]),
    ...(port === undefined ? [] : [`Port ${port}`]),
    'Host *',
    ...FIXED,
    ...(key === undefined ? [] : [`IdentityFile "${key}"`, 'IdentitiesOnly yes']),
    ...(knownHosts === undefined ? [] : [`UserKnownHostsFile "${knownHosts}"`, 'GlobalKnownHostsFile /dev/null']),
    `ConnectTimeout ${Math.max(1, Math.ceil(remote.connect_timeout / 1000))}`,
    ...(own === undefined ? [] : [`Include "${own}"`]),
  ];
  return `${lines.join('\n')}\n`;
}

const FIXED = [
  'BatchMode yes',
  'StrictHostKeyChecking yes',
  'UpdateHostKeys no',
  'ForwardAgent no',
  'ForwardX11 no',
  'ClearAllForwardings yes',
  'PermitLocalCommand no',
  'ControlMaster no',
  'RequestTTY no',
  'LogLevel ERROR',
  'ServerAliveInterval 15',
  'ServerAliveCountMax 3',
];
