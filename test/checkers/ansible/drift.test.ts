import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ResourceDrift } from '../../../src/drift.ts';
import { needs } from '../../support/skips.ts';
import { createLab, TOOLS, type Found, type Lab } from './lab.ts';

const SITE = `
- name: Everything that a host may have
  hosts: all
  gather_facts: false
  vars: { port: 8080, apps: [{ name: shop, secret: s3cr3t-shop }, { name: blog, secret: s3cr3t-blog }] }
  tasks:
    - name: Config directory
      file: { path: LIVE/conf, state: directory, mode: "0750" }
    - name: Copied file
      copy: { dest: LIVE/conf/copied, content: "one\\ntwo\\nthree\\n", mode: "0640" }
    - name: Templated file
      template: { src: app.j2, dest: LIVE/conf/app.conf }
      notify: Restart app
    - name: Line
      lineinfile: { path: LIVE/conf/lines, line: "PermitRootLogin no", regexp: "^PermitRootLogin", create: true, mode: "0644" }
    - name: Block
      blockinfile: { path: LIVE/conf/lines, block: "Match User deploy\\n  X11Forwarding no" }
    - name: Mode
      file: { path: LIVE/conf/copied, mode: "0640" }
    - name: Link
      file: { src: LIVE/conf/copied, dest: LIVE/link, state: link }
    - name: Gone
      file: { path: LIVE/gone, state: absent }
    - name: Replaced
      replace: { path: LIVE/conf/lines, regexp: "^#?Banner.*$", replace: "Banner none" }
    - name: Apps
      copy: { dest: "LIVE/conf/{{ item.name }}", content: "{{ item.name }}\\n" }
      loop: "{{ apps }}"
    - name: Labelled
      file: { path: "LIVE/conf/{{ item }}", mode: "0644" }
      loop: [shop, blog]
      loop_control: { label: "app {{ item }}" }
    - copy: { dest: LIVE/conf/first, content: first }
    - copy: { dest: LIVE/conf/second, content: second }
    - name: Included
      include_tasks: more.yml
    - import_role: { name: motd }
    - include_role: { name: motd }
      vars: { motd_file: issue }
    - name: Once
      copy: { dest: LIVE/conf/once, content: once }
      run_once: true
    - name: Delegated
      copy: { dest: LIVE/conf/delegated, content: there }
      delegate_to: balancer
  handlers:
    - name: Restart app
      command: touch LIVE/restarted
`;

const FILES = {
  'site.yml': SITE,
  'templates/app.j2': 'listen {{ port }}\nworkers 4\nuser app\nlog /var/log/app\n',
  'more.yml': '- name: From an include\n  copy: { dest: LIVE/conf/included, content: included }\n',
  'roles/motd/tasks/main.yml':
    '- name: Message\n  copy: { dest: "LIVE/conf/{{ motd_file }}", content: "{{ motd_file }}\\n" }\n',
  'roles/motd/defaults/main.yml': 'motd_file: motd\n',
};

