import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { chef } from '../../../checkers/chef/index.ts';
import { conformanceTests } from '../../../src/testing/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';
import { startSshd } from '../../support/sshd.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const CHEF_CLIENT = join(FIXTURES, 'chef-client');
const LOCAL = { mode: 'local', run_list: ['recipe[base]', 'role[web]'], chef_client: CHEF_CLIENT };
const DIFF = String.raw`--- /etc/motd\n+++ /etc/.chef-motd\n@@ -1,2 +1,2 @@\n hello\n-WORLD\n+world`;

const RESOURCES = [
  {
    type: 'file',
    name: '/etc/motd',
    before: { path: '/etc/motd', mode: '0666', checksum: 'df' },
    after: { path: '/etc/motd', mode: '0644', checksum: '4a' },
    diff: DIFF,
    would: ['update content in file /etc/motd from df to 4a', "change mode from '0666' to '0644'"],
    source_line: '/var/chef/cache/cookbooks/base/recipes/default.rb:7:in `from_file',
  },
  { type: 'package', name: 'nginx', action: 'install', would: ['install version 1.22 of package nginx'] },
  { type: 'file', name: '/etc/old', action: 'delete', would: ['delete file /etc/old'] },
  {
    type: 'file',
    name: '/etc/app.conf',
    sensitive: true,
    before: { checksum: 'aa' },
    after: { checksum: 'bb' },
    diff: String.raw`--- a\n+++ b\n@@ -1 +1 @@\n-plain-secret\n+other-secret`,
    would: ['update content in file /etc/app.conf'],
  },
  {
    type: 'web_site',
    name: 'shop',
    inner: [{ type: 'file', name: '/etc/shop', would: ['create new file /etc/shop'] }],
  },
  { type: 'service', name: 'ssh', action: 'start' },
  { type: 'execute', name: 'migrate', action: 'run', would: ['execute ./migrate'] },
  { type: 'execute', name: 'guarded', action: 'run', not_if: ['test -e /x'], would: ['execute ./guarded'] },
  { type: 'execute', name: 'skipped', action: 'run', skipped: 'not_if "test -e /x"' },
  { type: 'old_lwrp', name: 'x', bypassed: 'the group app would have been created' },
  { type: 'service', name: 'notified', action: 'nothing' },
  { type: 'remote_file', name: '/tmp/x', ignore_failure: true, failed: '404 Not Found' },
];

