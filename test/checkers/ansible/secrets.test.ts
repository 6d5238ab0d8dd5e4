import { execFile } from 'node:child_process';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { needs } from '../../support/skips.ts';
import { createLab, TOOLS, type Found, type Lab } from './lab.ts';

const KEY = (fill: string): string =>
  `-----BEGIN PRIVATE KEY-----\n${`${fill.repeat(64)}\n`.repeat(6)}-----END PRIVATE KEY-----\n`;

describe('ansible: secrets', function () {
  this.timeout(120_000);
  let lab: Lab;
  let found: Found;

  before(async function () {
    needs(this, TOOLS);
    lab = await createLab();
    await lab.write({
      'site.yml': `
- hosts: all
  gather_facts: false
  tasks:
    - name: Whole file
      copy: { dest: LIVE/token, content: "{{ vaulted_token }}\\n" }
    - name: Line
      copy: { dest: LIVE/app.ini, content: "user = app\\nanything = {{ inline_secret }}\\nport = 1\\n" }
    - name: Private key
      copy: { dest: LIVE/tls.txt, content: "{{ new_key }}" }
    - name: Shadow
      lineinfile: { path: LIVE/accounts, regexp: "^app:", line: "app:$6$salt$n3wH4shValue:19000:0:99999:7:::" }
    - name: Key file
      copy: { dest: LIVE/server.key, content: t0ps3cret-key }
    - name: Failing
      fail: { msg: "login with {{ vaulted_token }} refused" }
      ignore_errors: true
    - name: "Task {{ vaulted_token }}"
      copy: { dest: LIVE/other, content: x }
`,
      'group_vars/all/vault.yml': `vaulted_token: tok-4f9a81c2\nnested: { list: [deep-secret-77] }\nnew_key: |\n${KEY(
        'b',
      )
        .split('\n')
        .map((line) => `  ${line}`)
        .join('\n')}\n`,
      'pass.txt': 'vault-password-1\n',
    });
    const run = promisify(execFile);
    const options = { cwd: lab.source };
    await run('ansible-vault', ['encrypt', '--vault-password-file', 'pass.txt', 'group_vars/all/vault.yml'], options);
    const inline = ['encrypt_string', '--vault-password-file', 'pass.txt', 'inl1ne-s3cret', '--name', 'inline_secret'];
    const { stdout } = await run('ansible-vault', inline, options);
    await lab.write({ 'group_vars/all/inline.yml': stdout });
    await writeFile(join(lab.live, 'token'), 'old-tok-4711\n');
    await writeFile(join(lab.live, 'app.ini'), 'user = app\nanything = older-s3cret\nport = 1\n');
    await writeFile(join(lab.live, 'tls.txt'), KEY('a'));
    await writeFile(join(lab.live, 'accounts'), 'root:*:1::::::\napp:$6$salt$0ldH4shValue:19000:0:99999:7:::\n');
    await writeFile(join(lab.live, 'server.key'), 'older-t0ps3cret');
    found = await lab.check({ vault_password_file: 'pass.txt' });
  });
  after(async () => lab?.close());

  it('shows no secret, neither the desired nor the live one', () => {
    const text = JSON.stringify(found);
    for (const secret of [
      'tok-4f9a81c2',
      'old-tok-4711',
      'inl1ne-s3cret',
      'older-s3cret',
      'bbbb',
      'aaaa',
      'n3wH4sh',
      '0ldH4sh',
      't0ps3cret',
      'deep-secret-77',
    ]) {
      expect(text).not.to.include(secret);
    }
  });

  it('shows that something changed, and where', () => {
    expect(found.drift.map(({ address, changes }) => [address, changes.length > 0])).to.deep.equal([
      ['web-01/Whole file', true],
      ['web-01/Line', true],
      ['web-01/Private key', true],
      ['web-01/Shadow', true],
      ['web-01/Key file', true],
      ['web-01/Task (sensitive)', true],
    ]);
    expect(found.drift[3]?.changes[0]?.path).to.equal('/content/1');
  });

  it('registers the password it was given', () => {
    expect(found.secrets).to.deep.equal(['vault-password-1']);
  });

  it('takes vault ids, and a script for a password', async () => {
    await lab.write({ 'ask.sh': '#!/bin/sh\necho vault-password-1\n' });
    const options = { limit: 'web-01', vault_ids: ['prod@ask.sh'] };
    const again = await lab.check(options);
    expect(again.failures).to.deep.equal([]);
    expect(again.drift.map(({ address }) => address)).to.deep.equal(found.drift.map(({ address }) => address));
    expect(again.secrets).to.deep.equal([]);
  });

  it('leaves no connection, process or file of its own behind', async () => {
    const left: string[] = [];
    for await (const file of glob('/proc/[0-9]*/cmdline')) {
      const line = await readFile(file, 'utf8').catch(() => '');
      if (line.includes(lab.source) || line.includes(lab.home)) left.push(line);
    }
    expect(left).to.deep.equal([]);
  });
});
