import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { salt } from '../../../checkers/salt/index.ts';
import { conformanceTests } from '../../../src/testing/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';

const HIGHSTATE = join(import.meta.dirname, 'fixtures/highstate.json');
const IN_SYNC = {
  'web-01': { 'file_|-a_|-/a_|-managed': { result: true, changes: {}, comment: 'in the correct state' } },
};
const PENDING = {
  'web-01': { 'file_|-a_|-/a_|-managed': { result: null, changes: {}, comment: 'set to be changed' } },
};

describe('the salt checker', () => {
  let dir: string;
  let bin: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-salt-'));
    bin = join(dir, 'bin');
    await mkdir(bin);
  });

  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  describe('reads a highstate in test mode', () => {
    let found: Sum;

    beforeEach(async () => {
      await copyFile(HIGHSTATE, join(dir, 'highstate.json'));
      found = await check({ mode: 'reports', directory: '.' });
    });

    it('a result of null is drift, with its changes', () => {
      expect(found.drift.map(({ address, type, action }) => [address, type, action])).to.deep.equal([
        ['web-01/motd (/etc/motd) : file.managed', 'file.managed', 'update'],
        ['web-01/nginx : pkg.installed', 'pkg.installed', 'update'],
        ['web-01/nginx : service.running', 'service.running', 'update'],
        ['web-01/key (/etc/ssl/private/web.key) : file.managed', 'file.managed', 'update'],
        ['web-01/app (/etc/app.conf) : file.managed', 'file.managed', 'create'],
        ['web-01/old (/etc/old.conf) : file.absent', 'file.absent', 'delete'],
        ['web-01/dir (/srv/app) : file.directory', 'file.directory', 'create'],
        ['web-01/swap (vm.swappiness) : sysctl.present', 'sysctl.present', 'update'],
        ['web-06/motd (/etc/motd) : file.managed', 'file.managed', 'update'],
      ]);
      const [motd, nginx, service] = found.drift;
      expect(motd?.changes).to.deep.equal([
        { op: 'replace', path: '/content/1', live: known('hello\nWORLD\n'), desired: known('hello\nworld\n') },
        { op: 'replace', path: '/mode', desired: known('0644') },
      ]);
      expect(nginx?.changes).to.deep.equal([{ op: 'add', path: '/installed/nginx', desired: known('1.22.1-9') }]);
      expect(service?.changes, 'only a comment').to.deep.equal([
        { op: 'replace', path: '/would', desired: known('Service nginx is set to start') },
      ]);
      expect(found.drift.at(-2)?.changes).to.deep.equal([
        { op: 'replace', path: '/vm.swappiness', live: known('60'), desired: known('10') },
      ]);
      expect(found.drift.at(-1)?.changes, 'pchanges of Salt 2018').to.have.lengthOf(1);
    });

    it('no secret file is shown', () => {
      expect(JSON.stringify(found)).not.to.contain('private-words');
      expect(found.drift[3]?.changes).to.deep.equal([
        { op: 'replace', path: '/content', live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } },
      ]);
    });

    it('a command is not compared, and what is the same counts as compared', () => {
      expect(found.notCompared.map(({ address }) => address)).to.deep.equal([
        'web-01/migrate (/opt/app/migrate) : cmd.run',
      ]);
      expect(found.resources).to.equal(10);
    });

    it('each minion that could not be looked at is a failure of its own reason', () => {
      expect(found.failures.map(({ reason, address }) => [reason, address])).to.deep.equal([
        ['task_failed', 'web-01/deploy : user.present'],
        ['dependency', 'web-01/app : service.running'],
        ['unreachable', 'web-02'],
        ['invalid', 'web-03'],
        ['locked', 'web-04'],
        ['invalid', 'web-05/states : no.None'],
        ['unreachable', 'web-07'],
      ]);
      expect(found.failures[3]?.message).to.match(/^web-03: Rendering SLS 'base:web\.nginx' failed/);
    });
  });

  it('runs salt on a master: test mode, JSON, the target and its kind', async () => {
    await program('salt', `printf '%s\\n' "$@" > '${dir}/args'; cat <<'END'\n${lines(PENDING)}\nEND\nexit 2`);
    const options = { mode: 'salt', target: 'web-*', states: ['motd', 'web.nginx'], saltenv: 'prod', timeout: '30s' };
    const found = await check({ ...options, target_type: 'compound', minions: ['web-01', 'web-09'] });
    expect(found.drift).to.have.lengthOf(1);
    expect(found.failures.map(({ reason, address }) => [reason, address])).to.deep.equal([['unreachable', 'web-09']]);
    expect((await readFile(join(dir, 'args'), 'utf8')).trim().split('\n')).to.deep.equal([
      '--out=json',
      '--out-indent=-1',
      '--no-color',
      '--timeout=30',
      '--compound',
      'web-*',
      'state.apply',
      'motd,web.nginx',
      'test=True',
      'saltenv=prod',
    ]);
  });

  it('runs salt-call without a master, with a configuration of its own', async () => {
    await program(
      'salt-call',
      `for a; do case $a in --config-dir=*) cp "\${a#*=}/minion" '${dir}/minion';; esac; done
      echo "[WARNING ] something to know"; echo '${JSON.stringify(IN_SYNC)}'`,
    );
    const found = await check({ mode: 'salt-call', file_root: 'states', pillar_root: 'pillar', minion_id: 'web-01' });
    expect([found.drift, found.failures, found.resources]).to.deep.equal([[], [], 1]);
    const config = JSON.parse(await readFile(join(dir, 'minion'), 'utf8')) as Record<string, unknown>;
    expect(config).to.include({ file_client: 'local', test: true, id: 'web-01' });
    expect(config['file_roots']).to.deep.equal({ base: [join(dir, 'states')] });
    expect(config['pillar_roots']).to.deep.equal({ base: [join(dir, 'pillar')] });
    expect(String(config['cachedir'])).to.contain('drift-context-');
  });

  it('reads one object a minion, over several lines, and 500 of them', async () => {
    const many = Array.from({ length: 500 }, (_, index) => {
      return JSON.stringify({ [`web-${index}`]: PENDING['web-01'] }, undefined, 4);
    });
    await writeFile(join(dir, 'many.json'), many.join('\n'));
    const found = await check({ mode: 'reports', directory: '.' });
    expect(found.drift).to.have.lengthOf(500);
  });

  const bad: Record<string, { script: string; reason: string; says: RegExp }> = {
    'no minion matched': {
      script: 'echo "No minions matched the target. No command was sent, no jid was assigned."; exit 2',
      reason: 'not_found',
      says: /salt: no minion returned anything \(exit code 2\): No minions matched/,
    },
    'no permission': {
      script: 'echo "[ERROR] Permission denied: /etc/salt/pki/master" >&2; exit 1',
      reason: 'forbidden',
      says: /Permission denied/,
    },
    'a master that does not answer': {
      script: 'echo "Salt request timed out. The master is not responding." >&2; exit 1',
      reason: 'unreachable',
      says: /timed out/,
    },
    'a traceback': {
      script: 'echo "Traceback (most recent call last):" >&2; exit 1',
      reason: 'bad_output',
      says: /Traceback/,
    },
    'nothing at all': { script: 'exit 0', reason: 'bad_output', says: /exit code 0\): said nothing/ },
    'output cut off': { script: `printf '{"web-01": {"file_|-a'`, reason: 'bad_output', says: /salt: expected JSON/ },
    'a list': {
      script: `echo '{"web-01": {"a": 1}}'`,
      reason: 'bad_output',
      says: /web-01: expected state returns: a/,
    },
    'keys that are no states': {
      script: `echo '{"web-01": {"motd": {"result": true}}}'`,
      reason: 'bad_output',
      says: /expected a state such as file_\|-id_\|-name_\|-managed, got "motd"/,
    },
    'a minion without states': { script: `echo '{"web-01": {}}'`, reason: 'invalid', says: /no state applies/ },
    'an unknown function': {
      script: `echo '{"web-01": "'"'"'state.apply'"'"' is not available."}'`,
      reason: 'unsupported',
      says: /is not available/,
    },
    'a pillar that does not render': {
      script: `echo '{"web-01": ["Pillar failed to render with the following messages:", "Specified SLS x is not found"]}'`,
      reason: 'invalid',
      says: /Pillar failed to render/,
    },
  };
  for (const [title, { script, reason, says }] of Object.entries(bad)) {
    it(`${title} is ${reason}`, async () => {
      await program('salt', script);
      const { failures, drift, resources } = await check({ mode: 'salt', target: '*' });
      expect([drift, resources]).to.deep.equal([[], 0]);
      expect(failures.map((failure) => failure.reason)).to.deep.equal([reason]);
      expect(failures[0]?.message).to.match(says);
    });
  }

  it('no salt at all, an old report and an empty one are failures', async () => {
    const none = await check({ mode: 'salt', target: '*', salt: 'salt-that-is-not-there' });
    expect(none.failures.map(({ reason }) => reason)).to.deep.equal(['not_found']);
    await writeFile(join(dir, 'empty.json'), '');
    await writeFile(join(dir, 'old.json'), JSON.stringify(IN_SYNC));
    await utimes(join(dir, 'old.json'), new Date('2020-01-01'), new Date('2020-01-01'));
    const { failures } = await check({ mode: 'reports', directory: '.', minions: ['web-01'] });
    expect(failures.map(({ reason, address }) => [reason, address])).to.deep.equal([
      ['bad_output', 'empty.json'],
      ['stale', 'old.json'],
      ['unreachable', 'web-01'],
    ]);
  });

  async function program(name: string, script: string): Promise<void> {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }

  async function check(options: object): Promise<Sum> {
    const env = { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
    const context = await checkerContext({ sourceDir: dir, env });
    try {
      return await sumOfRun(salt, options, context);
    } finally {
      await context.cleanup();
    }
  }
});

