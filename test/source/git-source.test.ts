import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
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
import { needs } from '../support/skips.ts';

const TOKEN = 'tok/en-93f1c0ffee';
const signal = new AbortController().signal;

describe('a git source', () => {
  let home: string;
  let work: string;
  let logged: string;
  const opened: Source[] = [];
  const servers: Server[] = [];
  const children: ChildProcess[] = [];

  before(function () {
    needs(this, { git: 'install git' });
  });
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'drift-source-'));
    work = join(home, 'upstream');
    logged = '';
    git('init', '--quiet', '--initial-branch=main', work);
    await commit('motd', 'first');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((source) => source.close()));
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    execFileSync('chmod', ['-R', 'u+w', home]);
    await rm(home, { recursive: true, force: true });
  });

  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@example.org',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@example.org',
      },
    }).trim();

  async function commit(file: string, text: string): Promise<string> {
    await writeFile(join(work, file), text);
    return commitAll();
  }

  function commitAll(): string {
    git('-C', work, 'add', '-A');
    git('-C', work, 'commit', '--quiet', '-m', 'change');
    return git('-C', work, 'rev-parse', 'HEAD');
  }

  function open(config: Partial<GitSourceConfig> = {}): Source {
    const log = pino({ level: 'trace' }, { write: (line: string) => (logged += line) });
    const exec = createExec({ environment: childEnvironment(process.env, []), graceMs: 500 });
    const defaults = {
      kind: 'git',
      name: 'infra',
      url: work,
      ref: 'main',
      allowedRefs: [],
      intervalMs: 60_000,
    } as const;
    const source = openSource(
      { ...defaults, timeoutMs: 20_000, submodules: false, depth: 1, maxBytes: 2 ** 30, maxFiles: 10_000, ...config },
      { exec, log, dataDir: join(home, 'data') },
    );
    opened.push(source);
    return source;
  }

  const motd = (checkout: Checkout): Promise<string> => readFile(join(checkout.dir, 'motd'), 'utf8');

  async function refused(work: Promise<unknown>): Promise<CheckError> {
    const error = await work.then(
      () => new Error('it was not refused'),
      (error: unknown) => error,
    );
    expect(error).to.have.property('name', 'CheckError');
    expect(error).to.have.property('phase', 'source');
    return error as CheckError;
  }

  it('gives the files of a branch with its commit, and nothing of git', async () => {
    const revision = git('-C', work, 'rev-parse', 'HEAD');
    const source = open();
    const checkout = await source.acquire(signal);
    expect(await readdir(checkout.dir)).to.deep.equal(['motd']);
    expect(checkout.revision).to.equal(revision);
    expect(checkout.committedAt).to.match(/^\d{4}-.*Z$/);
    expect(source.status()).to.include({ kind: 'git', location: work, revision });
    await checkout.release();
  });

  it('keeps the files of a run while a fetch lands, also after a force push, and then removes them', async () => {
    const source = open({ intervalMs: 200 });
    source.start();
    const before = await source.acquire(signal);
    git('-C', work, 'commit', '--quiet', '--amend', '-m', 'rewritten');
    const moved = await commit('motd', 'second');
    while (source.status().revision !== moved) await new Promise((resolve) => setTimeout(resolve, 50));
    const after = await source.acquire(signal);
    expect(await motd(before)).to.equal('first');
    expect(await motd(after)).to.equal('second');
    await before.release();
    await after.release();
    expect(existsSync(before.dir)).to.equal(false);
    expect(existsSync(after.dir)).to.equal(true);
  });

  it('takes annotated tags and full commits', async () => {
    const first = git('-C', work, 'rev-parse', 'HEAD');
    git('-C', work, 'tag', '-a', 'v1', '-m', 'one');
    await commit('motd', 'second');
    for (const [name, ref] of Object.entries({ tag: 'v1', commit: first })) {
      const checkout = await open({ name, ref }).acquire(signal);
      expect(checkout.revision).to.equal(first);
      await checkout.release();
    }
  });

  it('gives other refs only where they are allowed', async () => {
    git('-C', work, 'branch', 'feature/a');
    const source = open({ allowedRefs: ['feature/*'] });
    const checkout = await source.acquire(signal, 'feature/a');
    expect(await motd(checkout)).to.equal('first');
    await checkout.release();
    const error = await refused(source.acquire(signal, 'secret'));
    expect(error.reason).to.equal('forbidden');
    expect(error.message).to.equal('source "infra": ref "secret" is not allowed; expected one of main, feature/*');
  });

  it('fails with the age of what it last had when the branch is deleted', async () => {
    const source = open({ intervalMs: 200 });
    source.start();
    const checkout = await source.acquire(signal);
    await checkout.release();
    git('-C', work, 'branch', '-m', 'main', 'gone');
    while (source.status().error === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    const error = await refused(source.acquire(signal));
    expect(error.reason).to.equal('not_found');
    expect(error.message).to.match(/couldn't find remote ref main; last fetched \d+ s ago at [0-9a-f]{40}$/);
  });

  it('says why, for what cannot be fetched', async () => {
    const cases: readonly (readonly [Partial<GitSourceConfig>, string, RegExp])[] = [
      [{ url: join(home, 'nowhere') }, 'not_found', /does not appear to be a git repository/],
      [{ url: 'http://127.0.0.1:1/x.git' }, 'unreachable', /Failed to connect|Couldn't connect/],
      [{ url: 'ext::sh -c id' }, 'invalid', /expected https:/],
      [{ ref: '--upload-pack=id' }, 'invalid', /is no name that git accepts/],
      [{ ref: 'main', tokenFile: join(home, 'no-token') }, 'not_found', /no-token: no such file/],
    ];
    for (const [index, [config, reason, message]] of cases.entries()) {
      const error = await refused(open({ name: `case-${index}`, ...config }).acquire(signal));
      expect(error.message).to.match(message);
      expect(error.reason).to.equal(reason);
    }
  });

  it('fetches anew when its clone is damaged', async () => {
    const source = open();
    await (await source.acquire(signal)).release();
    await source.close();
    const clone = (await readdir(join(home, 'data/infra'))).find((name) => name.startsWith('clone-')) ?? '';
    await rm(join(home, 'data/infra', clone, 'objects'), { recursive: true });
    await commit('motd', 'second');
    const checkout = await open().acquire(signal);
    expect(await motd(checkout)).to.equal('second');
    await checkout.release();
  });

  it('removes what a crash left', async () => {
    const left = join(home, 'data/infra/trees/left');
    await mkdir(join(left, 'tree'), { recursive: true });
    await utimes(left, 0, 0);
    await (await open().acquire(signal)).release();
    while (existsSync(left)) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('refuses a symbolic link that leads out of the repository, and takes one that does not', async () => {
    await symlink('motd', join(work, 'inside'));
    commitAll();
    await (await open({ name: 'good' }).acquire(signal)).release();
    await symlink('/etc/passwd', join(work, 'outside'));
    commitAll();
    const error = await refused(open({ name: 'bad' }).acquire(signal));
    expect(error.reason).to.equal('invalid');
    expect(error.message).to.contain('symbolic link outside -> /etc/passwd leads out of the repository');
  });

  it('runs no hook or filter, and fetches no submodule', async () => {
    const ran = join(home, 'ran');
    await writeFile(join(work, '.gitattributes'), '* filter=evil\n');
    await writeFile(join(work, '.gitconfig'), `[filter "evil"]\n smudge = touch ${ran}\n`);
    await writeFile(join(work, '.lfsconfig'), '[lfs]\n url = http://127.0.0.1:1/\n');
    git('-C', work, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`);
    await writeFile(join(work, '.gitmodules'), '[submodule "module"]\n path = module\n url = http://127.0.0.1:1/\n');
    git('-C', work, 'add', '.gitattributes', '.gitconfig', '.gitmodules', '.lfsconfig');
    git('-C', work, 'commit', '--quiet', '-m', 'change');
    const checkout = await open().acquire(signal);
    expect(await motd(checkout)).to.equal('first');
    expect(await readdir(join(checkout.dir, 'module'))).to.deep.equal([]);
    expect(existsSync(ran)).to.equal(false);
    await checkout.release();
  });

  it('fetches submodules when told to', async () => {
    const part = join(home, 'part');
    git('clone', '--quiet', work, part);
    git('-c', 'protocol.file.allow=always', '-C', work, 'submodule', '--quiet', 'add', part, 'module');
    commitAll();
    const source = open({ submodules: true, intervalMs: 200 });
    source.start();
    const checkout = await source.acquire(signal);
    expect(await readFile(join(checkout.dir, 'module/motd'), 'utf8')).to.equal('first');
    const moved = await commit('motd', 'second');
    while (source.status().revision !== moved) await new Promise((resolve) => setTimeout(resolve, 50));
    const after = await source.acquire(signal);
    expect(await readFile(join(after.dir, 'module/motd'), 'utf8')).to.equal('first');
    await checkout.release();
    await after.release();
  });

  it('stops waiting when the run ends, and fails when a server says nothing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const url = `git://127.0.0.1:${(silent.address() as AddressInfo).port}/x`;
    try {
      const run = AbortSignal.timeout(300);
      expect((await refused(open({ name: 'run', url }).acquire(run))).reason).to.equal('aborted');
      expect((await refused(open({ name: 'fetch', url, timeoutMs: 500 }).acquire(signal))).reason).to.equal('timeout');
    } finally {
      await Promise.all(opened.splice(0).map((source) => source.close()));
      silent.close();
    }
  });

  describe('over HTTP with a token', () => {
    let accepted: string;
    /** Arguments and environments of every process while git waits for an answer. */
    let processes: string;
    let url: string;

    beforeEach(async () => {
      accepted = TOKEN;
      processes = '';
      const backend = join(git('--exec-path'), 'git-http-backend');
      const server = createHttpServer((request, response) => {
        const login = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
        if (login !== `robot:${accepted}`) {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
          return;
        }
        processes += allProcesses();
        const [path = '', query = ''] = (request.url ?? '').split('?');
        const child = spawn(backend, {
          env: {
            ...process.env,
            GIT_PROJECT_ROOT: home,
            GIT_HTTP_EXPORT_ALL: '1',
            REQUEST_METHOD: request.method ?? '',
            PATH_INFO: path,
            QUERY_STRING: query,
            CONTENT_TYPE: request.headers['content-type'] ?? '',
            HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
            HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
          },
        });
        children.push(child);
        request.pipe(child.stdin);
        const chunks: Buffer[] = [];
        child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
        child.once('close', () => {
          const output = Buffer.concat(chunks);
          const end = output.indexOf('\r\n\r\n');
          const headers = output
            .subarray(0, end)
            .toString()
            .split('\r\n')
            .map((line) => line.split(': '));
          for (const [name = '', value = ''] of headers) if (name !== 'Status') response.setHeader(name, value);
          response.end(output.subarray(end + 4));
        });
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/upstream/.git`;
    });

    async function everythingKept(): Promise<string> {
      const found = execFileSync('grep', ['-rFc', '--', TOKEN, join(home, 'data')], { encoding: 'utf8' }).split('\n');
      return found.filter((line) => line !== '' && !line.endsWith(':0')).join('\n');
    }

    it('sends it from its file, reads the file again at each fetch, and shows it nowhere', async () => {
      const tokenFile = join(home, 'token');
      await writeFile(tokenFile, `${TOKEN}\r\n`);
      await chmod(tokenFile, 0o600);
      const source = open({ url, tokenFile, username: 'robot', intervalMs: 300 });
      source.start();
      await (await source.acquire(signal)).release();
      accepted = 'rotated';
      while (source.status().error === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
      const error = await refused(source.acquire(signal));
      expect(error.reason).to.equal('unauthenticated');
      await writeFile(tokenFile, 'rotated');
      while (source.status().error !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
      await (await source.acquire(signal)).release();
      expect(processes).to.contain('git-remote-http').and.to.contain('DRIFT_GIT_TOKEN_FILE').and.not.to.contain(TOKEN);
      expect(logged + error.message + JSON.stringify(source.status())).not.to.contain(TOKEN);
      await source.close();
      expect(await everythingKept().catch(() => '')).to.equal('');
    });

    it('gives it to no other origin, also after a redirect', async () => {
      const tokenFile = join(home, 'token');
      await writeFile(tokenFile, TOKEN);
      const elsewhere = createHttpServer((request, response) => {
        response.writeHead(302, { location: url.replace('/upstream/.git', request.url ?? '') }).end();
      });
      servers.push(elsewhere);
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
      const redirecting = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/upstream/.git`;
      const error = await refused(open({ url: redirecting, tokenFile, username: 'robot' }).acquire(signal));
      expect(error.reason).to.equal('unauthenticated');
      expect(processes).to.equal('');
    });

    it('logs in as a URL says and never shows that', async () => {
      const withLogin = url.replace('//', `//robot:${encodeURIComponent(TOKEN)}@`);
      const source = open({ url: withLogin });
      await (await source.acquire(signal)).release();
      expect(source.status().location).to.equal(url);
      accepted = 'other';
      const error = await refused(open({ name: 'wrong', url: withLogin }).acquire(signal));
      expect(error.reason).to.equal('unauthenticated');
      expect(logged + error.message)
        .not.to.contain(TOKEN)
        .and.not.to.contain(encodeURIComponent(TOKEN));
    });
  });
});

function allProcesses(): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return pids.flatMap((pid) => ['cmdline', 'environ'].map((file) => readOrNothing(`/proc/${pid}/${file}`))).join('\n');
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
