import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { puppet } from '../../../checkers/puppet/index.ts';
import type { Cause, Change } from '../../../src/checker.ts';
import { fingerprint } from '../../../src/testing/fingerprint.ts';
import { checkerContext, sumOfRun, type Sum, type TestContextOptions } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const HOW = 'apt-get install puppet-agent';
const run = promisify(execFile);

describe('puppet apply on a real host', function () {
  let root: string;
  let source: string;
  let live: string;
  let checkDir: string;
  let inSync: Sum;

  before(async function () {
    needs(this, { puppet: HOW });
    root = await mkdtemp(join(tmpdir(), 'drift-puppet-'));
    [source, live, checkDir] = [join(root, 'source'), join(root, 'live'), join(root, 'check')];
    await cp(join(FIXTURES, 'environment'), source, { recursive: true });
    await applyForReal();
    inSync = await check({ revision: 'aaaa' });
  });

  after(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it('is in sync after an apply, and says what it did not compare', () => {
    const found = inSync;
    expect(found.drift).to.deep.equal([]);
    expect(found.failures).to.deep.equal([]);
    expect(found.resources).to.be.greaterThan(9);
    expect(found.notCompared.map(({ address, why }) => [withoutHost(address), why])).to.have.deep.members([
      ['Exec[bare]', 'an exec without unless, onlyif, creates or refreshonly is pending in every run'],
      [`File[${live}/elsewhen]`, 'skipped by its schedule or by tags'],
    ]);
    expect(found.notices.map(({ kind, address }) => [kind, withoutHost(address)])).to.deep.equal([
      ['never_converges', 'Notify[greeting]'],
    ]);
  });

  it('sees what is in sync also where Puppet is told to leave it out of its report, as Puppet 8 is', async () => {
    const wrapper = join(root, 'puppet-8');
    await writeFile(wrapper, '#!/bin/sh\nexec puppet "$@" --exclude_unchanged_resources\n', { mode: 0o755 });
    const found = await check({ checkDir: join(root, 'puppet-8-check') }, { puppet: wrapper });
    expect(found).to.deep.equal(inSync);
  });

  describe('after people changed the host', () => {
    let found: Sum;
    let untouched: unknown;

    before(async () => {
      await driftEverything();
      untouched = [await fingerprint(live), await fingerprint(source)];
      found = await check({ revision: 'aaaa' });
    });

    const cases: Record<string, { ref: () => string; action?: string; changes: () => Change[] }> = {
      'content, as text on both sides': {
        ref: () => `File[${live}/motd]`,
        changes: () => [replace('/content/1', 'hello\nWORLD\n', 'hello\nworld\n')],
      },
      'the content of a template': {
        ref: () => `File[${live}/app.conf]`,
        changes: () => [replace('/content/1', 'role = web\nlisten = 80\n', 'role = web\nlisten = 80\nlisten = 443\n')],
      },
      'a file served by a module, and its mode': {
        ref: () => `File[${live}/static.txt]`,
        changes: () => [replace('/content/1', 'from an editor\n', 'from the module\n')],
      },
      'the target of a link': {
        ref: () => `File[${live}/current]`,
        changes: () => [replace('/target', '/etc/hostname', `${live}/motd`)],
      },
      'a file that should be gone': {
        ref: () => `File[${live}/obsolete]`,
        action: 'delete',
        changes: () => [{ op: 'remove', path: '/ensure', live: { kind: 'known', value: 'file' } }],
      },
      'a file in a purged directory': {
        ref: () => `File[${live}/conf.d/stray.conf]`,
        action: 'delete',
        changes: () => [{ op: 'remove', path: '/ensure', live: { kind: 'known', value: 'file' } }],
      },
      'a sensitive content, without any value, and the mode beside it': {
        ref: () => `File[${live}/password]`,
        changes: () => [
          { op: 'replace', path: '/content', live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } },
          replace('/mode', '0644', '0600'),
        ],
      },
      'a line, by a type of a module': {
        ref: () => 'Demo_line[root login]',
        action: 'create',
        changes: () => [{ op: 'add', path: '/ensure', desired: { kind: 'known', value: 'present' } }],
      },
      'an exec whose guard says so': {
        ref: () => 'Exec[make marker]',
        changes: () => [{ op: 'replace', path: '/returns', live: known('notrun'), desired: known(['0']) }],
      },
      'a file that is missing, though the manifest says noop => false': {
        ref: () => `File[${live}/enforced]`,
        action: 'create',
        changes: () => [{ op: 'add', path: '/ensure', desired: { kind: 'known', value: 'file' } }],
      },
    };
    for (const [title, { ref, action = 'update', changes }] of Object.entries(cases)) {
      it(`finds ${title}`, () => {
        const drift = found.drift.find(({ address }) => withoutHost(address) === ref());
        expect(drift?.action).to.equal(action);
        expect(drift?.changes).to.deep.equal(changes());
        expect(drift?.type).to.equal(ref().replace(/\[.*/, ''));
        expect(drift?.address).to.equal(`${drift?.scope}/${ref()}`);
      });
    }

    it('finds nothing else, and no failure, with exit code 0 as Puppet gives it', () => {
      expect(found.drift).to.have.lengthOf(Object.keys(cases).length);
      expect(found.failures).to.deep.equal([]);
    });

    it('says where the resource is written', () => {
      const drift = found.drift.find(({ address }) => address.endsWith('/motd]'));
      expect(drift?.origin).to.deep.equal({ file: 'modules/demo/manifests/init.pp', line: 11 });
    });

    it('knows that the live side moved, for what an earlier run saw in sync', () => {
      const causes = new Map(found.drift.map(({ address, cause }) => [withoutHost(address), cause]));
      const expected: [string, Cause][] = [
        [`File[${live}/motd]`, 'out_of_band'],
        [`File[${live}/static.txt]`, 'out_of_band'],
        [`File[${live}/enforced]`, 'out_of_band'],
        [`File[${live}/conf.d/stray.conf]`, 'unknown'],
      ];
      expect(expected.map(([ref]) => [ref, causes.get(ref)])).to.deep.equal(expected);
    });

    it('leaves the live system and the source as they were', async () => {
      expect([await fingerprint(live), await fingerprint(source)]).to.deep.equal(untouched);
    });

    it('carries no sensitive value anywhere', async () => {
      expect(JSON.stringify(found)).not.to.contain('correct-horse');
      expect(JSON.stringify(found)).not.to.contain('typed-by-hand');
      const kept = await run('cat', ['--', ...(await filesBelow(checkDir))]);
      expect(kept.stdout).to.contain('File[').and.not.to.contain('horse');
    });

    it('knows that git moved, for what is declared differently now, and keeps the causes of the rest', async () => {
      await writeFile(join(source, 'data/common.yaml'), 'demo::greeting: good evening\n');
      const later = await check({ revision: 'bbbb' });
      const cause = (name: string): Cause | undefined =>
        later.drift.find(({ address }) => address.endsWith(`/${name}]`))?.cause;
      expect(cause('motd')).to.equal('unapplied');
      expect(cause('app.conf')).to.equal('out_of_band');
      expect(cause('static.txt'), 'its content is not in the catalog').to.equal('unknown');
    });
  });

  describe('what cannot be known', () => {
    const failing: Record<
      string,
      { code: string; options?: object; reason: string; says: RegExp; resources?: number }
    > = {
      'a syntax error': {
        code: "file { '/tmp/x' ensure => file }",
        reason: 'invalid',
        says: /Syntax error at 'ensure' \(file: site\.pp, line: 1/,
      },
      'a class that is not there': {
        code: 'include nowhere',
        reason: 'invalid',
        says: /Could not find class ::nowhere/,
      },
      'a function of a module that is not there': {
        code: "notify { stdlib::ip_in_range('10.0.0.1', '10.0.0.0/8'): }",
        reason: 'invalid',
        says: /Unknown function: 'stdlib::ip_in_range'/,
      },
      'a type of a module that is not there': {
        code: "firewall { '100 ssh': dport => 22 }",
        reason: 'invalid',
        says: /Unknown resource type: 'firewall'/,
      },
      'a resource declared twice': {
        code: "file { '/tmp/x': }\nfile { '/tmp/x': }",
        reason: 'invalid',
        says: /Duplicate declaration: File\[\/tmp\/x\]/,
      },
      'a failing function': { code: "fail('not for this role')", reason: 'invalid', says: /not for this role/ },
      'a manifest that is not there': {
        code: '',
        options: { manifest: 'gone.pp' },
        reason: 'not_found',
        says: /Could not find file gone\.pp/,
      },
      'a hiera configuration that cannot be read': {
        code: "notify { lookup('x'): }",
        options: { hiera_config: 'site.pp' },
        reason: 'invalid',
        says: /site\.pp/,
      },
      'no Puppet on the host': {
        code: '',
        options: { puppet: 'puppet-that-is-not-there' },
        reason: 'not_found',
        says: /puppet-that-is-not-there: no such program on PATH/,
      },
    };
    for (const [title, { code, options = {}, reason, says }] of Object.entries(failing)) {
      it(`${title} is a failure with Puppet's own message`, async () => {
        const found = await checkManifest(code, options);
        expect(found.failures).to.have.lengthOf(1);
        expect(found.failures[0]?.reason).to.equal(reason);
        expect(found.failures[0]?.message).to.match(says).and.not.to.contain(root).and.not.to.contain('drift-context');
        expect([found.drift, found.resources]).to.deep.equal([[], 0]);
      });
    }

    it('a dependency cycle fails the run and its members', async () => {
      const code = "file { '/tmp/x': require => File['/tmp/y'] }\nfile { '/tmp/y': require => File['/tmp/x'] }";
      const { failures, drift, resources } = await checkManifest(code);
      expect(failures.map(({ reason, address }) => [reason, withoutHost(address)])).to.have.deep.members([
        ['invalid', undefined],
        ['dependency', 'File[/tmp/x]'],
        ['dependency', 'File[/tmp/y]'],
      ]);
      expect(failures[0]?.message).to.match(/Found 1 dependency cycle/);
      expect([drift, resources]).to.deep.equal([[], 0]);
    });

    it('a resource that fails hides no other, and what depends on it is not called in sync', async () => {
      const code = [
        "file { '/nowhere/here': source => 'puppet:///modules/gone/file' }",
        `file { '${root}/dependent': content => 'x', require => File['/nowhere/here'] }`,
        `file { '${root}/other': content => 'x' }`,
      ].join('\n');
      const { failures, drift } = await checkManifest(code);
      expect(drift.map(({ address }) => withoutHost(address))).to.deep.equal([`File[${root}/other]`]);
      expect(failures.map(({ reason, address }) => [reason, withoutHost(address)])).to.have.deep.members([
        ['task_failed', 'File[/nowhere/here]'],
        ['dependency', `File[${root}/dependent]`],
      ]);
      expect(failures.find(({ reason }) => reason === 'dependency')?.message).to.equal(
        'Dependency File[/nowhere/here] has failures: true',
      );
    });

    it('a guard that left its process group is ended with the run', async () => {
      const pidFile = join(root, 'guard.pid');
      const guard = `/usr/bin/setsid /bin/sh -c "echo \\$\\$ > ${pidFile}; exec sleep 300"`;
      const code = `exec { 'slow': command => '/bin/true', unless => '${guard}' }`;
      const found = await checkManifest(code, {}, { timeoutMs: 5_000 });
      expect(found.failures.map(({ reason }) => reason)).to.deep.equal(['timeout']);
      const pid = (await readFile(pidFile, 'utf8')).trim();
      const { stdout } = await run('ps', ['-o', 'stat=', '-p', pid]).catch(() => ({ stdout: 'gone' }));
      expect(stdout, 'a zombie nobody has reaped yet counts as ended').to.match(/^(Z|gone)/);
    });
  });

  it('takes a tarball from the source, as masterless Puppet is distributed', async () => {
    const dir = join(root, 'tarball');
    await mkdir(dir);
    await run('tar', ['-czf', join(dir, 'puppet.tar.gz'), '-C', join(FIXTURES, 'environment'), '.']);
    const changed = { ...facts(live), role: 'db' };
    const found = await check(
      { checkDir: join(root, 'tarball-check') },
      { archive: 'puppet.tar.gz', facts: changed },
      dir,
    );
    expect(found.failures).to.deep.equal([]);
    expect(found.drift.map(({ address, origin }) => [withoutHost(address), origin?.file])).to.deep.equal([
      [`File[${live}/app.conf]`, 'modules/demo/manifests/init.pp'],
    ]);
  });

  async function check(context: Partial<TestContextOptions>, extra: object = {}, sourceDir = source): Promise<Sum> {
    const options = { mode: 'apply', environment_dir: '.', facts: facts(live), ...extra };
    return checkWith(options, { sourceDir, checkDir, ...context });
  }

  async function checkManifest(code: string, extra: object = {}, context: object = {}): Promise<Sum> {
    const dir = await mkdtemp(join(root, 'manifest-'));
    await writeFile(join(dir, 'site.pp'), code);
    return checkWith({ mode: 'apply', manifest: 'site.pp', ...extra }, { sourceDir: dir, ...context });
  }

  async function applyForReal(): Promise<void> {
    const vars = join(root, 'real');
    const factsDir = join(vars, 'facts.d');
    await mkdir(factsDir, { recursive: true });
    await writeFile(join(factsDir, 'facts.json'), JSON.stringify(facts(live)));
    const dirs = ['vardir', 'confdir', 'codedir', 'rundir', 'logdir'].flatMap((name) => [`--${name}`, vars]);
    const paths = ['--modulepath', join(source, 'modules'), '--hiera_config', join(source, 'hiera.yaml')];
    await run('puppet', ['apply', ...dirs, ...paths, join(source, 'manifests')]);
  }

  async function driftEverything(): Promise<void> {
    await writeFile(join(live, 'motd'), 'hello\nWORLD\n');
    await writeFile(join(live, 'app.conf'), 'role = web\nlisten = 80\n');
    await writeFile(join(live, 'static.txt'), 'from an editor\n');
    await unlink(join(live, 'current'));
    await symlink('/etc/hostname', join(live, 'current'));
    await writeFile(join(live, 'obsolete'), 'still here\n');
    await writeFile(join(live, 'conf.d/stray.conf'), 'stray\n');
    await writeFile(join(live, 'password'), 'typed-by-hand');
    await chmod(join(live, 'password'), 0o644);
    await writeFile(join(live, 'sshd_config'), 'PermitRootLogin yes\n');
    await unlink(join(live, 'marker'));
    await unlink(join(live, 'enforced'));
  }
});

function facts(live: string): object {
  return { live_dir: live, role: 'web', service: { ports: [80, 443] } };
}

async function checkWith(options: object, context: TestContextOptions): Promise<Sum> {
  const test = await checkerContext(context);
  try {
    return await sumOfRun(puppet, options, test);
  } finally {
    await test.cleanup();
  }
}

/** `File[/etc/motd]` of `web-01/File[/etc/motd]`. */
function withoutHost(address: string | undefined): string | undefined {
  return address?.split('/').slice(1).join('/') || undefined;
}

function known(value: string | string[]): { kind: 'known'; value: string | string[] } {
  return { kind: 'known', value };
}

function replace(path: string, live: string, desired: string): Change {
  return { op: 'replace', path, live: known(live), desired: known(desired) };
}

async function filesBelow(dir: string): Promise<string[]> {
  const { stdout } = await run('find', [dir, '-type', 'f']);
  return stdout.trim().split('\n');
}