describe('the chef checker', function () {
  let dir: string;

  before(function () {
    needs(this, { ruby: 'apt-get install ruby' });
  });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-chef-'));
  });

  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  describe('reads the events of a why-run', () => {
    let found: Sum;

    beforeEach(async () => {
      found = await check(LOCAL, { node: 'web-01', resources: RESOURCES });
    });

    it('what would be updated is drift', () => {
      expect(found.drift.map(({ address, type, action }) => [address, type, action])).to.deep.equal([
        ['web-01/file[/etc/motd]', 'file', 'update'],
        ['web-01/package[nginx]', 'package', 'create'],
        ['web-01/file[/etc/old]', 'file', 'delete'],
        ['web-01/file[/etc/app.conf]', 'file', 'update'],
        ['web-01/web_site[shop]', 'web_site', 'update'],
        ['web-01/execute[guarded]', 'execute', 'update'],
      ]);
      expect(found.drift[0]?.origin).to.deep.equal({ file: 'cookbooks/base/recipes/default.rb', line: 7 });
      expect(found.drift[0]?.changes).to.deep.equal([
        { op: 'replace', path: '/content/1', live: known('hello\nWORLD\n'), desired: known('hello\nworld\n') },
        { op: 'replace', path: '/mode', live: known('0666'), desired: known('0644') },
      ]);
      expect(found.drift[4]?.changes).to.deep.equal([
        { op: 'add', path: '/would/0', desired: known('file[/etc/shop]: create new file /etc/shop') },
      ]);
    });

    it('a sensitive resource shows no value', () => {
      expect(JSON.stringify(found)).not.to.contain('secret');
      expect(found.drift[3]?.changes).to.deep.equal([
        { op: 'replace', path: '/checksum', live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } },
      ]);
    });

    it('tells what was not compared and what failed on purpose from what is the same', () => {
      expect(found.notCompared.map(({ address, why }) => [address, why])).to.deep.equal([
        ['web-01/execute[migrate]', 'a command without a guard runs in every converge'],
        ['web-01/old_lwrp[x]', 'not evaluated in why-run mode: the group app would have been created'],
      ]);
      expect(found.notices).to.deep.equal([
        { kind: 'ignored_error', message: '404 Not Found', address: 'web-01/remote_file[/tmp/x]' },
      ]);
      expect([found.failures, found.resources]).to.deep.equal([[], 9]);
    });

    it('asks for a why-run in local mode, with caches and locks of its own', async () => {
      const args = (await readFile(join(dir, 'scenario.json.args'), 'utf8')).split('\n');
      expect(args).to.include.members(['--why-run', '--local-mode', '--no-fork', '--override-runlist']);
      expect(args).to.include('recipe[base],role[web]');
      const config = JSON.parse(await readFile(join(dir, 'scenario.json.config'), 'utf8')) as Record<string, string>;
      expect([config['why_run'], config['chef_repo_path']]).to.deep.equal(['true', dir]);
      for (const name of ['node_path', 'file_cache_path', 'file_backup_path', 'lockfile', 'pid_file']) {
        expect(config[name]).to.contain('drift-context-');
      }
    });
  });

  it('a resource that fails ends the run: what comes after it is not in sync', async () => {
    const resources = [
      ...RESOURCES.slice(0, 1),
      { type: 'package', name: 'gone', failed: 'no candidate' },
      ...RESOURCES,
    ];
    const found = await check(LOCAL, { node: 'web-01', resources });
    expect(found.drift).to.have.lengthOf(1);
    expect(found.failures.map(({ reason, message, address }) => [reason, message, address])).to.deep.equal([
      ['task_failed', 'no candidate', 'web-01/package[gone]'],
      ['dependency', 'web-01: the run ended at web-01/package[gone]', 'web-01'],
    ]);
  });

  const dead: Record<string, { scenario: object; reason: string; says: RegExp }> = {
    'a cookbook that is not there': {
      scenario: { node: 'web-01', error: 'Chef::Exceptions::CookbookNotFound: Cookbook shop not found' },
      reason: 'invalid',
      says: /Cookbook shop not found/,
    },
    'a server that does not answer': {
      scenario: { node: 'web-01', error: 'Connection refused connecting to https://chef.example.org' },
      reason: 'unreachable',
      says: /Connection refused/,
    },
    'a license that nobody accepted': {
      scenario: { dies: 'Chef Infra License: not accepted' },
      reason: 'forbidden',
      says: /exit code 1 before its run was over: Chef Infra License/,
    },
    'a key that is refused': {
      scenario: { dies: 'ERROR: 401 "Unauthorized"' },
      reason: 'unauthenticated',
      says: /401/,
    },
    'attributes that are not there': {
      scenario: { dies: '[2026-11-21T10:20:56+00:00] FATAL: Cannot load configuration from /srv/repo/nowhere.json' },
      reason: 'not_found',
      says: /nowhere\.json/,
    },
    'a crash': { scenario: { dies: 'segmentation fault' }, reason: 'exit_code', says: /segmentation fault/ },
  };
  for (const [title, { scenario, reason, says }] of Object.entries(dead)) {
    it(`${title} is ${reason}`, async () => {
      const { failures, drift, resources } = await check(LOCAL, scenario);
      expect([drift, resources]).to.deep.equal([[], 0]);
      expect(failures.map((failure) => failure.reason)).to.deep.equal([reason]);
      expect(failures[0]?.message).to.match(says);
    });
  }

  it('a chef_repo that is not in the source is not_found, and is not created', async () => {
    const { failures } = await check({ ...LOCAL, chef_repo: 'nowhere' }, { node: 'web-01', resources: [] });
    expect(failures.map(({ reason, message }) => [reason, message])).to.deep.equal([
      ['not_found', 'chef_repo: expected a directory in the source, got "nowhere"'],
    ]);
    expect(await readdir(dir)).not.to.include('nowhere');
  });

  it('no chef-client on the host is not_found', async () => {
    const { failures } = await check({ ...LOCAL, chef_client: 'chef-client-that-is-not-there' }, {});
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['not_found']);
  });

  it('reads the host’s own client.rb first, and can do all that over SSH', async function () {
    needs(this, { ssh: 'apt-get install openssh-client', sshd: 'apt-get install openssh-server' });
    await mkdir('/run/sshd', { recursive: true });
    await mkdir(join(dir, 'tmp'));
    await writeFile(join(dir, 'client.rb'), "Chef::Config[:chef_server_url] = 'https://chef.example.org'\n");
    await writeFile(join(dir, 'scenario.json'), JSON.stringify({ node: 'web-01', resources: RESOURCES }));
    const sshd = await startSshd([`SetEnv SCENARIO=${join(dir, 'scenario.json')} TMPDIR=${join(dir, 'tmp')}`]);
    try {
      await writeFile(join(dir, 'known_hosts'), sshd.knownHosts());
      const { port, user, identityFile } = sshd;
      const remote = { hosts: ['127.0.0.1', 'no-such-host.invalid'], port, user, identity_file: identityFile };
      const options = { mode: 'server', client_rb: join(dir, 'client.rb'), chef_client: CHEF_CLIENT };
      const found = await check({ ...options, remote: { ...remote, known_hosts_file: join(dir, 'known_hosts') } });
      expect(found.failures.map(({ reason, address }) => [reason, address])).to.deep.equal([
        ['unreachable', 'no-such-host.invalid'],
      ]);
      expect(found.drift.map(({ address }) => address)).to.include('127.0.0.1/file[/etc/motd]');
      expect(await readFile(join(dir, 'scenario.json.config'), 'utf8')).to.contain('https://chef.example.org');
      expect(await readdir(join(dir, 'tmp'))).to.deep.equal([]);
    } finally {
      await sshd.close();
    }
  });

  it('reads what the data collector wrote of a converge: what it put right is a notice', async () => {
    const now = new Date().toISOString();
    const written = (await readFile(join(FIXTURES, 'run-converge.json'), 'utf8')).replace('2026-11-21T07:00:00Z', now);
    await writeFile(join(dir, 'db-01.json'), written);
    const found = await check({ mode: 'reports', directory: '.' });
    expect(found.drift).to.deep.equal([]);
    expect(found.notices.map(({ kind, address }) => [kind, address])).to.deep.equal([
      ['outside_change', 'db-01/file[/etc/motd]'],
    ]);
    expect(found.notCompared.map(({ address }) => address)).to.deep.equal(['db-01/service[nginx]']);
    expect(found.failures.map(({ reason, address }) => [reason, address])).to.deep.equal([
      ['task_failed', 'db-01/package[nginx]'],
      ['dependency', 'db-01'],
    ]);
  });

  const NODE = { event: 'node', version: 1, node: 'db-01', time: new Date().toISOString() };
  const END = { event: 'end', status: 'success' };
  const jsonl = (...events: object[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');
  const bad: Record<string, { name: string; content: string; reason: string; says: RegExp }> = {
    'an empty file': { name: 'a.jsonl', content: '', reason: 'bad_output', says: /got nothing/ },
    'lines cut off': {
      name: 'a.jsonl',
      content: jsonl(NODE).slice(0, -5),
      reason: 'bad_output',
      says: /line 1: cut off/,
    },
    'a run without its end': {
      name: 'a.jsonl',
      content: jsonl(NODE),
      reason: 'bad_output',
      says: /db-01: the run is cut off/,
    },
    'lines that are no JSON': {
      name: 'a.jsonl',
      content: 'Starting Chef\n',
      reason: 'bad_output',
      says: /line 1: expected a JSON/,
    },
    'events of another version': {
      name: 'a.jsonl',
      content: jsonl({ ...NODE, version: 2 }, END),
      reason: 'bad_output',
      says: /line 1: version: /,
    },
    'an unknown event': {
      name: 'a.jsonl',
      content: jsonl({ event: 'x' }),
      reason: 'bad_output',
      says: /line 1: event: /,
    },
    'an old run': {
      name: 'a.jsonl',
      content: jsonl({ ...NODE, time: '2020-01-01T00:00:00Z' }, END),
      reason: 'stale',
      says: /db-01: the run is of 2020-01-01T00:00:00Z, .*; allowed: 120 min/,
    },
    'a time that is none': {
      name: 'a.jsonl',
      content: jsonl({ ...NODE, time: 'noon' }, END),
      reason: 'bad_output',
      says: /expected the time of the run, got "noon"/,
    },
    'another message of the data collector': {
      name: 'a.json',
      content: '{"message_type": "run_start"}',
      reason: 'bad_output',
      says: /no run_converge message of Chef: message_type/,
    },
    'JSON cut off': {
      name: 'a.json',
      content: '{"message_type": "run_con',
      reason: 'bad_output',
      says: /a\.json: expected JSON/,
    },
  };
  for (const [title, { name, content, reason, says }] of Object.entries(bad)) {
    it(`${title} is ${reason}, and hides no other run`, async () => {
      await writeFile(join(dir, name), content);
      await writeFile(join(dir, 'b.jsonl'), jsonl({ ...NODE, node: 'db-02' }, END));
      const { failures } = await check({ mode: 'reports', directory: '.', nodes: ['db-02'] });
      expect(failures.map((failure) => failure.reason)).to.deep.equal([reason]);
      expect(failures[0]?.message).to.match(says);
    });
  }

  it('a node without a run, and a second run of a node, are failures', async () => {
    for (const name of ['a.jsonl', 'b.jsonl']) await writeFile(join(dir, name), jsonl(NODE, END));
    const { failures } = await check({ mode: 'reports', directory: '.', nodes: ['db-01', 'db-02'] });
    expect(failures.map(({ reason, address }) => [reason, address])).to.deep.equal([
      ['invalid', 'b.jsonl'],
      ['not_found', 'db-02'],
    ]);
  });

  async function check(options: object, scenario?: object): Promise<Sum> {
    const file = join(dir, 'scenario.json');
    if (scenario !== undefined) await writeFile(file, JSON.stringify(scenario));
    const context = await checkerContext({ sourceDir: dir, env: { SCENARIO: file } });
    try {
      return await sumOfRun(chef, options, context);
    } finally {
      await context.cleanup();
    }
  }
});

