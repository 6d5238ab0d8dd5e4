import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { puppet } from '../../../checkers/puppet/index.ts';
import type { Failure } from '../../../src/checker.ts';
import { fingerprint } from '../../../src/testing/fingerprint.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';
import { startSshd, type TestSshd } from '../../support/sshd.ts';

describe('puppet over SSH', function () {
  let root: string;
  let source: string;
  let live: string;
  let temporary: string;
  let target: TestSshd;
  let hop: TestSshd;

  before(async function () {
    needs(this, { puppet: 'apt-get install puppet-agent', ssh: 'apt-get install openssh-client' });
    needs(this, { sshd: 'apt-get install openssh-server' });
    root = await mkdtemp(join(tmpdir(), 'drift-puppet-ssh-'));
    [source, live, temporary] = [join(root, 'source'), join(root, 'live'), join(root, 'tmp')];
    for (const dir of [source, live, temporary]) await mkdir(dir);
    await mkdir('/run/sshd', { recursive: true });
    await writeFile(join(live, 'motd'), 'changed by hand\n');
    await writeFile(join(source, 'site.pp'), `file { '${live}/motd': content => "hello\\n" }\n`);
    [target, hop] = await Promise.all([startSshd([`SetEnv TMPDIR=${temporary}`]), startSshd()]);
    await writeFile(join(root, 'known_hosts'), target.knownHosts('web-01', 'web-02') + hop.knownHosts());
    await writeFile(join(root, 'ssh_config'), names());
  });

  after(async () => {
    await target.close();
    await hop.close();
    await rm(root, { recursive: true, force: true });
  });

  it('checks several hosts, and one that cannot be reached is one failure', async () => {
    const found = await check({ hosts: ['web-01', 'nowhere', 'web-02'] });
    expect(found.drift.map(({ address, scope }) => [address, scope])).to.have.deep.members([
      [`web-01/File[${live}/motd]`, 'web-01'],
      [`web-02/File[${live}/motd]`, 'web-02'],
    ]);
    expect(found.drift[0]?.origin).to.deep.equal({ file: 'site.pp', line: 1 });
    expect(found.resources).to.equal(2);
    const [failure, ...others] = found.failures;
    expect(others).to.deep.equal([]);
    expect([failure?.reason, failure?.address]).to.deep.equal(['unreachable', 'nowhere']);
    expect(failure?.message).to.match(/nowhere: ssh: connect to host 127\.0\.0\.1 port 1: Connection refused/);
  });

  it('leaves nothing on the host and changes nothing there, nor in the source', async () => {
    const before = [await fingerprint(live), await fingerprint(source)];
    await check({ hosts: ['web-01'] });
    expect([await fingerprint(live), await fingerprint(source)]).to.deep.equal(before);
    expect(await readdir(temporary)).to.deep.equal([]);
    expect(await readFile(join(live, 'motd'), 'utf8')).to.equal('changed by hand\n');
  });

  it('goes through a jump host', async () => {
    const found = await check({ hosts: ['web-01'], jump: `${hop.user}@127.0.0.1:${hop.port}` });
    expect(found.failures.filter(({ reason }) => reason !== 'unauthenticated')).to.deep.equal([]);
    expect(found.failures, 'the hop has another key').to.have.lengthOf(1);
    const both = await check(
      { hosts: ['web-01'], jump: `${hop.user}@127.0.0.1:${hop.port}`, identity_file: undefined },
      `IdentityFile ${target.identityFile}\nIdentityFile ${hop.identityFile}\n`,
    );
    expect(both.failures).to.deep.equal([]);
    expect(both.drift.map(({ address }) => address)).to.deep.equal([`web-01/File[${live}/motd]`]);
  });

  const refused: Record<string, { remote: () => object; reason: string; says: RegExp; config?: string }> = {
    'a host key that is another one': {
      remote: () => ({ known_hosts_file: join(root, 'wrong_hosts') }),
      reason: 'unauthenticated',
      says: /Host key verification failed/,
    },
    'a host that is not known': {
      remote: () => ({ known_hosts_file: '/dev/null' }),
      reason: 'unauthenticated',
      says: /Host key verification failed/,
    },
    'a key that is not let in': {
      remote: () => ({ identity_file: hop.identityFile }),
      reason: 'unauthenticated',
      says: /Permission denied \(publickey\)/,
    },
    'a name that does not resolve': {
      remote: () => ({ hosts: ['no-such-host.invalid'] }),
      reason: 'unreachable',
      says: /Could not resolve hostname/,
    },
    'a jump host that does not answer': {
      remote: () => ({ jump: '127.0.0.1:1' }),
      reason: 'unreachable',
      says: /Connection refused|Connection closed/,
    },
    'a configuration that ssh refuses': {
      remote: () => ({}),
      config: 'NoSuchKeyword yes\n',
      reason: 'invalid',
      says: /Bad configuration option: nosuchkeyword/,
    },
    'a host that takes too long': {
      remote: () => ({ host_timeout: '1s' }),
      reason: 'timeout',
      says: /web-01: .*(still running after 1 s|ended after 1 s)/,
    },
  };
  for (const [title, { remote, reason, says, config = '' }] of Object.entries(refused)) {
    it(`${title} is one failure: ${reason}`, async () => {
      await writeFile(
        join(root, 'wrong_hosts'),
        hop.knownHosts('web-01').replaceAll(String(hop.port), String(target.port)),
      );
      const { failures, drift } = await check({ hosts: ['web-01'], ...remote() }, config);
      expect(drift).to.deep.equal([]);
      expect(failures.map((failure: Failure) => failure.reason)).to.deep.equal([reason]);
      expect(failures[0]?.message).to.match(says);
    });
  }

  it('Puppet missing on a host, or failing there, is a failure of that host', async () => {
    const missing = await check({ hosts: ['web-01'] }, '', { puppet: 'no-such-puppet' });
    expect(missing.failures).to.deep.equal([
      {
        phase: 'observe',
        reason: 'not_found',
        message: 'web-01: no-such-puppet: no such program on PATH',
        address: 'web-01',
      },
    ]);
    const broken = await check(
      { hosts: ['web-01'] },
      '',
      { manifest: 'broken.pp' },
      { 'broken.pp': 'include nowhere' },
    );
    expect(broken.failures[0]?.message).to.match(/^web-01: Error: Evaluation Error: .*Could not find class ::nowhere/);
    expect(broken.failures[0]?.reason).to.equal('invalid');
  });

  it('uses sudo, which may refuse', async () => {
    const bin = join(root, 'bin');
    await mkdir(bin, { recursive: true });
    const elevated = await startSshd([`SetEnv PATH=${bin}:${process.env['PATH'] ?? ''}`]);
    try {
      await writeFile(join(root, 'sudo_hosts'), elevated.knownHosts());
      const { port, identityFile } = elevated;
      const remote = { hosts: ['127.0.0.1'], port, identity_file: identityFile, sudo: true };
      const asked = async (sudo: string): Promise<Sum> => {
        await writeFile(join(bin, 'sudo'), `#!/bin/sh\n${sudo}\n`, { mode: 0o755 });
        return check({ ...remote, known_hosts_file: join(root, 'sudo_hosts') });
      };
      const refused = await asked('echo "sudo: a password is required" >&2; exit 1');
      expect(refused.failures).to.deep.equal([
        {
          phase: 'observe',
          reason: 'forbidden',
          message: '127.0.0.1: sudo: a password is required',
          address: '127.0.0.1',
        },
      ]);
      const granted = await asked('[ "$1" = -n ] || exit 1; shift; exec "$@"');
      expect([granted.failures, granted.drift.length]).to.deep.equal([[], 1]);
    } finally {
      await elevated.close();
    }
  });

  async function check(
    remote: object,
    config = '',
    options: object = {},
    files: Record<string, string> = {},
  ): Promise<Sum> {
    for (const [name, content] of Object.entries(files)) await writeFile(join(source, name), content);
    await writeFile(join(root, 'ssh_config'), config + names());
    const context = await checkerContext({ sourceDir: source });
    const ways = {
      user: target.user,
      known_hosts_file: join(root, 'known_hosts'),
      identity_file: target.identityFile,
      ssh_config: join(root, 'ssh_config'),
      ...remote,
    };
    try {
      return await sumOfRun(puppet, { mode: 'apply', manifest: 'site.pp', remote: ways, ...options }, context);
    } finally {
      await context.cleanup();
      for (const name of Object.keys(files)) await rm(join(source, name));
    }
  }

  function names(): string {
    return [
      'Host web-01 web-02',
      `Port ${target.port}`,
      'HostName 127.0.0.1',
      'Host nowhere',
      'Port 1',
      'HostName 127.0.0.1',
      '',
    ].join('\n');
  }
});
