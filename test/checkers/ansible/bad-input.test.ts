import { execFile } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { FailureReason } from '../../../src/drift.ts';
import { needs } from '../../support/skips.ts';
import { createLab, TOOLS, type Found, type Lab } from './lab.ts';

interface Case {
  readonly title: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly prepare?: (lab: Lab) => Promise<Readonly<Record<string, unknown>> | void>;
  readonly reason: FailureReason;
  readonly message: RegExp;
  /** Programs beside Ansible that the case takes, and how to get them. */
  readonly tools?: Readonly<Record<string, string>>;
  /** `any` where versions of Ansible differ. */
  readonly address?: string;
}

const play = (tasks: string, head = 'hosts: all, gather_facts: false'): string => `- { ${head}, tasks: [${tasks}] }\n`;
const OK = play('{ name: fine, file: { path: LIVE, state: directory } }');
const VAULTED = `$ANSIBLE_VAULT;1.1;AES256\n${'3061'.repeat(20)}\n`;
const fake = (body: string): string => `#!/usr/bin/python3\nimport os, sys, json\n${body}\n`;
const EVENTS = "f = open(os.environ['DRIFT_EXPORTER_EVENTS'], 'w')\n";
const START = `f.write(json.dumps({'event': 'start', 'format': 1, 'ansible': 'x'}) + '\\n')\n`;

