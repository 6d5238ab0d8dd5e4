/** A real sshd on 127.0.0.1, on a port and with keys of its own, for the user who runs the tests. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface TestSshd {
  readonly port: number;
  readonly user: string;
  /** Private key that is let in. */
  readonly identityFile: string;
  /** Lines for a known_hosts file, for 127.0.0.1 and these names. */
  knownHosts(...names: string[]): string;
  close(): Promise<void>;
}

const run = promisify(execFile);

export async function startSshd(extra: readonly string[] = []): Promise<TestSshd> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-sshd-'));
  const hostKey = join(dir, 'host_key');
  const identityFile = join(dir, 'identity');
  for (const file of [hostKey, identityFile]) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  await writeFile(join(dir, 'authorized_keys'), await readFile(`${identityFile}.pub`), { mode: 0o600 });
  const port = await freePort();
  await writeFile(join(dir, 'sshd_config'), config({ dir, hostKey, port, extra }));
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(dir, 'sshd_config')], { stdio: 'ignore' });
  await listening(port, server);
  const publicKey = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
  return {
    port,
    user: userInfo().username,
    identityFile,
    knownHosts: (...names) =>
      ['127.0.0.1', ...names].map((name) => `[${name}]:${port} ${publicKey}\n${name} ${publicKey}\n`).join(''),
    close: async () => {
      server.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function config(given: { dir: string; hostKey: string; port: number; extra: readonly string[] }): string {
  const { dir, hostKey, port, extra } = given;
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `PidFile ${join(dir, 'sshd.pid')}`,
    `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
    ...extra,
    '',
  ].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

async function listening(port: number, server: ChildProcess): Promise<void> {
  for (let round = 0; round < 100; round++) {
    if (server.exitCode !== null) throw new Error(`sshd ended with ${server.exitCode}`);
    if (await canConnect(port)) return;
    await sleep(50);
  }
  throw new Error('sshd does not listen');
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
