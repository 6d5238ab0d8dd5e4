import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { configDir, eventually, startService, type DiffAnswer, type TestService } from '../support/service.ts';
import { needs, skip } from '../support/skips.ts';

describe('a service on a small disk', () => {
  let made: Awaited<ReturnType<typeof configDir>>;
  let disk: string;
  let service: TestService | undefined;

  before(function () {
    needs(this, { mount: 'apt install mount', git: 'apt install git' });
    if (process.getuid?.() !== 0) skip(this, 'only root can mount a file system of three megabytes');
  });

  beforeEach(async () => {
    made = await configDir('');
    disk = join(made.dir, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,nr_inodes=400,mode=0755', 'tmpfs', disk]);
  });

  afterEach(async () => {
    await service?.end('SIGTERM');
    service = undefined;
    execFileSync('umount', [disk]);
    await made.remove();
  });

  async function start(checks: string): Promise<TestService> {
    await writeFile(
      made.file,
      `web: { listen: '127.0.0.1:0', enable_lifecycle: true }\nglobal: { data_dir: ${disk}, jitter: 0% }\n${checks}`,
    );
    service = await startService(made.file);
    return service;
  }

  const seen = (accept: (check: DiffAnswer['checks'][number]) => boolean): Promise<DiffAnswer['checks'][number]> =>
    eventually(async () => (await service?.json('/diff'))?.checks.find(accept), 60);

  /** Takes every byte and every name that is left. */
  async function fill(): Promise<void> {
    await writeFile(join(disk, 'filler'), Buffer.alloc(4 * 2 ** 20)).catch(() => undefined);
    for (let at = 0; at < 400; at++) await mkdir(join(disk, `filler-${at}`)).catch(() => undefined);
  }

  async function free(): Promise<void> {
    for (const name of await readdir(disk))
      if (name.startsWith('filler')) await rm(join(disk, name), { recursive: true });
  }

  it('whose runs find no room for their files says so of each, and is as before when there is room', async function () {
    this.timeout(120_000);
    await start(`checks: [{ name: a, checker: command, interval: 1s, options: { command: [sh, -c, 'exit 2'] } }]`);
    await seen(({ status }) => status === 'drifted');
    await fill();
    const failed = await seen(({ status }) => status === 'error');
    expect(failed.failures.map(({ reason }) => reason)).to.deep.equal(['storage']);
    expect(failed.failures[0]?.message).to.include('ENOSPC').and.include(disk);
    await free();
    await seen(({ status }) => status === 'drifted');
    // Results that could not be stored meanwhile were kept.
    await eventually(async () => (await service?.metrics())?.includes('drift_exporter_store_up 1\n'), 60);
  });

  it('whose source does not fit says so, fetches it when there is room, and leaves no half of it behind', async function () {
    this.timeout(120_000);
    const repo = join(made.dir, 'repo');
    const git = (...args: string[]): void => {
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { stdio: 'ignore' });
    };
    git('init', '-q', '-b', 'main', repo);
    await writeFile(join(repo, 'exit'), '2');
    git('-C', repo, 'add', '.');
    git('-C', repo, 'commit', '-qm', 'small');
    await start(`
sources: [{ name: repo, git: { url: '${repo}', interval: 1s } }]
checks: [{ name: a, checker: command, source: repo, interval: 1s, options: { command: [sh, -c, 'exit $(cat exit)'] } }]`);
    await seen(({ status }) => status === 'drifted');
    await writeFile(join(repo, 'large'), randomBytes(4 * 2 ** 20));
    git('-C', repo, 'add', '.');
    git('-C', repo, 'commit', '-qm', 'large');
    const failed = await seen(({ status }) => status === 'error');
    expect(failed.failures.map(({ phase, reason }) => [phase, reason])).to.deep.equal([['source', 'storage']]);
    await eventually(() => room(disk) > 2 * 2 ** 20);
    await rm(join(repo, 'large'));
    await writeFile(join(repo, 'exit'), '0');
    git('-C', repo, 'reset', '--soft', 'HEAD~1');
    git('-C', repo, 'add', '-A');
    git('-C', repo, 'commit', '-qm', 'small again');
    await seen(({ status }) => status === 'in_sync');
  });
});

/** Bytes that are free. */
function room(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
