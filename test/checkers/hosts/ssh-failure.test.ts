import { expect } from 'chai';
import { remoteOptions } from '../../../checkers/hosts/remote/remote-options.ts';
import { shellQuote } from '../../../checkers/hosts/remote/run-on-hosts.ts';
import { sshConfig } from '../../../checkers/hosts/remote/ssh-config.ts';
import { sshFailure } from '../../../checkers/hosts/remote/ssh-failure.ts';

describe('what ssh and sudo say', () => {
  const table: [string, number, string, string | undefined][] = [
    ['a closed connection', 255, 'Connection closed by 127.0.0.1 port 22', 'unreachable'],
    ['a timeout', 255, 'ssh: connect to host db-01 port 22: Connection timed out', 'unreachable'],
    [
      'a changed host key',
      255,
      '@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
      'unauthenticated',
    ],
    ['a refused key', 255, 'root@db-01: Permission denied (publickey).', 'unauthenticated'],
    [
      'a key with a passphrase',
      255,
      'Load key "/k": incorrect passphrase supplied to decrypt private key',
      'unauthenticated',
    ],
    ['nothing at all', 255, '', 'unreachable'],
    ['sudo that asks for a password', 1, 'sudo: a password is required', 'forbidden'],
    ['sudo that is not allowed', 1, 'sudo: a terminal is required to read the password', 'forbidden'],
    ['a command that failed by itself', 1, 'Error: something', undefined],
    ['a command that succeeded', 0, 'sudo: unable to resolve host db-01', undefined],
  ];
  for (const [title, exitCode, stderr, reason] of table) {
    it(`${title}: ${reason ?? 'no failure'}`, () => {
      const failure = sshFailure('db-01', { exitCode, stderr, stdout: '' });
      expect(failure?.reason).to.equal(reason);
      if (failure !== undefined) expect(failure.message).to.match(/^db-01: \S/);
    });
  }
});

describe('the ssh_config of a run', () => {
  it('applies the jump host, user and port to the hosts alone, and checks host keys everywhere', () => {
    const options = { hosts: ['web-01', 'web-02'], user: 'deploy', port: 2222, jump: 'ops@bastion:22' };
    const text = sshConfig(remoteOptions.parse(options));
    const [hosts, everywhere] = text.split('Host *\n');
    expect(hosts).to.equal('Host web-01 web-02\nProxyJump ops@bastion:22\nUser deploy\nPort 2222\n');
    expect(everywhere).to.contain('StrictHostKeyChecking yes\n').and.to.contain('BatchMode yes\n');
  });

  const refused: Record<string, object> = {
    'an option in place of a host': { hosts: ['-oProxyCommand=touch'] },
    'a line break in a host': { hosts: ['web-01\nProxyCommand x'] },
    'an option in place of a jump host': { hosts: ['a'], jump: '-oProxyCommand=x' },
    'a line break in a path': { hosts: ['a'], identity_file: '/k\nProxyCommand x' },
    'no host': { hosts: [] },
    'a duration without a unit': { hosts: ['a'], connect_timeout: '10' },
  };
  for (const [title, options] of Object.entries(refused)) {
    it(`refuses ${title}`, () => {
      expect(remoteOptions.safeParse(options).success).to.equal(false);
    });
  }

  it('quotes a script so that the remote shell takes it as one word', () => {
    expect(shellQuote(`echo 'a b' "$c"`)).to.equal(`'echo '\\''a b'\\'' "$c"'`);
  });
});
