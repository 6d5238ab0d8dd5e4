import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { configDir } from '../support/service.ts';
import { kubeconfig } from '../support/kubernetes-sources.ts';
import { needs, skipOptional } from '../support/skips.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
/** Without any network, and so without names. */
const ALONE = ['unshare', '--net'] as const;

describe('checks where no name can be resolved', () => {
  before(function () {
    needs(this, { unshare: 'apt-get install util-linux', git: 'apt-get install git' });
    if (spawnSync(ALONE[0], [...ALONE.slice(1), 'true']).status !== 0)
      skipOptional(this, 'no network namespace can be made here: it takes root');
  });

  it('say that what they need is unreachable, each in its phase, and end soon', async function () {
    this.timeout(120_000);
    const { dir, file, remove } = await configDir('');
    await writeFile(join(dir, 'kubeconfig'), kubeconfig('https://cluster.example.test:6443'));
    await writeFile(join(dir, 'object.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n');
    await writeFile(
      file,
      `
sources:
  - { name: here, directory: . }
  - { name: https, git: { url: 'https://git.example.test/infra.git' } }
  - { name: ssh, git: { url: 'git@git.example.test:infra.git' } }
  - { name: git, git: { url: 'git://git.example.test/infra.git' } }
checks:
  - { name: https, checker: command, source: https, options: { command: ['true'] } }
  - { name: ssh, checker: command, source: ssh, options: { command: ['true'] } }
  - { name: git, checker: command, source: git, options: { command: ['true'] } }
  - { name: cluster, checker: kubernetes, source: here, options: { kubeconfig: kubeconfig, manifests: object.yaml } }
  - { name: puppetdb, checker: puppet, source: here, options: { mode: reports, puppetdb: { url: 'http://puppetdb.example.test:8080' } } }
`,
    );
    const args = [...ALONE.slice(1), process.execPath, MAIN, 'check', '--config', file, '--output', 'json'];
    const { status, stdout, stderr } = spawnSync(ALONE[0], args, { encoding: 'utf8', timeout: 100_000 });
    expect(status, stderr).to.equal(1);
    const { checks } = JSON.parse(stdout) as {
      readonly checks: readonly {
        readonly check: string;
        readonly failures: readonly { readonly phase: string; readonly reason: string; readonly message: string }[];
      }[];
    };
    const found = Object.fromEntries(
      checks.map(({ check, failures }) => [check, failures.map(({ phase, reason }) => `${phase} ${reason}`)]),
    );
    expect(found, stdout).to.deep.equal({
      https: ['source unreachable'],
      ssh: ['source unreachable'],
      git: ['source unreachable'],
      cluster: ['observe unreachable'],
      puppetdb: ['observe unreachable'],
    });
    await remove();
  });
});
