import { chmod, copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { needs } from '../../support/skips.ts';
import { startSshd, type TestSshd } from '../../support/sshd.ts';
import { createLab, TOOLS, type Found, type Lab } from './lab.ts';

const SITE = '- { hosts: all, gather_facts: false, tasks: [{ name: File, copy: { dest: LIVE/file, content: x } }] }\n';

describe('ansible: over ssh', function () {
  this.timeout(120_000);
  let target: TestSshd;
  let bastion: TestSshd;
  let lab: Lab;

  before(async function () {
    needs(this, { ...TOOLS, ssh: 'apt-get install openssh-client', 'ssh-keygen': 'apt-get install openssh-client' });
    target = await startSshd();
    bastion = await startSshd();
  });
  after(async () => {
    await target?.close();
    await bastion?.close();
  });
  beforeEach(async () => {
    lab = await createLab();
    await lab.write({
      'site.yml': SITE,
      known_hosts: target.knownHosts() + bastion.knownHosts(),
      hosts: `web-01 ansible_host=127.0.0.1 ansible_port=${target.port} ansible_python_interpreter=/usr/bin/python3\n`,
    });
    await copyFile(target.identityFile, join(lab.source, 'key'));
    await chmod(join(lab.source, 'key'), 0o600);
  });
  afterEach(() => lab.close());

  const check = (options: Readonly<Record<string, unknown>> = {}): Promise<Found> =>
    lab.check({
      private_key_file: 'key',
      user: target.user,
      ssh_common_args: `-F none -o UserKnownHostsFile=${lab.source}/known_hosts -o GlobalKnownHostsFile=none`,
      ...options,
    });
  const reasons = (found: Found): (string | undefined)[][] =>
    found.failures.map(({ reason, address }) => [reason, address]);

  it('finds drift, and leaves no connection behind', async () => {
    const found = await check();
    expect(found.failures).to.deep.equal([]);
    expect(found.drift.map(({ address }) => address)).to.deep.equal(['web-01/File']);
    for (let round = 0; round < 40 && (await connectionsTo(target.port)) > 0; round++) await sleep(50);
    expect(await connectionsTo(target.port)).to.equal(0);
  });

  it('goes through a jump host', async () => {
    const config = [
      'Host bastion',
      '  HostName 127.0.0.1',
      `  Port ${bastion.port}`,
      `  IdentityFile ${bastion.identityFile}`,
      'Host *',
      `  User ${target.user}`,
      `  UserKnownHostsFile ${lab.source}/known_hosts`,
      '  BatchMode yes',
      '',
    ].join('\n');
    await writeFile(join(lab.source, 'ssh_config'), config);
    const found = await check({ jump: 'bastion', ssh_common_args: `-F ${lab.source}/ssh_config` });
    expect(found.failures).to.deep.equal([]);
    expect(found.drift.map(({ address }) => address)).to.deep.equal(['web-01/File']);
    await bastion.close();
    const cut = await check({ jump: 'bastion', ssh_common_args: `-F ${lab.source}/ssh_config` });
    expect(reasons(cut)).to.deep.equal([['unreachable', 'web-01']]);
  });

  it('refuses a host whose key is another one', async () => {
    await writeFile(join(lab.source, 'known_hosts'), bastionKeyAs(target.port));
    const found = await check();
    expect(reasons(found)).to.deep.equal([['unauthenticated', 'web-01']]);
    expect(found.failures[0]?.message).to.match(/Host key verification failed/);
  });

  it('says that a host does not know the key', async () => {
    await rm(join(lab.source, 'key'));
    await copyFile(bastion.identityFile, join(lab.source, 'key')).catch(() => writeFile(join(lab.source, 'key'), ''));
    await chmod(join(lab.source, 'key'), 0o600);
    const found = await check();
    expect(reasons(found)).to.deep.equal([['unauthenticated', 'web-01']]);
    expect(found.failures[0]?.message).to.match(/Permission denied/);
  });

  const bastionKeyAs = (port: number): string => bastion.knownHosts().replaceAll(`]:${bastion.port} `, `]:${port} `);
});

/** Established connections on this machine to a port, after /proc/net/tcp. */
async function connectionsTo(port: number): Promise<number> {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
  return lines.filter(([, , to, state]) => to?.endsWith(remote) === true && state === '01').length;
}
