import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createCanaries, investigate, type Canaries } from '../support/canaries.ts';
import { configDir, type DiffAnswer } from '../support/service.ts';
import { needs } from '../support/skips.ts';

const run = promisify(execFile);
const canaries = createCanaries();
const plant = (what: string): string => canaries.plant(what);
const pem = (secret: string): string => {
  const line = `${secret.padEnd(64, 'A')}\n`;
  return ['-----BEGIN PRIV', `ATE KEY-----\n${line.repeat(3)}`, '-----END PRIV', 'ATE KEY-----\n'].join('');
};

/** Contents of files in which secrets stand: what the file is called, and what is in it. */
const FILES: Readonly<Record<string, (secret: string) => string>> = {
  'app.ini': (value) => `[db]\nuser = app\npassword = ${value}\nport = 1\n`,
  'app.yaml': (value) => `user: app\napi_token: "${value}"\nport: 1\n`,
  'app.json': (value) => `{\n  "user": "app",\n  "client_secret": "${value}",\n  "port": 1\n}\n`,
  'app.env': (value) => `USER_NAME=app\nexport DB_PASSWORD='${value}'\nPORT=1\n`,
  'app.properties': (value) => `spring.datasource.password=${value}\nport=1\n`,
  'app.conf': (value) => `url = postgres://app:${value}@db/x\nport = 1\n`,
  'redis.conf': (value) => `requirepass ${value}\nport 1\n`,
  'nginx.conf': (value) => `proxy_set_header Authorization "Bearer ${value}";\nlisten 1;\n`,
  'init.sql': (value) => `CREATE USER app IDENTIFIED BY '${value}';\n`,
  'tls.pem': (value) => `a\n${pem(value)}b\n`,
  accounts: (value) => `root:*:1::::::\napp:$6$salt$${value}:19000:0:99999:7:::\n`,
  shadow: (value) => `app:${value}:19000:0:99999:7:::\n`,
  'server.key': (value) => `${value}\n`,
  '.netrc': (value) => `machine h login u password ${value}\n`,
  '.pgpass': (value) => `db:5432:x:app:${value}\n`,
  '.htpasswd': (value) => `app:${value}\n`,
  'script.sh': (value) => `#!/bin/sh\nmysql --user app --password ${value} x\n`,
};

/** Files that only their names make secret. */
const FILES_BY_NAME = new Set(['shadow', 'server.key', '.pgpass', '.htpasswd']);

type Sides = Readonly<Record<string, { readonly live: string; readonly desired: string }>>;

/** Two secrets for each file: the one on the host and the one that is desired. */
const sidesOf = (tool: string): Sides =>
  Object.fromEntries(
    Object.entries(FILES).map(([name, make]) => [
      name,
      { live: make(plant(`${tool}: ${name} on the host`)), desired: make(plant(`${tool}: ${name} as desired`)) },
    ]),
  );

async function write(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
}

const side = (sides: Sides, which: 'live' | 'desired'): Record<string, string> =>
  Object.fromEntries(Object.entries(sides).map(([name, texts]) => [name, texts[which]]));

function noneLeaks(found: Canaries, places: ReadonlyMap<string, string>): void {
  expect(found.leaks(places).join('\n'), 'leaks').to.equal('');
}

const statuses = (checks: DiffAnswer['checks']): Record<string, string> =>
  Object.fromEntries(checks.map(({ check, status }) => [check, status]));

/** The files of which a check tells that they differ. */
const toldFiles = (checks: DiffAnswer['checks'], name: string): string[] => {
  const text = JSON.stringify(checks.find(({ check }) => check === name)?.drift.map(({ address }) => address));
  return Object.keys(FILES).filter((file) => text.includes(file));
};