describe('ansible: drift', function () {
  this.timeout(240_000);
  let lab: Lab;
  let synced: Found;
  let found: Found;
  let untouched: Readonly<Record<string, string>>;
  let afterwards: Readonly<Record<string, string>>;

  const drift = (address: string): ResourceDrift => {
    const one = found.drift.find((entry) => entry.address === address);
    if (one === undefined) throw new Error(`no drift at ${address}: ${found.drift.map((d) => d.address).join(', ')}`);
    return one;
  };
  const values = (address: string): unknown[] =>
    drift(address).changes.map(({ op, path, live, desired }) => [
      op,
      path,
      live?.kind === 'known' ? live.value : live?.kind,
      desired?.kind === 'known' ? desired.value : desired?.kind,
    ]);

  before(async function () {
    needs(this, TOOLS);
    lab = await createLab();
    await lab.write({
      ...FILES,
      hosts:
        'web-01 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n' +
        '[out]\nbalancer ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n',
    });
    await lab.write({ 'site.yml': SITE.replace('hosts: all', 'hosts: web-01') });
    await lab.apply();
    synced = await lab.check();
    await breakEverything(lab.live);
    untouched = await lab.snapshot();
    found = await lab.check();
    afterwards = await lab.snapshot();
  });
  after(async () => lab?.close());

  it('is in sync after a real apply', () => {
    expect(synced.drift).to.deep.equal([]);
    expect(synced.failures).to.deep.equal([]);
    expect(synced.notCompared).to.deep.equal([]);
    expect(synced.resources).to.equal(20);
    expect(synced.exitCode).to.equal(0);
  });

  it('finds each drift, and nothing else, though ansible-playbook exits with 0', () => {
    expect(found.exitCode).to.equal(0);
    expect(found.failures).to.deep.equal([]);
    expect(found.resources).to.equal(20);
    expect(found.drift.map(({ address }) => address).toSorted()).to.deep.equal(
      [
        'web-01/Config directory',
        'web-01/Copied file',
        'web-01/Templated file',
        'web-01/Line',
        'web-01/Block',
        'web-01/Mode',
        'web-01/Link',
        'web-01/Gone',
        'web-01/Apps (item=blog)',
        'web-01/Labelled (item=app shop)',
        'web-01/copy #2',
        'web-01/From an include',
        'web-01/motd : Message',
        'web-01/motd : Message #2',
        'web-01/Once',
        'web-01 -> balancer/Delegated',
      ].toSorted(),
    );
  });

  it('shows text line by line with its context', () => {
    expect(values('web-01/Copied file')).to.deep.include([
      'replace',
      '/content/1',
      'one\nTWO\nthree\n',
      'one\ntwo\nthree\n',
    ]);
    expect(values('web-01/Templated file')).to.deep.equal([
      ['replace', '/content/1', 'listen 80\nworkers 4\nuser app\n', 'listen 8080\nworkers 4\nuser app\n'],
    ]);
    expect(values('web-01/Line')).to.deep.equal([
      ['replace', '/content/1', 'PermitRootLogin yes\n', 'PermitRootLogin no\n'],
    ]);
  });

  it('shows attributes by name', () => {
    expect(values('web-01/Config directory')).to.deep.include(['replace', '/mode', '0700', '0750']);
    expect(values('web-01/Mode')).to.deep.include(['replace', '/mode', '0644', '0640']);
    expect(values('web-01/Link')).to.deep.include(['replace', '/src', '/etc/hosts', `${lab.live}/conf/copied`]);
  });

  it('tells what applying would do', () => {
    expect(drift('web-01/Gone').action).to.equal('delete');
    expect(drift('web-01/copy #2').action).to.equal('create');
    expect(drift('web-01/Copied file').action).to.equal('update');
    expect(drift('web-01/From an include').action).to.equal('create');
  });

  it('names module, host, file and line', () => {
    expect(drift('web-01/Templated file')).to.deep.include({
      type: 'ansible.builtin.template',
      scope: 'web-01',
      cause: 'unknown',
      origin: { file: 'site.yml', line: 11 },
    });
    expect(drift('web-01/motd : Message').origin).to.deep.equal({ file: 'roles/motd/tasks/main.yml', line: 1 });
    expect(drift('web-01/From an include').origin).to.deep.equal({ file: 'more.yml', line: 1 });
    expect(drift('web-01 -> balancer/Delegated').scope).to.equal('balancer');
  });

  it('takes a handler for a consequence, not for drift', () => {
    expect(found.notices).to.deep.include({
      kind: 'triggered',
      address: 'web-01/Restart app',
      message: 'a handler that would run',
    });
  });

  it('never shows the rest of a loop item', () => {
    expect(JSON.stringify(found)).not.to.include('s3cr3t');
  });

  it('leaves the live system and the source as they were', () => {
    expect(afterwards).to.deep.equal(untouched);
  });
});

async function breakEverything(live: string): Promise<void> {
  const conf = join(live, 'conf');
  await writeFile(join(conf, 'copied'), 'one\nTWO\nthree\n');
  await chmod(join(conf, 'copied'), 0o644);
  await writeFile(join(conf, 'app.conf'), 'listen 80\nworkers 4\nuser app\nlog /var/log/app\n');
  await writeFile(join(conf, 'lines'), 'PermitRootLogin yes\n');
  await mkdir(join(live, 'gone'));
  await rm(join(live, 'link'));
  await symlink('/etc/hosts', join(live, 'link'));
  await writeFile(join(conf, 'blog'), 'other\n');
  await chmod(join(conf, 'shop'), 0o600);
  for (const file of ['second', 'included', 'motd', 'issue', 'once', 'delegated']) await rm(join(conf, file));
  await chmod(conf, 0o700);
}
