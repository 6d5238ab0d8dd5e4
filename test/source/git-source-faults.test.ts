import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pino from 'pino';
import type { CheckError } from '../../src/checker.ts';
import type { GitSourceConfig } from '../../src/config/config.ts';
import { childEnvironment } from '../../src/run/child-environment.ts';
import { createExec } from '../../src/run/exec.ts';
import { openSource } from '../../src/source/open-source.ts';
import type { Checkout, Source } from '../../src/source/source.ts';
import { makeCertificates, startGitServer, type GitServer } from '../support/git-http.ts';
import { eventually } from '../support/service.ts';
import { needs } from '../support/skips.ts';

const signal = new AbortController().signal;

describe('a git source when things go wrong', () => {
  let home: string;
  let work: string;
  let environment: Record<string, string>;
  const opened: Source[] = [];
  const servers: GitServer[] = [];

  before(function () {
    needs(this, { git: 'apt-get install git', openssl: 'apt-get install openssl' });
  });
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'drift-source-'));
    work = join(home, 'upstream');
    environment = childEnvironment(process.env, []);
    git('init', '--quiet', '--initial-branch=main', work);
    await commit({ motd: 'first' });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((source) => source.close()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
    execFileSync('chmod', ['-R', 'u+w', home]);
    await rm(home, { recursive: true, force: true });
  });

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
    }).trim();

  async function commit(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
    for (const [name, content] of Object.entries(files)) await writeFile(join(work, name), content);
    git('-C', work, 'add', '-A');
    git('-C', work, 'commit', '--quiet', '-m', 'change');
    return git('-C', work, 'rev-parse', 'HEAD');
  }

  function open(config: Partial<GitSourceConfig> = {}): Source {
    const defaults = {
      kind: 'git',
      name: 'infra',
      url: work,
      ref: 'main',
      allowedRefs: [],
      submodules: false,
    } as const;
    const limits = { intervalMs: 60_000, timeoutMs: 20_000, depth: 1, maxBytes: 2 ** 30, maxFiles: 10_000 };
    const source = openSource(
      { ...defaults, ...limits, ...config },
      {
        exec: createExec({ environment, graceMs: 500 }),
        log: pino({ level: 'silent' }),
        dataDir: join(home, 'data'),
      },
    );
    opened.push(source);
    return source;
  }

  async function serve(
    tls?: Parameters<typeof startGitServer>[1],
  ): Promise<GitServer & { readonly repository: string }> {
    const server = await startGitServer(home, tls);
    servers.push(server);
    return Object.assign(server, { repository: `${server.url}/upstream/.git` });
  }

  const motd = (checkout: Checkout): Promise<string> => readFile(join(checkout.dir, 'motd'), 'utf8');

  async function refused(work: Promise<unknown>): Promise<CheckError> {
    const error = await work.then(
      () => new Error('it was not refused'),
      (error: unknown) => error,
    );
    expect(error).to.have.property('name', 'CheckError');
    return error as CheckError;
  }

  /** What is kept of a source: its clone, and the trees of its commits. */
  async function kept(name = 'infra'): Promise<string[]> {
    const dir = join(home, 'data', name);
    const trees = await readdir(join(dir, 'trees')).catch(() => []);
    const inside = await Promise.all(trees.map((own) => readdir(join(dir, 'trees', own))));
    return [...(await readdir(dir)).filter((entry) => entry.startsWith('clone-')), ...inside.flat()];
  }

  it('trusts an HTTPS server by the certificate authority of ca_file, and no other', async () => {
    const tls = makeCertificates(home);
    const { repository: url } = await serve(tls);
    const checkout = await open({ url, caFile: tls.ca }).acquire(signal);
    expect(await motd(checkout)).to.equal('first');
    await checkout.release();
    const untrusted = await refused(open({ name: 'no-ca', url }).acquire(signal));
    expect(untrusted.reason).to.equal('unauthenticated');
    expect(untrusted.message).to.match(/certificate/);
    await mkdir(join(home, 'other'));
    const other = makeCertificates(join(home, 'other'));
    expect((await refused(open({ name: 'other-ca', url, caFile: other.ca }).acquire(signal))).reason).to.equal(
      'unauthenticated',
    );
    const missing = await refused(open({ name: 'no-file', url, caFile: join(home, 'nope.pem') }).acquire(signal));
    expect(missing).to.include({ reason: 'not_found' });
  });

  it('does not take verification off because the environment of the service says so', async () => {
    const { repository: url } = await serve(makeCertificates(home));
    environment = { ...environment, GIT_SSL_NO_VERIFY: '1', GIT_CONFIG_COUNT: '1' };
    Object.assign(environment, { GIT_CONFIG_KEY_0: 'http.sslVerify', GIT_CONFIG_VALUE_0: 'false' });
    expect((await refused(open({ url }).acquire(signal))).reason).to.equal('unauthenticated');
  });

  it('says when the name of the server is not known', async () => {
    const error = await refused(open({ url: 'https://git.invalid/infra.git' }).acquire(signal));
    expect(error.reason).to.equal('unreachable');
    expect(error.message).to.match(/Could not resolve host: git\.invalid; not fetched since the start$/);
  });

  it('gives up on a server that falls silent within a pack, and recovers when it speaks again', async () => {
    const { randomBytes } = await import('node:crypto');
    await commit({ big: randomBytes(300_000) });
    const server = await serve();
    server.hangAfter = 100_000;
    const source = open({ url: server.repository, timeoutMs: 700, intervalMs: 300 });
    source.start();
    const error = await refused(source.acquire(signal));
    expect(error).to.include({ reason: 'timeout' });
    expect(error.message).to.match(/git: still running after 0.7 s; not fetched since the start$/);
    const parts = execFileSync('find', [join(home, 'data'), '-name', 'tmp_pack_*'], { encoding: 'utf8' });
    server.hangAfter = undefined;
    const checkout = await eventually(() => source.acquire(signal).catch(() => undefined), 30);
    expect(await motd(checkout)).to.equal('first');
    await checkout.release();
    expect(parts.split('\n').length, 'what was cut off does not pile up').to.be.below(4);
  }).timeout(60_000);

  it('fails when the repository is gone, keeps what it last knew, and goes on when it is back', async () => {
    const source = open({ intervalMs: 200 });
    source.start();
    await (await source.acquire(signal)).release();
    await rename(work, `${work}-away`);
    await eventually(() => source.status().error !== undefined);
    const error = await refused(source.acquire(signal));
    expect(error.reason).to.equal('not_found');
    expect(error.message).to.match(/last fetched \d+ s ago at [0-9a-f]{40}$/);
    expect(source.status().revision).to.match(/^[0-9a-f]{40}$/);
    await rename(`${work}-away`, work);
    await eventually(() => source.status().error === undefined);
    await (await source.acquire(signal)).release();
  }).timeout(60_000);

  it('follows a history that was written anew, down to another root', async () => {
    const source = open({ intervalMs: 200, depth: 0 });
    source.start();
    await (await source.acquire(signal)).release();
    git('-C', work, 'checkout', '--quiet', '--orphan', 'other');
    const rewritten = await commit({ motd: 'rewritten' });
    git('-C', work, 'branch', '-M', 'other', 'main');
    await eventually(() => source.status().revision === rewritten);
    const checkout = await source.acquire(signal);
    expect(await motd(checkout)).to.equal('rewritten');
    await checkout.release();
  });

  describe('that is too large', () => {
    it('as a clone, is ended while it is fetched and leaves nothing', async () => {
      const { randomBytes } = await import('node:crypto');
      await commit({ big: randomBytes(6_000_000) });
      const error = await refused(open({ maxBytes: 2_000_000 }).acquire(signal));
      expect(error.reason).to.equal('too_large');
      expect(error.message).to.match(/the repository is larger than its limit \(max_bytes: 2000000\)/);
      expect(await kept()).to.deep.equal([]);
    });

    it('only when it is unpacked, is refused before it is', async () => {
      await commit({ bomb: Buffer.alloc(50_000_000) });
      const error = await refused(open({ maxBytes: 2_000_000 }).acquire(signal));
      expect(error.reason).to.equal('too_large');
      expect(error.message).to.match(/the files of [0-9a-f]{40} are 5\d{7} bytes; the limit is max_bytes: 2000000/);
      expect((await kept()).filter((name) => !name.startsWith('clone-'))).to.deep.equal([]);
    });

    it('in number, is refused', async () => {
      await commit(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, 'x'])));
      const error = await refused(open({ maxFiles: 20 }).acquire(signal));
      expect(error.reason).to.equal('too_large');
      expect(error.message).to.match(/are 31 in number; the limit is max_files: 20/);
    });

    it('as trees within trees, which are few objects and billions of files', async () => {
      let entry = `100644 blob ${git('-C', work, 'hash-object', '-w', 'motd')}`;
      for (let depth = 0; depth < 10; depth++) {
        const listing = Array.from({ length: 10 }, (_, index) => `${entry}\tx${index}\n`).join('');
        const tree = execFileSync('git', ['-C', work, 'mktree'], { input: listing, encoding: 'utf8' }).trim();
        entry = `040000 tree ${tree}`;
      }
      const bomb = git('-C', work, 'commit-tree', entry.slice(-40), '-m', 'bomb');
      git('-C', work, 'update-ref', 'refs/heads/main', bomb);
      const error = await refused(open().acquire(signal));
      expect(error.reason).to.equal('too_large');
      expect(error.message).to.match(/max_files: 10000/);
      expect((await kept()).filter((name) => !name.startsWith('clone-'))).to.deep.equal([]);
    }).timeout(60_000);
  });

  it('runs no program that a repository, the user or the environment names', async () => {
    const ran = join(home, 'ran');
    const touch = (what: string): string => `touch ${ran}-${what};`;
    const evil = join(home, 'evil');
    await mkdir(join(evil, 'hooks'), { recursive: true });
    for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction', 'pre-auto-gc'])
      await writeFile(join(evil, 'hooks', hook), `#!/bin/sh\n${touch(hook)}\n`, { mode: 0o755 });
    const settings: readonly (readonly [string, string])[] = [
      ['core.hooksPath', join(evil, 'hooks')],
      ['core.fsmonitor', touch('fsmonitor')],
      ['core.sshCommand', touch('ssh')],
      ['core.alternateRefsCommand', touch('alternates')],
      ['core.pager', touch('pager')],
      ['core.editor', touch('editor')],
      ['core.gitProxy', touch('proxy')],
      ['core.askPass', touch('askpass')],
      ['credential.helper', `!${touch('credential')}`],
      ['filter.evil.smudge', touch('smudge')],
      ['filter.evil.process', touch('process')],
      ['filter.evil.required', 'true'],
      ['uploadpack.packObjectsHook', touch('pack')],
      ['url.ext::false.insteadOf', work],
      ['protocol.ext.allow', 'always'],
      ['gpg.program', touch('gpg')],
      ['log.showSignature', 'true'],
      ['remote.origin.uploadpack', touch('uploadpack')],
      ['include.path', join(evil, 'more')],
    ];
    await writeFile(join(evil, 'more'), `[core]\n\tfsmonitor = ${touch('included')}\n`);
    const user = join(home, 'user');
    await mkdir(user);
    for (const [key, value] of settings) {
      if (key !== 'url.ext::false.insteadOf') git('-C', work, 'config', key, value);
      git('config', '--file', join(user, '.gitconfig'), key, value);
    }
    for (const name of await readdir(join(evil, 'hooks')))
      await writeFile(join(work, '.git/hooks', name), `#!/bin/sh\n${touch(`repository-${name}`)}\n`, { mode: 0o755 });
    await writeFile(join(work, '.gitattributes'), '* filter=evil diff=evil merge=evil\n');
    await writeFile(join(work, '.gitconfig'), `[core]\n\tfsmonitor = ${touch('tree')}\n`);
    const plain = { PATH: process.env['PATH'], HOME: home };
    const committing = [
      '-c',
      'filter.evil.required=false',
      '-c',
      'filter.evil.process=',
      '-c',
      'core.hooksPath=/dev/null',
    ];
    const quiet = [...committing, '-c', 'core.fsmonitor=false', '-c', 'user.name=a', '-c', 'user.email=a@example.org'];
    for (const args of [
      ['add', '-A'],
      ['commit', '-qm', 'evil'],
    ])
      execFileSync('git', [...quiet, '-C', work, ...args], { env: plain, stdio: 'ignore' });
    execFileSync('sh', ['-c', `rm -f '${ran}'-*`]);
    environment = {
      ...environment,
      HOME: user,
      XDG_CONFIG_HOME: user,
      GIT_CONFIG_GLOBAL: join(user, '.gitconfig'),
      GIT_CONFIG_SYSTEM: join(user, '.gitconfig'),
      GIT_SSH_COMMAND: touch('env-ssh'),
      GIT_ASKPASS: join(evil, 'hooks/post-checkout'),
      GIT_EXTERNAL_DIFF: touch('env-diff'),
      GIT_PAGER: touch('env-pager'),
      GIT_TEMPLATE_DIR: evil,
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: touch('env-fsmonitor'),
      GIT_CONFIG_KEY_1: 'core.hooksPath',
      GIT_CONFIG_VALUE_1: join(evil, 'hooks'),
    };
    const server = await serve();
    for (const [name, url] of Object.entries({ path: work, file: `file://${work}`, http: server.repository })) {
      const source = open({ name, url, intervalMs: 200 });
      source.start();
      const checkout = await source.acquire(signal);
      expect(await motd(checkout)).to.equal('first');
      await checkout.release();
    }
    expect((await readdir(home)).filter((name) => name.startsWith('ran'))).to.deep.equal([]);
  }).timeout(60_000);

  describe('with submodules', () => {
    const withModule = async (url: string, more = ''): Promise<void> => {
      const part = join(home, 'part');
      if (!existsSync(part)) git('clone', '--quiet', work, part);
      const id = git('-C', part, 'rev-parse', 'HEAD');
      git('-C', work, 'update-index', '--add', '--cacheinfo', `160000,${id},module`);
      await writeFile(join(work, '.gitmodules'), `[submodule "module"]\n\tpath = module\n\turl = ${url}\n${more}`);
      git('-C', work, 'add', '.gitmodules');
      git('-C', work, 'commit', '--quiet', '-m', 'module');
    };

    it('takes one from the same server', async () => {
      const server = await serve();
      await withModule(`${server.url}/part/.git`);
      const checkout = await open({ url: server.repository, submodules: true }).acquire(signal);
      expect(await readFile(join(checkout.dir, 'module/motd'), 'utf8')).to.equal('first');
      await checkout.release();
    });

    it('takes none that a URL of another kind names: a path of this machine, a program, an option', async () => {
      const server = await serve();
      const ran = join(home, 'ran');
      const urls = [
        join(home, 'part'),
        `file://${home}/part`,
        `ext::sh -c "touch ${ran}"`,
        `--upload-pack=touch ${ran}`,
      ];
      for (const [index, url] of urls.entries()) {
        await withModule(url);
        const source = open({ name: `s${index}`, url: server.repository, submodules: true });
        const { message } = await refused(source.acquire(signal));
        expect(message, url).to.match(/not allowed|No url found|invalid|bad|disallowed|suspicious|fail/i);
      }
      await withModule(`${server.url}/part/.git`, `\tupdate = !touch ${ran}\n`);
      await refused(open({ name: 'update', url: server.repository, submodules: true }).acquire(signal));
      expect(existsSync(ran)).to.equal(false);
    }).timeout(60_000);

    it('refuses one whose links lead out', async () => {
      const server = await serve();
      const part = join(home, 'part');
      git('clone', '--quiet', work, part);
      await symlink('../../../../../../etc/passwd', join(part, 'users'));
      git('-C', part, 'add', '-A');
      git('-C', part, 'commit', '--quiet', '-m', 'link');
      await withModule(`${server.url}/part/.git`);
      const error = await refused(open({ url: server.repository, submodules: true }).acquire(signal));
      expect(error.reason).to.equal('invalid');
      expect(error.message).to.match(/symbolic link module\/users -> .*etc\/passwd leads out/);
    });
  });
});
