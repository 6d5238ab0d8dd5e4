import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { materials } from '../../scripts/release/materials.ts';
import { needs, skipOptional } from '../support/skips.ts';

const root = join(import.meta.dirname, '../..');
const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);

describe('a release', function () {
  this.timeout(300_000);
  let dir: string;
  let tree: string;

  before(async function () {
    needs(this, { git: 'apt-get install git' });
    if (!existsSync(join(root, '.git'))) skipOptional(this, 'this tree is no git repository');
    dir = await mkdtemp(join(tmpdir(), 'drift-release-'));
    tree = join(dir, 'tree');
    const files = execFileSync('git', ['ls-files', '-z'], { cwd: root });
    for (const name of files
      .toString()
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(root, file))))
      await cp(join(root, name), join(tree, name));
    execFileSync('chmod', ['-R', 'go-rwx', tree]); // as a checkout with umask 077 is
    await symlink(join(root, 'node_modules'), join(tree, 'node_modules'));
    git('init', '-q', '.');
    await writeFile(join(tree, '.git/info/exclude'), 'node_modules\n');
    git('add', '-A');
    git('commit', '-qm', 'release');
  });
  after(async () => {
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: tree,
      encoding: 'utf8',
    }).trim();
  const release = (out: string) =>
    spawnSync(
      'sh',
      ['-c', 'umask 077; exec "$@"', 'sh', process.execPath, 'scripts/release.ts', '--skip-checks', '--out', out],
      {
        cwd: tree,
        env: { ...process.env, PATH: path },
        encoding: 'utf8',
      },
    );
  const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
  const read = (file: string): Record<string, unknown> =>
    JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

  it('is a tarball with its bills of materials, its provenance and its checksums', async () => {
    const one = join(dir, 'one');
    const { status, stderr } = release(one);
    expect(status, stderr).to.equal(0);
    const names = (await readdir(one)).sort();
    expect(names).to.deep.equal([
      'SHA256SUMS',
      'drift-exporter-0.1.0.tgz',
      'provenance.intoto.json',
      'sbom.cyclonedx.json',
      'sbom.spdx.json',
    ]);
    execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: one, stdio: 'pipe' });

    const digest = sha256(join(one, 'drift-exporter-0.1.0.tgz'));
    const statement = read(join(one, 'provenance.intoto.json'));
    expect(statement['subject']).to.deep.equal([{ name: 'drift-exporter-0.1.0.tgz', digest: { sha256: digest } }]);
    expect(JSON.stringify(statement)).to.include(`"gitCommit":"${git('rev-parse', 'HEAD')}"`);
    const components = (read(join(one, 'sbom.cyclonedx.json'))['components'] as { name: string }[]).map(
      ({ name }) => name,
    );
    expect(components)
      .to.include.members(['express', 'execa', 'kysely'])
      .and.not.include.members(['mocha', 'typescript']);
    const packages = (read(join(one, 'sbom.spdx.json'))['packages'] as { name: string }[]).map(({ name }) => name);
    expect(packages).to.include.members(['drift-exporter', 'express']);
    const inside = execFileSync('tar', ['-tzf', join(one, 'drift-exporter-0.1.0.tgz')], { encoding: 'utf8' });
    const modes = execFileSync('tar', ['-tvzf', join(one, 'drift-exporter-0.1.0.tgz')], { encoding: 'utf8' });
    const closed = modes
      .trim()
      .split('\n')
      .filter((line) => !/^-r[w-][-x]r-[-x]r-[-x] /.test(line));
    expect(closed, 'what not all may read').to.deep.equal([]);
    expect(inside)
      .to.include('package/dist/src/main.js')
      .and.not.match(/package\/(?:test|node_modules|\.git|src)\//);
  });

  it('has bills of materials with nothing in them that is another each time', () => {
    const made = { digest: 'd1', committedAt: '2026-01-01T00:00:00.000Z' };
    for (const format of ['cyclonedx', 'spdx'] as const) {
      const one = {
        serialNumber: 'a',
        documentNamespace: 'a',
        metadata: { timestamp: 1 },
        creationInfo: { created: 1 },
      };
      const two = {
        serialNumber: 'b',
        documentNamespace: 'b',
        metadata: { timestamp: 2 },
        creationInfo: { created: 2 },
      };
      const left =
        format === 'spdx'
          ? { ...one, serialNumber: '', metadata: {} }
          : { ...one, documentNamespace: '', creationInfo: {} };
      const right =
        format === 'spdx'
          ? { ...two, serialNumber: '', metadata: {} }
          : { ...two, documentNamespace: '', creationInfo: {} };
      expect(materials(format, left, made)).to.deep.equal(materials(format, right, made));
      expect(materials(format, left, made)).not.to.deep.equal(materials(format, left, { ...made, digest: 'd2' }));
    }
  });

  it('is not made of a tree that is not clean', async () => {
    await writeFile(join(tree, 'left-over'), '');
    const { status, stderr } = release(join(dir, 'three'));
    expect(status).to.equal(1);
    expect(stderr).to.match(/^release: the tree is not clean; commit or remove:\n\?\? left-over/);
    expect(existsSync(join(dir, 'three'))).to.equal(false);
  });
});
