import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pluginDir } from '../../../checkers/ansible/plugin-dir.ts';

describe('ansible: where the callback is', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'drift-package-'));
    await mkdir(join(root, 'dist', 'checkers', 'ansible'), { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('beside the sources', () => {
    expect(pluginDir()).to.match(/checkers\/ansible$/);
  });

  it("in the built package's own checkers/ansible", async () => {
    await mkdir(join(root, 'checkers', 'ansible'), { recursive: true });
    await writeFile(join(root, 'checkers', 'ansible', 'drift_exporter.py'), '');
    expect(pluginDir(join(root, 'dist', 'checkers', 'ansible'))).to.equal(join(root, 'checkers', 'ansible'));
  });

  it('says so where it is missing', () => {
    expect(() => pluginDir(join(root, 'dist', 'checkers', 'ansible'))).to.throw(/drift_exporter\.py is not in/);
  });
});
