import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxConfig } from '../../src/config/config.ts';
import { createConfinement } from '../../src/run/confinement.ts';
import { createExec, type ExecOptions } from '../../src/run/exec.ts';
import { needs, skipOptional } from '../support/skips.ts';

const PATH = process.env['PATH'] ?? '';
const exec = createExec({ environment: { PATH, HOME: '/root' }, graceMs: 300 });
const confinementOf = (config: Partial<SandboxConfig>) =>
  createConfinement({ umask: 0o077, ...config }, { uid: process.getuid?.(), path: PATH });

describe('a confined command', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-confined-'));
    await chmod(dir, 0o755);
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const sh = async (script: string, config: Partial<SandboxConfig>, options: Partial<ExecOptions> = {}) => {
    const confinement = confinementOf(config);
    return (await exec('sh', ['-c', script], { cwd: dir, ...options, confinement })).stdout.trim();
  };

  it('creates files for its user alone, or as the umask says, and the umask of the service stays', async () => {
    const before = process.umask();
    expect(await sh('touch a; umask', {})).to.equal('0077');
    expect(await sh('touch b; umask', { umask: 0o027 })).to.equal('0027');
    const modeOf = async (name: string) => (await stat(join(dir, name))).mode & 0o777;
    expect([await modeOf('a'), await modeOf('b')]).to.deep.equal([0o600, 0o640]);
    expect(process.umask()).to.equal(before);
  });

  it('has the limits that are given, and no others', async function () {
    needs(this, { prlimit: 'apt-get install util-linux' });
    const limitsOf = async (config: Partial<SandboxConfig>) =>
      Object.fromEntries(
        [...(await sh('cat /proc/self/limits', config)).matchAll(/^(Max [a-z ]+?) {2,}(\S+) +(\S+)/gm)].map(
          ([, name = '', soft = '', hard = '']) => [name, `${soft} ${hard}`],
        ),
      );
    const own = await limitsOf({});
    const limits = { maxOpenFiles: 200, maxMemoryBytes: 2 ** 33, maxFileBytes: 2 ** 20, maxProcesses: 50 };
    expect(await limitsOf(limits)).to.deep.equal({
      ...own,
      'Max open files': '200 200',
      'Max address space': `${2 ** 33} ${2 ** 33}`,
      'Max file size': `${2 ** 20} ${2 ** 20}`,
      'Max processes': '50 50',
    });
  });

  it('fails at its limits with its own message', async function () {
    needs(this, { prlimit: 'apt-get install util-linux' });
    const script = 'head -c 100000 /dev/zero > big; echo "code $?"';
    expect(await sh(script, { maxFileBytes: 50_000 })).to.match(/^code [1-9]/);
    expect((await stat(join(dir, 'big'))).size).to.be.at.most(50_000);
  });

  it('gives way to others when told to', async function () {
    needs(this, { ionice: 'apt-get install util-linux' });
    expect(await sh('nice; ionice', { nice: 7, ioClass: 'idle' })).to.match(/^7\nidle/);
  });

  for (const [title, program, reason] of [
    ['is not there', 'no-such-program', 'not_found'],
    ['may not be run', 'plain', 'forbidden'],
  ] as const)
    it(`names a program that ${title}, whatever is started before it`, async function () {
      needs(this, { prlimit: 'apt-get install util-linux' });
      await writeFile(join(dir, 'plain'), '');
      const file = program === 'plain' ? './plain' : program;
      const confinement = confinementOf({ maxOpenFiles: 100 });
      const error = await exec(file, [], { cwd: dir, confinement }).catch((thrown: unknown) => thrown);
      expect(error).to.include({ reason });
      expect((error as Error).message).to.match(new RegExp(`^${program}: could not be started: `));
    });

  it('inherits no file but its three, also of those that the service inherited', async () => {
    const script = `
      import { openSync } from 'node:fs';
      import { createExec } from ${JSON.stringify(join(import.meta.dirname, '../../src/run/exec.ts'))};
      openSync('/dev/null');
      const exec = createExec({ environment: { PATH: process.env.PATH }, graceMs: 100 });
      const { stdout } = await exec('sh', ['-c', 'ls /proc/$$/fd'], { cwd: '/' });
      process.stdout.write(stdout);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'], // 3 and 4 are inherited
    });
    let seen = '';
    child.stdout!.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    await once(child, 'close');
    // Some environments leak descriptors of high numbers into everything: those are not ours to close.
    const leaked = execFileSync('sh', ['-c', 'ls /proc/$$/fd'], { encoding: 'utf8' }).trim().split('\n');
    expect(seen.trim().split('\n').sort()).to.deep.equal(leaked.sort());
    expect(leaked).to.not.include('3').and.not.include('4');
  });

  it('has no controlling terminal, also when the service has one', async function () {
    needs(this, { script: 'apt-get install bsdutils' });
    await writeFile(
      join(dir, 'probe.mjs'),
      `import { createExec } from ${JSON.stringify(join(import.meta.dirname, '../../src/run/exec.ts'))};
      import { openSync } from 'node:fs';
      openSync('/dev/tty', 'r+'); // the service has one
      const exec = createExec({ environment: { PATH: process.env.PATH }, graceMs: 100 });
      const command = 'if (: </dev/tty) 2>/dev/null; then echo terminal; else echo none; fi';
      console.log('seen:' + (await exec('sh', ['-c', command], { cwd: '/' })).stdout);`,
    );
    const run = `${process.execPath} ${join(dir, 'probe.mjs')}`;
    expect(execFileSync('script', ['-qec', run, '/dev/null'], { encoding: 'utf8' })).to.include('seen:none');
  });

  it('leaves no symbolic link to write through', async () => {
    const other = join(dir, 'other');
    await writeFile(other, 'kept');
    execFileSync('ln', ['-s', other, join(dir, 'out')]);
    const options = { cwd: dir, stdoutFile: join(dir, 'out') };
    const error = await exec('echo', ['x'], options).catch((thrown: unknown) => thrown);
    expect(error).to.include({ reason: 'storage' });
    expect(await readFile(other, 'utf8')).to.equal('kept');
  });

  describe('of another user', () => {
    before(function () {
      if (process.getuid?.() !== 0) skipOptional(this, 'only root can become somebody else');
    });

    it('is that user, in no other group, with its name and home', async () => {
      const nobody = execFileSync('sh', ['-c', 'id -u nobody; id -g nobody'], { encoding: 'utf8' });
      const [uid, gid] = nobody.split('\n');
      const seen = await sh('id -u; id -g; id -G; echo $HOME $USER $LOGNAME', { user: 'nobody' });
      expect(seen).to.equal([uid, gid, gid, '/ nobody nobody'].join('\n'));
      expect(await sh('id -u; id -G', { user: '54321', group: '54322' })).to.equal('54321\n54322');
      expect(await sh('id -u; id -G', { user: 'nobody', group: '54322' })).to.equal(`${uid}\n54322`);
    });

    it('is ended with all it started', async () => {
      const confinement = confinementOf({ user: 'nobody' });
      const marker = `confined-${process.pid}-${Math.random()}`;
      const script = 'trap "" TERM; setsid sleep 300 & while :; do sleep 1; done';
      const options = { cwd: dir, marker, timeoutMs: 300, confinement };
      const error = await exec('sh', ['-c', script], options).catch((thrown: unknown) => thrown);
      expect(error).to.include({ reason: 'timeout' });
      const left = execFileSync('sh', ['-c', `grep -l "RUN=${marker}" /proc/[0-9]*/environ 2>/dev/null; true`]);
      expect(left.toString()).to.equal('');
    });

    it('cannot take the files of the service', async () => {
      await writeFile(join(dir, 'token'), 'x', { mode: 0o600 });
      expect(await sh('cat token 2>&1 || true', { user: 'nobody' })).to.match(/Permission denied/);
    });
  });
});

describe('a sandbox that this machine cannot have', () => {
  const cases: readonly (readonly [Partial<SandboxConfig>, number, string, RegExp])[] = [
    [{ user: 'nobody' }, 1000, PATH, /^global\.sandbox\.user: only root can .*runs as uid 1000; start it as root/],
    [{ group: 'daemon' }, 1000, PATH, /^global\.sandbox\.group: only root can/],
    [{ group: 'daemon' }, 0, PATH, /^global\.sandbox\.group: expected user beside it/],
    [{ user: 'no-such-user' }, 0, PATH, /^global\.sandbox\.user: no user no-such-user in \/etc\/passwd/],
    [{ user: 'root' }, 0, PATH, /^global\.sandbox\.user: expected somebody else than root/],
    [{ user: 'nobody', group: 'no-such' }, 0, PATH, /^global\.sandbox\.group: no group no-such in \/etc\/group/],
    [{ user: '54321' }, 0, PATH, /^global\.sandbox\.group: expected one: user 54321 is not in \/etc\/passwd/],
    [{ maxOpenFiles: 100 }, 0, '/nowhere', /^global\.sandbox: prlimit is not on PATH/],
  ];
  for (const [config, uid, path, message] of cases)
    it(`is refused: ${JSON.stringify(config)} as uid ${uid}`, () => {
      expect(() => createConfinement({ umask: 0o077, ...config }, { uid, path })).to.throw(message);
    });
});