describe('no secret of a host', function () {
  this.timeout(300_000);

  it('that Ansible manages is in anything that is said or kept, and what differs is said to differ', async function () {
    needs(this, { 'ansible-playbook': 'apt-get install ansible-core' });
    const { dir, file, remove } = await configDir('');
    const [source, drifted, synced] = [join(dir, 'ansible'), join(dir, 'live'), join(dir, 'synced')];
    const sides = sidesOf('ansible');
    await write(drifted, side(sides, 'live'));
    await write(synced, side(sides, 'desired'));
    const vaulted = {
      v_token: plant('ansible: vaulted'),
      v_deep: { list: [plant('ansible: vaulted, deep')] },
      v_old: plant('ansible: vaulted, in an error'),
    };
    const vaultPassword = plant('ansible: the password of the vault');
    const noLog = { live: plant('ansible: no_log, on the host'), desired: plant('ansible: no_log, desired') };
    const invocation = plant('ansible: an argument under no_log');
    const extra = {
      app_password: plant('ansible: extra variable'),
      nested: { api_key: plant('ansible: extra variable, nested') },
    };
    await write(drifted, { 'no-log': noLog.live, 'vault.txt': 'old\n', 'extra.ini': 'password = old\n' });
    await write(synced, {
      'no-log': noLog.desired,
      'vault.txt': `anything = ${vaulted.v_token}\n`,
      'extra.ini': `password = ${extra.app_password}\nx = ${extra.nested.api_key}\n`,
    });
    const copies = Object.keys(FILES).map(
      (name) => `    - name: ${name}\n      copy: { dest: "{{ live }}/${name}", src: "files/${name}" }\n`,
    );
    const tasks = `
- hosts: all
  gather_facts: false
  tasks:
${copies.join('')}
    - name: vault
      copy: { dest: "{{ live }}/vault.txt", content: "anything = {{ v_token }}\\n" }
    - name: extra
      copy: { dest: "{{ live }}/extra.ini", content: "password = {{ app_password }}\\nx = {{ nested.api_key }}\\n" }
    - name: hidden
      copy: { dest: "{{ live }}/no-log", content: "${noLog.desired}" }
      no_log: true
    - name: "task {{ v_token }}"
      debug: { msg: "{{ v_deep.list }} {{ v_token | b64encode }}" }
`;
    const failing = `
- hosts: all
  gather_facts: false
  tasks:
    - name: message
      fail: { msg: "login with {{ v_old }} refused, {{ ('u:' + v_old) | b64encode }}, password=${plant('ansible: an error')}" }
      ignore_errors: true
    - name: module
      get_url: { url: "http://u:${plant('ansible: a URL in a module')}@127.0.0.1:1/x", dest: /nowhere/x }
      ignore_errors: true
    - name: hidden
      uri: { url: "http://127.0.0.1:1/", user: u, password: "${invocation}", headers: { Authorization: "Bearer ${plant('ansible: a header')}" } }
      no_log: true
      ignore_errors: true
    - name: undefined
      copy: { dest: "{{ live }}/x", content: "token={{ v_token }} {{ nobody_defined_this }}" }
      ignore_errors: true
    - name: last
      assert: { that: "v_token == 'x'", fail_msg: "token is {{ v_token }}" }
`;
    await write(source, {
      'site.yml': tasks,
      'failing.yml': failing,
      'broken.yml': `- hosts: all\n  vars: { db_password: "${plant('ansible: a playbook that does not parse')}\n`,
      hosts: `web-01 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n`,
      'away-hosts': `web-02 ansible_host=127.0.0.1 ansible_port=1 ansible_password=${plant('ansible: password in the inventory')}\n`,
      'group_vars/all/vault.yml': JSON.stringify(vaulted),
      'pass.txt': `${vaultPassword}\n`,
      'wrong.txt': `${plant('ansible: a wrong vault password')}\n`,
      ...Object.fromEntries(Object.entries(side(sides, 'desired')).map(([name, text]) => [`files/${name}`, text])),
    });
    await run('ansible-vault', ['encrypt', '--vault-password-file', 'pass.txt', 'group_vars/all/vault.yml'], {
      cwd: source,
    });
    const check = (name: string, playbook: string, live: string, options = ''): string =>
      `  - { name: ${name}, checker: ansible, source: here, options: { dir: ansible, playbooks: [${playbook}], inventory: [hosts], vault_password_file: pass.txt, extra_vars: ${JSON.stringify({ ...extra, live })} ${options} } }`;
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0' }
global: { log_level: trace, concurrency: 2 }
sources: [{ name: here, directory: . }]
checks:
${check('drifted', 'site.yml', drifted)}
${check('synced', 'site.yml', synced)}
${check('failing', 'failing.yml', drifted)}
${check('broken', 'broken.yml', drifted)}
${check('wrong', 'site.yml', drifted).replace('pass.txt', 'wrong.txt')}
${check('away', 'site.yml', drifted).replace('[hosts]', '[away-hosts]')}
`,
    );
    const { places, checks } = await investigate({ dir, file, seconds: 200 });
    noneLeaks(canaries, places);
    expect(statuses(checks)).to.deep.equal({
      away: 'error',
      broken: 'error',
      drifted: 'drifted',
      failing: 'error',
      synced: 'in_sync',
      wrong: 'error',
    });
    expect(toldFiles(checks, 'drifted')).to.deep.equal(Object.keys(FILES));
    for (const name of ['vault', 'extra', 'hidden'])
      expect(
        checks.find((one) => one.check === 'drifted')?.drift.map(({ address }) => address),
        name,
      ).to.include(`web-01/${name}`);
    await remove();
  });

  it('that Puppet manages is in anything that is said or kept, and what differs is said to differ', async function () {
    needs(this, { puppet: 'apt-get install puppet-agent' });
    const { dir, file, remove } = await configDir('');
    const [source, drifted, synced] = [join(dir, 'puppet'), join(dir, 'live'), join(dir, 'synced')];
    const sides = sidesOf('puppet');
    await write(drifted, side(sides, 'live'));
    await write(synced, side(sides, 'desired'));
    const hidden = { live: plant('puppet: Sensitive, on the host'), desired: plant('puppet: Sensitive, desired') };
    const quiet = {
      live: plant('puppet: show_diff off, on the host'),
      desired: plant('puppet: show_diff off, desired'),
    };
    await write(drifted, { hidden: hidden.live, quiet: quiet.live });
    await write(synced, { hidden: hidden.desired, quiet: quiet.desired });
    // What a guard prints, not what it is: Puppet starts it with the words of the manifest.
    for (const dir of [drifted, synced])
      await write(dir, { guard: `password=${plant('puppet: the output of a guard')}` });
    const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    const files = Object.entries(side(sides, 'desired')).map(
      ([name, content]) => `file { "\${live}/${name}": content => ${text(content)} }\n`,
    );
    const manifest = `$live = $facts['live_dir']
${files.join('')}
file { "\${live}/hidden": content => Sensitive('${hidden.desired}') }
file { "\${live}/quiet": content => '${quiet.desired}', show_diff => false }
notify { 'login': message => 'password=${plant('puppet: a notify')} and https://u:${plant('puppet: a URL in a notify')}@h/' }
`;
    const failing = `$live = $facts['live_dir']
notice('token=${plant('puppet: a notice')}')
warning('Authorization: Bearer ${plant('puppet: a warning')}')
exec { 'login': command => '/bin/sh -c "exit 3"', unless => "/bin/sh -c 'cat \${live}/guard; exit 1'" }
file { "/proc/nowhere/x": content => Sensitive('${plant('puppet: Sensitive that fails')}') }
file { "\${live}/source": source => 'http://u:${plant('puppet: the URL of a source')}@127.0.0.1:1/x' }
`;
    await write(source, {
      'site.pp': manifest,
      'failing.pp': failing,
      'fails.pp': `fail('no login with password=${plant('puppet: fail()')}')\n`,
      'broken.pp': `file { '/x': content => 'password=${plant('puppet: a manifest that does not parse')}'\n`,
    });
    const check = (name: string, manifest: string, live: string): string =>
      `  - { name: ${name}, checker: puppet, source: here, options: { mode: apply, manifest: puppet/${manifest}, facts: ${JSON.stringify({ live_dir: live, db_password: plant(`puppet: a fact of ${name}`) })} } }`;
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0' }
global: { log_level: trace, concurrency: 2 }
sources: [{ name: here, directory: . }]
checks:
${check('drifted', 'site.pp', drifted)}
${check('synced', 'site.pp', synced)}
${check('failing', 'failing.pp', drifted)}
${check('fails', 'fails.pp', drifted)}
${check('broken', 'broken.pp', drifted)}
`,
    );
    const { places, checks } = await investigate({ dir, file, seconds: 200 });
    noneLeaks(canaries, places);
    expect(statuses(checks)).to.deep.equal({
      broken: 'error',
      drifted: 'drifted',
      failing: 'error',
      fails: 'error',
      synced: 'in_sync',
    });
    expect(toldFiles(checks, 'drifted')).to.deep.equal(Object.keys(FILES));
    const told = JSON.stringify(checks.find((one) => one.check === 'drifted')?.drift);
    expect(told).to.include('/hidden]').and.include('/quiet]').and.include('"sensitive"');
    await remove();
  });

  it('that Salt, Chef, scripts and reports tell of is in anything that is said or kept', async function () {
    needs(this, { git: 'apt-get install git' });
    const { dir, file, remove } = await configDir('');
    const now = new Date().toISOString();
    const diffOf = ({ live, desired }: { readonly live: string; readonly desired: string }, name: string): string => {
      const lines = (text: string, sign: string): string =>
        text
          .trimEnd()
          .split('\n')
          .map((line) => `${sign}${line}\n`)
          .join('');
      const head = [live, desired].map((text) => text.trimEnd().split('\n').length);
      return `--- /etc/${name}\n+++ /etc/${name}\n@@ -1,${head[0]} +1,${head[1]} @@\n${lines(live, '-')}${lines(desired, '+')}`;
    };
    const state = (name: string, result: boolean | null, changes: unknown, comment: string): unknown => ({
      changes,
      comment,
      name,
      result,
      __sls__: 'app',
      __run_num__: 1,
      __id__: name,
      duration: 1,
      start_time: '09:05:34.136530',
    });
    const saltSides = sidesOf('salt');
    const salt = Object.fromEntries([
      ...Object.entries(saltSides).map(([name, texts]) => [
        `file_|-${name}_|-/etc/${name}_|-managed`,
        state(`/etc/${name}`, null, { diff: diffOf(texts, name) }, `The file /etc/${name} is set to be changed`),
      ]),
      [
        'user_|-app_|-app_|-present',
        state('app', null, { passwd: plant('salt: a changed password') }, `password: ${plant('salt: a comment')}`),
      ],
      [
        'cmd_|-login_|-login_|-run',
        state(
          'login',
          false,
          {},
          `curl -u u:x https://u:${plant('salt: a URL in a failure')}@h/ failed: token=${plant('salt: a failure')}`,
        ),
      ],
      [
        'environ_|-e_|-e_|-setenv',
        state(
          'e',
          null,
          { DB_PASSWORD: { old: plant('salt: an old variable'), new: plant('salt: a new variable') } },
          'set',
        ),
      ],
    ]);
    await write(dir, {
      'salt/drifted.json': JSON.stringify({ 'web-01': salt }),
      'salt-broken/broken.json': JSON.stringify({
        'web-02': [`Rendering SLS failed: password: ${plant('salt: a state that does not render')}`],
      }),
      'salt-cut/cut.json': `{"web-03": {"file_|-a": {"changes": {"diff": "+password=${plant('salt: a report that is cut off')}`,
      'salt-synced/synced.json': JSON.stringify({
        'web-04': {
          'file_|-a_|-/etc/a_|-managed': state('/etc/a', true, {}, `token=${plant('salt: a comment in sync')}`),
        },
      }),
    });
    const chefSides = sidesOf('chef');
    const converge = (node: string, status: string, resources: readonly unknown[], error?: unknown): string =>
      JSON.stringify({
        message_type: 'run_converge',
        message_version: '1.1.0',
        node_name: node,
        status,
        run_list: ['recipe[base]'],
        id: node,
        run_id: node,
        start_time: now,
        end_time: now,
        total_resource_count: resources.length,
        resources,
        ...(error !== undefined && { error }),
      });
    const resource = (type: string, name: string, more: object): unknown => ({
      type,
      name,
      id: name,
      before: {},
      after: {},
      duration: '1',
      delta: '',
      ignore_failure: false,
      result: 'create',
      status: 'updated',
      cookbook_name: 'base',
      cookbook_version: '1.0.0',
      recipe_name: 'default',
      ...more,
    });
    const events = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await write(dir, {
      'chef/run.json': converge(
        'db-01',
        'failure',
        [
          ...Object.entries(chefSides).map(([name, texts]) =>
            resource('file', `/etc/${name}`, { delta: diffOf(texts, name).replaceAll('\n', '\\n') }),
          ),
          resource('user', 'app', {
            before: { password: plant('chef: a password before') },
            after: { password: plant('chef: a password after') },
          }),
          resource('execute', 'login', {
            status: 'failed',
            error_message: `login --password ${plant('chef: an error of a resource')}`,
          }),
        ],
        {
          class: 'RuntimeError',
          message: `no: Authorization: Bearer ${plant('chef: an error of a run')}`,
          backtrace: [],
        },
      ),
      'chef-cut/cut.jsonl': events([{ event: 'x', password: plant('chef: an event that nobody knows') }]),
    });
    await write(dir, {
      'reports/a.json': JSON.stringify({
        host: 'a',
        state: 'changed',
        at: now,
        note: `password=${plant('report: a message')}`,
        diff: [
          { field: 'db_password', was: plant('report: a live value'), is: plant('report: a desired value') },
          { field: 'url', was: `https://u:${plant('report: a URL')}@h`, is: 'https://h' },
        ],
      }),
      'reports/b.json': JSON.stringify({
        host: `b?token=${plant('report: an address')}`,
        state: 'broken',
        at: now,
        note: `api_key: ${plant('report: a failure')}`,
        diff: [],
      }),
      'reports/c.json': `{"host": "c", "password": "${plant('report: a document that is cut off')}`,
    });
    // What a script prints has no file name: what only that would tell is no secret that anybody can know.
    const told = Object.entries(FILES).filter(([name]) => !FILES_BY_NAME.has(name));
    const scripts = told.map(([name, make]) => [name, make(plant(`command: ${name}`))] as const);
    for (const code of [0, 2, 9]) {
      const print = scripts
        .map(([, text]) => `cat <<'E''O''F'\n${text}E''O''F\n`)
        .join('')
        .replaceAll("E''O''F", 'EOF');
      await write(dir, {
        [`print-${code}.sh`]: `#!/bin/sh\n${print}${print.replaceAll('cat ', 'cat >&2 ')}exit ${code}\n`,
      });
      await chmod(join(dir, `print-${code}.sh`), 0o755);
    }
    const mapping = JSON.stringify({
      address: 'host',
      status: { path: 'state', values: { ok: 'in_sync', changed: 'drifted', broken: 'error' } },
      differences: { items: 'diff', path: 'field', live: 'was', desired: 'is' },
      message: 'note',
    });
    const secret = plant('command: a variable from a file');
    await writeFile(join(dir, 'secret'), secret);
    const checks = [
      ...['salt', 'salt-broken', 'salt-cut', 'salt-synced'].map(
        (name) => `{ name: ${name}, checker: salt, source: here, options: { mode: reports, directory: ${name} } }`,
      ),
      ...['chef', 'chef-cut'].map(
        (name) => `{ name: ${name}, checker: chef, source: here, options: { mode: reports, directory: ${name} } }`,
      ),
      `{ name: report, checker: report, source: here, options: { files: 'reports/*.json', mapping: ${mapping} } }`,
      ...[0, 2, 9].map(
        (code) => `{ name: print-${code}, checker: command, source: here, options: { command: [./print-${code}.sh] } }`,
      ),
      ...[0, 2, 9].map(
        (code) =>
          `{ name: env-${code}, checker: command, source: here, options: { command: [sh, -c, 'echo $GIVEN; printf %s "u:$GIVEN" | base64; printf %s "$GIVEN" | od -An -tx1 | tr -d " \\n"; echo $API_TOKEN; exit ${code}'], env: { GIVEN: { file: '${join(dir, 'secret')}' }, API_TOKEN: ${plant(`command: a variable of the configuration ${code}`)} } } }`,
      ),
    ];
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0' }
global: { log_level: trace }
sources: [{ name: here, directory: . }]
checks:
${checks.map((check) => `  - ${check}`).join('\n')}
`,
    );
    const { places, checks: found } = await investigate({ dir, file, outputs: ['json', 'text', 'markdown'] });
    places.delete('the environment of commands'); // their own variables stand there
    noneLeaks(canaries, places);
    expect(statuses(found)).to.include({
      'salt-broken': 'error',
      'salt-cut': 'error',
      'salt-synced': 'in_sync',
      'print-0': 'in_sync',
      'print-2': 'drifted',
      'print-9': 'error',
      'env-0': 'in_sync',
      'env-2': 'drifted',
      'env-9': 'error',
    });
    expect(toldFiles(found, 'salt')).to.deep.equal(Object.keys(FILES));
    expect(JSON.stringify(found.find(({ check }) => check === 'chef'))).to.include('/etc/app.ini');
    const report = found.find(({ check }) => check === 'report');
    expect(report?.drift.map(({ address }) => address)).to.deep.equal(['a']);
    expect(JSON.stringify(report?.drift)).to.include('/db_password').and.include('/url');
    expect(canaries.count).to.be.above(100);
    await remove();
  });
});
