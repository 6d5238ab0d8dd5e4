import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configDir, eventually, startService, type DiffAnswer } from '../support/service.ts';

const git = (cwd: string, ...args: string[]): string =>
  execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args],
    { cwd, encoding: 'utf8' },
  ).trim();

describe('a check on a git source', () => {
  it('follows the repository; when it cannot be fetched the check fails in phase source and keeps what was known', async () => {
    const { dir, file, remove } = await configDir('');
    const repo = join(dir, 'repo');
    git(dir, 'init', '-q', repo);
    const commit = async (code: number): Promise<string> => {
      await writeFile(join(repo, 'check.sh'), `exit ${code}\n`);
      git(repo, 'add', '.');
      git(repo, 'commit', '-qm', `exit ${code}`);
      return git(repo, 'rev-parse', 'HEAD');
    };
    const first = await commit(0);
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0', enable_lifecycle: true }
sources: [{ name: infra, git: { url: 'file://${repo}', interval: 1s } }]
checks: [{ name: a, checker: command, source: infra, interval: 1s, options: { command: [sh, check.sh] } }]
`,
    );
    const service = await startService(file);
    const shows = (status: string, revision: string) =>
      eventually(async () => {
        const [check] = (await service.json('/diff')).checks;
        return check?.status === status && check['revision'] === revision && check;
      });
    await shows('in_sync', first);
    const second = await commit(2);
    const drifted = await shows('drifted', second);
    expect(await service.metrics())
      .to.match(/^drift_source_up\{source="infra"\} 1$/m)
      .and.match(/^drift_check_source_commit_timestamp_seconds\{check="a"\} \d+$/m);

    await rename(repo, `${repo}-away`);
    const failed = await eventually(async () => {
      const [check] = (await service.json('/diff')).checks;
      return check?.status === 'error' && check;
    }, 40);
    expect(failed.failures[0]).to.include({ phase: 'source' });
    expect(failed.failures[0]?.message).to.include(second.slice(0, 7)).and.match(/ago/);
    expect(failed.drift, 'what was known stays known').to.deep.equal(drifted.drift);
    expect(failed.driftedSince).to.equal(drifted.driftedSince);
    expect((failed['observedAt'] as string) >= (drifted.startedAt ?? '')).to.equal(true);
    const metrics = await service.metrics();
    expect(metrics)
      .to.match(/^drift_source_up\{source="infra"\} 0$/m)
      .and.match(/^drift_check_drifted_since_timestamp_seconds\{check="a"\}/m);
    expect(metrics, "yesterday's numbers do not stand as today's").to.not.match(
      /^drift_check_drifted_resources\{check="a"/m,
    );

    await rename(`${repo}-away`, repo);
    await eventually(async () => (await service.json('/diff')).checks[0]?.status === 'drifted', 60);
    await service.end('SIGTERM');
    await remove();
  }).timeout(180_000);

  it('answers for another ref that is allowed, without taking that for the state of the check', async () => {
    const { dir, file, remove } = await configDir('');
    const repo = join(dir, 'repo');
    git(dir, 'init', '-q', repo);
    for (const [code, tag] of [
      [2, 'v1'],
      [3, 'secret'],
      [0, 'v2'],
    ] as const) {
      await writeFile(join(repo, 'check.sh'), `exit ${code}\n`);
      git(repo, 'add', '.');
      git(repo, 'commit', '-qm', tag);
      git(repo, 'tag', tag);
    }
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0', enable_lifecycle: true }
sources: [{ name: infra, git: { url: 'file://${repo}', allowed_refs: ['v*'], depth: 0 } }]
checks: [{ name: a, checker: command, source: infra, options: { command: [sh, check.sh] } }]
`,
    );
    const service = await startService(file);
    await eventually(async () => (await service.json('/diff')).checks[0]?.status === 'in_sync');
    const ask = async (ref: string) =>
      ((await (await service.get(`/diff/a?ref=${ref}`, { method: 'POST' })).json()) as DiffAnswer).checks[0];
    expect(await ask('v1')).to.deep.include({ status: 'drifted', revision: git(repo, 'rev-parse', 'v1') });
    expect(await ask('v2')).to.deep.include({ status: 'in_sync', revision: git(repo, 'rev-parse', 'v2') });
    const refused = await ask('secret');
    expect(refused?.status).to.equal('error');
    expect(refused?.failures[0]).to.include({ phase: 'source' });
    expect(refused?.failures[0]?.message).to.include('secret').and.include('v*');
    const [now] = (await service.json('/diff')).checks;
    expect(now, 'the state of the check is untouched').to.deep.include({
      status: 'in_sync',
      revision: git(repo, 'rev-parse', 'HEAD'),
    });
    await service.end('SIGTERM');
    await remove();
  }).timeout(60_000);
});