describe('the chef checker as a checker', () => {
  const events =
    (resource: object) =>
    async (dir: string): Promise<Record<string, unknown>> => {
      const node = { event: 'node', version: 1, node: 'db-01', time: new Date().toISOString() };
      const all = [node, { event: 'resource', ...resource }, { event: 'end', status: 'success' }];
      await writeFile(join(dir, 'a.jsonl'), all.map((event) => `${JSON.stringify(event)}\n`).join(''));
      return { mode: 'reports', directory: '.' };
    };
  const motd = { type: 'file', name: '/etc/motd', result: 'create' };
  const tests = conformanceTests(chef, {
    scenarios: [
      { title: 'is in sync', prepare: events({ ...motd, status: 'up-to-date' }), expect: { status: 'in_sync' } },
      {
        title: 'finds drift',
        prepare: events({ ...motd, status: 'updated', applied: ['update content'] }),
        expect: { status: 'drifted', drifted: ['db-01/file[/etc/motd]'] },
      },
      {
        title: 'fails on a failed resource',
        prepare: events({ ...motd, status: 'failed', error_message: 'no space' }),
        expect: { status: 'error', failures: ['task_failed'] },
      },
    ],
    slow: {
      prepare: async (dir) => {
        const program = join(dir, 'chef-client');
        await writeFile(program, '#!/bin/sh\nsleep 120\n', { mode: 0o755 });
        return { ...LOCAL, chef_client: program };
      },
    },
    badOptions: {
      'no mode': { run_list: ['recipe[a]'] },
      'no run list': { mode: 'local' },
      'a run list that is an option': { mode: 'local', run_list: ['--config'] },
      'a repository outside the source': { mode: 'local', run_list: ['recipe[a]'], chef_repo: '../x' },
      'hosts in local mode': { mode: 'local', run_list: ['recipe[a]'], remote: { hosts: ['a'] } },
    },
  });
  for (const { title, run } of tests) it(title, run);
});

function known(value: string): { kind: 'known'; value: string } {
  return { kind: 'known', value };
}