const CASES: readonly Case[] = [
  {
    title: 'broken YAML',
    files: { 'site.yml': '- hosts: all\n  tasks:\n  - name: x\n   copy: {}\n' },
    reason: 'invalid',
    message: /^ansible-playbook site\.yml: exit code 4 at site\.yml:\d+: /,
  },
  {
    title: 'a playbook that is no list',
    files: { 'site.yml': 'hosts: all\n' },
    reason: 'invalid',
    message: /must be a list of plays/,
  },
  { title: 'an empty playbook', files: { 'site.yml': '' }, reason: 'invalid', message: /empty playbook/i },
  {
    title: 'a playbook that is not there',
    options: { playbooks: ['absent.yml'] },
    reason: 'not_found',
    message: /the playbook: .*absent\.yml could not be found/,
  },
  {
    title: 'a missing role',
    files: { 'site.yml': '- { hosts: all, roles: [absent] }\n' },
    reason: 'invalid',
    message: /at site\.yml:1: the role 'absent' was not found/,
  },
  {
    title: 'a role that is missing at run time',
    files: { 'site.yml': play('{ include_role: { name: absent } }') },
    reason: 'invalid',
    message: /the role 'absent' was not found/,
    address: 'any',
  },
  {
    title: 'an unknown module',
    files: { 'site.yml': play('{ no_such_module: {} }') },
    reason: 'invalid',
    message: /at site\.yml:1: couldn't resolve module\/action 'no_such_module'/,
  },
  {
    title: 'an unknown keyword of a task',
    files: { 'site.yml': play('{ name: x, copi: {}, ping: {} }') },
    reason: 'invalid',
    message: /conflicting action|not a valid attribute|no module\/action/,
  },
  {
    title: 'an argument that the module does not know',
    files: { 'site.yml': play('{ name: x, file: { path: LIVE, stat: directory } }') },
    reason: 'invalid',
    message: /Unsupported parameters.*stat.*\(site\.yml:1\)/s,
    address: 'web-01/x',
  },
  {
    title: 'an undefined variable',
    files: { 'site.yml': play('{ name: x, copy: { dest: LIVE/x, content: "{{ nowhere }}" } }') },
    reason: 'missing_variable',
    message: /'nowhere' is undefined/,
    address: 'web-01/x',
  },
  {
    title: 'a broken template',
    files: { 'site.yml': play('{ name: x, template: { src: t.j2, dest: LIVE/x } }'), 't.j2': '{% if x %}\n' },
    reason: 'invalid',
    message: /unexpected|syntax/i,
    address: 'web-01/x',
  },
  {
    title: 'a file to copy that is not there',
    files: { 'site.yml': play('{ name: x, copy: { src: absent, dest: LIVE/x } }') },
    reason: 'not_found',
    message: /Could not find or access/,
    address: 'web-01/x',
  },
  {
    title: 'a failed assertion',
    files: { 'site.yml': play('{ name: x, assert: { that: 1 == 2 } }') },
    reason: 'task_failed',
    message: /Assertion failed \(site\.yml:1\)/,
    address: 'web-01/x',
  },
  {
    title: 'an inventory that is not there',
    options: { inventory: ['absent'] },
    reason: 'not_found',
    message: /^inventory: absent: cannot be read/,
  },
  {
    title: 'an inventory that cannot be read',
    files: { broken: '[web\nweb-01\n' },
    options: { inventory: ['broken'] },
    reason: 'invalid',
    message: /broken|inventory/,
  },
  {
    title: 'an inventory script that fails',
    files: { 'script.sh': '#!/bin/sh\necho no >&2\nexit 3\n' },
    options: { inventory: ['script.sh'] },
    reason: 'invalid',
    message: /script\.sh|inventory/,
  },
  {
    title: 'a play whose group the inventory does not have',
    files: { 'site.yml': play('{ ping: }', 'hosts: databases, gather_facts: false') },
    reason: 'not_found',
    message: /play databases: hosts: databases: the inventory has no databases/,
  },
  {
    title: 'a play whose group is empty, and no other',
    files: {
      hosts: '[databases]\n[web]\nweb-01 ansible_connection=local\n',
      'site.yml': play('{ ping: }', 'hosts: databases, gather_facts: false'),
    },
    reason: 'not_found',
    message: /site\.yml: no task compared anything/,
  },
  {
    title: 'a limit that matches no host',
    options: { limit: 'nobody' },
    reason: 'not_found',
    message: /leaves us with no hosts to target|could not match/i,
  },
  { title: 'tags that no task has', options: { tags: ['nothing'] }, reason: 'not_found', message: /no task compared/ },
  {
    title: 'an unreachable host',
    prepare: async () => ({ inventory: [`127.0.0.1:${await closedPort()},`] }),
    reason: 'unreachable',
    message: /Connection refused/,
    address: '127.0.0.1',
  },
  {
    title: 'no Python on the host',
    files: { hosts: 'web-01 ansible_connection=local ansible_python_interpreter=/nowhere/python3\n' },
    reason: 'not_found',
    message: /\/nowhere\/python3/,
    address: 'web-01/fine',
  },
  {
    title: 'a module that prints garbage',
    files: {
      'library/garbage.sh': '#!/bin/sh\necho "<html>not json</html>"\n',
      'library/garbage': '#!/bin/sh\necho "<html>not json</html>"\n',
      'site.yml': play('{ name: x, garbage: {}, check_mode: false }'),
    },
    reason: 'bad_output',
    message: /MODULE FAILURE[^]*not json/,
    address: 'web-01/x',
  },
  {
    title: 'sudo that asks for a password',
    files: {
      'fake-sudo': '#!/bin/sh\necho "sudo: a password is required" >&2\nexit 1\n',
      hosts:
        'web-01 ansible_connection=local ansible_python_interpreter=/usr/bin/python3 ansible_become_exe={{playbook_dir}}/fake-sudo\n',
    },
    options: { become: true, become_user: 'nobody' },
    reason: 'unauthenticated',
    message: /(Missing sudo password|a password is required)/,
    address: 'web-01/fine',
  },
  ...['-H -S -n', '-H -S'].map((flags): Case => ({
    title: `the real sudo asking for a password (${flags})`,
    tools: { sudo: 'apt-get install sudo', setpriv: 'apt-get install util-linux' },
    files: {
      'sudo-of-nobody': '#!/bin/sh\nexec setpriv --reuid=nobody --regid=nogroup --clear-groups sudo "$@"\n',
      hosts:
        'web-01 ansible_connection=local ansible_python_interpreter=/usr/bin/python3 ansible_become_exe={{playbook_dir}}/sudo-of-nobody\n',
      'ansible.cfg': `[privilege_escalation]\nbecome_flags = ${flags}\n`,
    },
    options: { become: true, become_user: 'daemon' },
    reason: 'unauthenticated',
    message: /(Missing sudo password|a password is required)/,
    address: 'web-01/fine',
  })),
  {
    title: 'an unknown way to become another user',
    options: { become: true, become_method: 'magic' },
    reason: 'invalid',
    message: /magic/,
    address: 'web-01/fine',
  },
  {
    title: 'a vault without a password',
    files: { 'group_vars/all.yml': VAULTED },
    reason: 'unauthenticated',
    message: /no vault secrets found/,
  },
  {
    title: 'a wrong vault password',
    files: { 'group_vars/all.yml': 'x: 1\n', right: 'right\n', pass: 'wrong\n' },
    options: { vault_password_file: 'pass' },
    prepare: async (lab) => encrypt(lab, 'group_vars/all.yml', 'right'),
    reason: 'unauthenticated',
    message: /Decryption failed/,
  },
  {
    title: 'a vault password file that is not there',
    options: { vault_password_file: 'absent' },
    reason: 'not_found',
    message: /^vault_password_file: absent: cannot be read/,
  },
  {
    title: 'a private key file that is not there',
    options: { private_key_file: 'absent' },
    reason: 'not_found',
    message: /^private_key_file: absent/,
  },
  {
    title: 'an ansible.cfg that anybody can write',
    files: { 'ansible.cfg': '[defaults]\n' },
    prepare: async (lab) => chmod(lab.source, 0o777),
    reason: 'invalid',
    message: /^ansible\.cfg: anybody can write/,
  },
  {
    title: 'a broken ansible.cfg',
    files: { 'ansible.cfg': 'defaults]\n' },
    reason: 'invalid',
    message: /exit code 5: Error reading config file/,
  },
  { title: 'a directory that is not there', options: { dir: 'absent' }, reason: 'not_found', message: /^dir: absent/ },
  {
    title: 'an ansible-playbook that is not there',
    options: { ansible_playbook: 'no-such-ansible' },
    reason: 'not_found',
    message: /no-such-ansible: could not be started/,
  },
  {
    title: 'a strategy that is not there',
    options: { strategy: 'magic' },
    reason: 'invalid',
    message: /strategy.*magic|magic/i,
  },
  {
    title: 'a collection that needs installing while nobody asked for it',
    files: { 'site.yml': play('{ acme.tools.thing: {} }') },
    reason: 'invalid',
    message: /couldn't resolve module\/action 'acme\.tools\.thing'/,
  },
  {
    title: 'requirements of another form',
    files: { 'requirements.yml': 'packages: [x]\n' },
    options: { requirements: 'requirements.yml' },
    reason: 'invalid',
    message: /^requirements: requirements\.yml: expected a list of roles/,
  },
  {
    title: 'requirements that cannot be installed',
    files: { 'requirements.yml': 'roles: [{ name: x, src: "git+file:///nowhere/role.git" }]\n' },
    options: { requirements: 'requirements.yml' },
    reason: 'invalid',
    message: /ansible-galaxy role install: exit code 1/,
  },
  {
    title: 'a callback that tells nothing',
    files: { 'fake.py': fake('print("PLAY [all]")') },
    options: { ansible_playbook: './fake.py' },
    reason: 'bad_output',
    message: /exit code 0, but the callback told no end of the run/,
  },
  {
    title: 'events that are cut off',
    files: { 'fake.py': fake(`${EVENTS}${START}f.write('{"event": "ta')`) },
    options: { ansible_playbook: './fake.py' },
    reason: 'bad_output',
    message: /event file of the Ansible callback: line 2: cut off after 13 bytes/,
  },
  {
    title: 'a line of garbage among the events',
    files: { 'fake.py': fake(`${EVENTS}${START}f.write('[WARNING]: hello\\n{"event": "end", "events": 1}\\n')`) },
    options: { ansible_playbook: './fake.py' },
    reason: 'bad_output',
    message: /line 2: expected a JSON object, got "\[WARNING\]: hello"/,
  },
  {
    title: 'events that got lost',
    files: { 'fake.py': fake(`${EVENTS}${START}f.write('{"event": "end", "events": 7}\\n')`) },
    options: { ansible_playbook: './fake.py' },
    reason: 'bad_output',
    message: /wrote 7 events, 1 arrived/,
  },
  {
    title: 'events of another format',
    files: { 'fake.py': fake(`${EVENTS}f.write('{"event": "start", "format": 9, "ansible": "9"}\\n')`) },
    options: { ansible_playbook: './fake.py' },
    reason: 'bad_output',
    message: /event format 9 of the Ansible callback; expected 1/,
  },
  {
    title: 'a callback that fails',
    files: {
      'fake.py': fake(
        `${EVENTS}${START}f.write('{"event": "error", "message": "v2_runner_on_ok: KeyError: x"}\\n{"event": "end", "events": 2}\\n')`,
      ),
    },
    options: { ansible_playbook: './fake.py' },
    reason: 'internal',
    message: /Ansible callback: v2_runner_on_ok: KeyError: x/,
  },
];

