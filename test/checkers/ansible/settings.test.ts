import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { needs } from '../../support/skips.ts';
import { createLab, TOOLS, type Found, type Lab } from './lab.ts';

const FILE = '{ name: "File {{ which }}", copy: { dest: "LIVE/{{ which }}", content: x }, tags: [files] }';

describe('ansible: settings', function () {
  this.timeout(120_000);
  let lab: Lab;
  before(function () {
    needs(this, TOOLS);
  });
  beforeEach(async () => {
    lab = await createLab();
  });
  afterEach(() => lab.close());
  const addresses = (found: Found): string[] => found.drift.map(({ address }) => address).toSorted();

  it('an ansible.cfg that writes beside the playbooks or notifies others does neither', async () => {
    await lab.write({
      'ansible.cfg': `[defaults]
inventory = hosts
log_path = ./ansible.log
retry_files_enabled = true
fact_caching = jsonfile
fact_caching_connection = ./facts
local_tmp = ./tmp
callback_plugins = ./notifiers
callbacks_enabled = notifier
stdout_callback = minimal
roles_path = ./my-roles
`,
      'notifiers/notifier.py': `from ansible.plugins.callback import CallbackBase
class CallbackModule(CallbackBase):
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'notifier'
    CALLBACK_NEEDS_ENABLED = True
    def v2_playbook_on_start(self, playbook):
        open('LIVE/notified', 'w').close()
`,
      'filter_plugins/shout.py':
        "class FilterModule:\n    def filters(self):\n        return {'shout': lambda text: text.upper()}\n",
      'my-roles/thing/tasks/main.yml':
        '- { name: Thing, copy: { dest: LIVE/thing, content: "{{ \'x\' | shout }}" } }\n',
      'site.yml': '- { hosts: all, roles: [thing], tasks: [{ name: Bad, fail: { msg: no } }] }\n',
    });
    const before = await lab.snapshot();
    const found = await lab.check({ inventory: [] });
    expect(addresses(found)).to.deep.equal(['web-01/thing : Thing']);
    expect(await lab.snapshot()).to.deep.equal(before);
  });

  it('variables, tags and limits reach Ansible, variables never as arguments', async () => {
    await lab.write({
      'more.yml': 'which: from-file\n',
      hosts:
        'web-01 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\nweb-02 ansible_connection=local\n',
      'site.yml': `- { hosts: all, gather_facts: false, tasks: [${FILE}, { name: Other, copy: { dest: LIVE/other, content: x } }] }\n`,
      'spy.sh': '#!/bin/sh\necho "$@" > LIVE/arguments\nexec ansible-playbook "$@"\n',
    });
    const options = { limit: 'web-01', tags: ['files'], extra_vars: { which: 's3cr3t-var' } };
    const found = await lab.check({ ...options, ansible_playbook: './spy.sh' });
    expect(addresses(found)).to.deep.equal(['web-01/File s3cr3t-var']);
    const { stdout } = await promisify(execFile)('cat', [join(lab.live, 'arguments')]);
    expect(stdout).not.to.include('s3cr3t-var');
    const other = await lab.check({ extra_vars_files: ['more.yml'], skip_tags: ['files'], limit: 'web-01' });
    expect(addresses(other)).to.deep.equal(['web-01/Other']);
  });

  it('inventories are files, directories, scripts and lists', async () => {
    await lab.write({
      'inventory/one': 'one ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n',
      'inventory/group_vars/all.yml':
        'which: "{{ inventory_hostname }}"\nansible_connection: local\nansible_python_interpreter: /usr/bin/python3\n',
      'script.sh':
        '#!/bin/sh\necho \'{"all": {"hosts": ["two"]}, "_meta": {"hostvars": {"two": {"ansible_python_interpreter": "/usr/bin/python3"}}}}\'\n',
      'site.yml': `- { hosts: all, gather_facts: false, tasks: [${FILE.replace('File {{ which }}', 'On {{ inventory_hostname }}')}] }\n`,
    });
    const found = await lab.check({ inventory: ['inventory', 'script.sh', 'three,'] });
    // Newer versions would name all hosts' tasks after the first host.
    expect(addresses(found)).to.deep.equal(
      ['one', 'three', 'two'].map((host) => `${host}/On {{ inventory_hostname }}`),
    );
  });

  it('facts are kept between runs only when asked for, outside the source', async () => {
    const checkDir = await mkdtemp(join(tmpdir(), 'drift-check-'));
    try {
      await lab.write({
        'site.yml': '- { hosts: all, tasks: [{ copy: { dest: LIVE/x, content: "{{ ansible_system }}" } }] }\n',
      });
      await lab.check({}, { checkDir });
      expect(await readdir(checkDir)).to.deep.equal([]);
      await lab.check({ fact_cache: '1h' }, { checkDir });
      expect(await readdir(join(checkDir, 'facts'))).to.deep.equal(['web-01']);
    } finally {
      await rm(checkDir, { recursive: true, force: true });
    }
  });

  it('installs requirements only when asked, once, outside the source', async () => {
    const checkDir = await mkdtemp(join(tmpdir(), 'drift-check-'));
    const role = join(lab.home, 'far');
    try {
      await mkdir(join(role, 'tasks'), { recursive: true });
      await mkdir(join(role, 'meta'));
      await writeFile(join(role, 'meta', 'main.yml'), 'galaxy_info: { author: a, description: b, license: c }\n');
      await writeFile(
        join(role, 'tasks', 'main.yml'),
        `- { name: Far, copy: { dest: ${lab.live}/far, content: x } }\n`,
      );
      const git = (...args: string[]): Promise<unknown> =>
        promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: role });
      await git('init', '-q');
      await git('add', '.');
      await git('commit', '-q', '-m', 'role');
      await lab.write({
        'requirements.yml': `roles: [{ name: far, src: "git+file://${role}" }]\n`,
        'site.yml': '- { hosts: all, gather_facts: false, roles: [far] }\n',
      });
      const without = await lab.check({}, { checkDir });
      expect(without.failures[0]?.message).to.match(/the role 'far' was not found/);
      const options = { requirements: 'requirements.yml' };
      const before = await lab.snapshot();
      expect(addresses(await lab.check(options, { checkDir }))).to.deep.equal(['web-01/far : Far']);
      await rm(role, { recursive: true });
      expect(addresses(await lab.check(options, { checkDir }))).to.deep.equal(['web-01/far : Far']);
      expect(await lab.snapshot()).to.deep.equal(before);
      expect(await access(join(lab.home, '.ansible', 'roles')).catch(() => 'absent')).to.equal('absent');
    } finally {
      await rm(checkDir, { recursive: true, force: true });
    }
  });
});
