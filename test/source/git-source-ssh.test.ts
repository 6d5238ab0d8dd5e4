import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import pino from 'pino';
import type { GitSourceConfig } from '../../src/config/config.ts';
import { childEnvironment } from '../../src/run/child-environment.ts';
import { createExec } from '../../src/run/exec.ts';
import { openSource } from '../../src/source/open-source.ts';
import type { Source } from '../../src/source/source.ts';
import { needs, programOnPath, skip } from '../support/skips.ts';

const signal = new AbortController().signal;

describe('a git source over SSH', () => {
  let home: string;
  let port: number;
  let server: ChildProcess | undefined;
  let source: Source | undefined;

  before(async function () {
    needs(this, { git: 'install git', ssh: 'install openssh-client', 'ssh-keygen': 'install openssh-client' });
    const sshd = programOnPath('sshd') ?? '/usr/sbin/sshd';
    home = await mkdtemp(join(tmpdir(), 'drift ssh 100% ')); // a path that needs quoting
    for (const key of ['host', 'mine', 'other'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, key)]);
    port = await freePort();
    await writeFile(join(home, 'authorized'), await readFile(join(home, 'mine.pub')));
    await writeFile(join(home, 'known'), `[127.0.0.1]:${port} ${await readFile(join(home, 'host.pub'), 'utf8')}`);
    await writeFile(join(home, 'unknown'), '');
    const options = ['StrictModes=no', 'UsePAM=no', 'PasswordAuthentication=no', 'PidFile=none', 'PermitRootLogin=yes'];
    options.push(
      `AuthorizedKeysFile="${join(home, 'authorized').replaceAll('%', '%%')}"`,
      `Port=${port}`,
      'ListenAddress=127.0.0.1',
    );
    const args = [
      '-D',
      '-e',
      '-f',
      '/dev/null',
      '-h',
      join(home, 'host'),
      ...options.flatMap((option) => ['-o', option]),
    ];
    server = spawn(sshd, args, { stdio: 'ignore' });
    server.once('error', () => (server = undefined));
    await sleep(500);
    if (server?.exitCode !== null)
      skip(this, 'sshd does not run (install openssh-server; as root, /run/sshd must exist)');
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', join(home, 'work')]);
    execFileSync('git', ['-C', join(home, 'work'), ...identity, 'commit', '--quiet', '--allow-empty', '-m', 'first']);
  });
  afterEach(() => source?.close());
  after(async () => {
    server?.kill('SIGKILL');
    if (home !== undefined) await rm(home, { recursive: true, force: true });
  });

  function open(config: Partial<GitSourceConfig>): Source {
    const url = `ssh://${userInfo().username}@127.0.0.1:${port}${join(home, 'work').replaceAll('%', '%25').replaceAll(' ', '%20')}`;
    const exec = createExec({ environment: childEnvironment(process.env, []), graceMs: 500 });
    const files = { sshKeyFile: join(home, 'mine'), sshKnownHostsFile: join(home, 'known') };
    const rest = {
      ref: 'main',
      allowedRefs: [],
      intervalMs: 60_000,
      timeoutMs: 20_000,
      submodules: false,
      depth: 1,
      maxBytes: 2 ** 30,
      maxFiles: 10_000,
    };
    source = openSource(
      { kind: 'git', name: 'infra', url, ...rest, ...files, ...config },
      { exec, log: pino({ level: 'silent' }), dataDir: join(home, 'data') },
    );
    return source;
  }

  it('logs in with its key where the host is known', async () => {
    const checkout = await open({}).acquire(signal);
    expect(checkout.revision).to.match(/^[0-9a-f]{40}$/);
    await checkout.release();
  });

  it('trusts no host that it does not know, and says when its key is refused', async () => {
    const unknown: unknown = await open({ sshKnownHostsFile: join(home, 'unknown') })
      .acquire(signal)
      .catch((error: unknown) => error);
    expect(unknown)
      .to.have.property('message')
      .that.matches(/Host key verification failed/);
    expect(unknown).to.include({ phase: 'source', reason: 'unauthenticated' });
    await source?.close();
    const refused: unknown = await open({ sshKeyFile: join(home, 'other') })
      .acquire(signal)
      .catch((error: unknown) => error);
    expect(refused)
      .to.have.property('message')
      .that.matches(/Permission denied \(publickey/);
    expect(refused).to.include({ phase: 'source', reason: 'unauthenticated' });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