describe('ansible: bad input', function () {
  this.timeout(60_000);
  before(function () {
    needs(this, TOOLS);
  });

  for (const { title, files = {}, options = {}, prepare, reason, message, address, tools = {} } of CASES) {
    it(`${title} is a failure with reason ${reason}`, async function () {
      needs(this, tools);
      const lab = await createLab();
      try {
        await lab.write({ 'site.yml': OK, ...files });
        const more = (await prepare?.(lab)) ?? {};
        const found = await lab.check({ ...options, ...more });
        expectFailure(found, { reason, message, ...(address !== undefined && { address }) });
      } finally {
        await lab.close();
      }
    });
  }

  it('a run that takes too long keeps what was seen before', async () => {
    const lab = await createLab();
    try {
      const tasks = '{ name: first, file: { path: LIVE/x, state: touch } }, { name: slow, pause: { seconds: 60 } }';
      await lab.write({ 'site.yml': play(tasks) });
      const found = await lab.check({}, { timeoutMs: 6_000 });
      expect(found.failures.map((failure) => failure.reason)).to.include('timeout');
      expect(found.drift.map((entry) => entry.address)).to.deep.equal(['web-01/first']);
    } finally {
      await lab.close();
    }
  });

  it('a broken playbook hides nothing of the next one', async () => {
    const lab = await createLab();
    try {
      await lab.write({ 'broken.yml': 'x', 'site.yml': OK });
      await rm(join(lab.live), { recursive: true });
      const found = await lab.check({ playbooks: ['broken.yml', 'site.yml'] });
      expect(found.failures.map((failure) => failure.reason)).to.deep.equal(['invalid']);
      expect(found.drift.map((entry) => entry.address)).to.deep.equal(['web-01/fine']);
      expect(found.exitCode, 'the worst of 4 and 0').to.equal(4);
    } finally {
      await lab.close();
    }
  });
});

function expectFailure(
  found: Found,
  expected: { readonly reason: FailureReason; readonly message: RegExp; readonly address?: string },
): void {
  const shown = JSON.stringify(found.failures, undefined, 1);
  const [failure] = found.failures;
  expect(failure?.message, shown).to.match(expected.message);
  expect(failure?.reason, shown).to.equal(expected.reason);
  if (expected.address !== 'any') expect(failure?.address, shown).to.equal(expected.address);
}

async function encrypt(lab: Lab, file: string, password: string): Promise<void> {
  const args = ['encrypt', '--vault-password-file', password, file];
  await promisify(execFile)('ansible-vault', args, { cwd: lab.source });
}

async function closedPort(): Promise<number> {
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