describe('the salt checker as a checker', () => {
  const written =
    (content: object) =>
    async (dir: string): Promise<Record<string, unknown>> => {
      await writeFile(join(dir, 'a.json'), JSON.stringify(content));
      return { mode: 'reports', directory: '.' };
    };
  const tests = conformanceTests(salt, {
    scenarios: [
      { title: 'is in sync', prepare: written(IN_SYNC), expect: { status: 'in_sync' } },
      {
        title: 'finds drift',
        prepare: written(PENDING),
        expect: { status: 'drifted', drifted: ['web-01/a (/a) : file.managed'] },
      },
      {
        title: 'fails on a minion that did not return',
        prepare: written({ 'web-01': false }),
        expect: { status: 'error', failures: ['unreachable'] },
      },
    ],
    slow: {
      prepare: async (dir) => {
        const program = join(dir, 'salt');
        await writeFile(program, '#!/bin/sh\nsleep 120\n', { mode: 0o755 });
        return { mode: 'salt', target: '*', salt: program };
      },
    },
    badOptions: {
      'no mode': { target: '*' },
      'no target': { mode: 'salt' },
      'a target that is an option': { mode: 'salt', target: '--help' },
      'a state that is an option': { mode: 'salt-call', states: ['-x'] },
      'a file root outside the source': { mode: 'salt-call', file_root: '/srv/salt' },
    },
  });
  for (const { title, run } of tests) it(title, run);
});

function known(value: string): { kind: 'known'; value: string } {
  return { kind: 'known', value };
}

function lines(minions: object): string {
  return Object.entries(minions)
    .map(([minion, states]) => JSON.stringify({ [minion]: states as unknown }))
    .join('\n');
}
