import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { configDir } from '../support/service.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

describe('drift-exporter check, with a discovery', function () {
  this.timeout(60_000);
  let configured: Awaited<ReturnType<typeof configDir>>;

  before(async () => {
    configured = await configDir(CONFIGURATION);
    for (const root of ['one', 'two']) {
      await mkdir(join(configured.dir, 'infra', root), { recursive: true });
      await writeFile(join(configured.dir, 'infra', root, 'main.tf'), '');
    }
  });

  after(() => configured.remove());

  const check = (...args: readonly string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [MAIN, 'check', ...args, '--output', 'json', '--config', configured.file], {
      encoding: 'utf8',
    });
  const checked = ({ stdout }: SpawnSyncReturns<string>): readonly string[] =>
    (JSON.parse(stdout) as { readonly checks: readonly { readonly check: string }[] }).checks.map(({ check }) => check);

  it('runs the checks of what it finds, beside the configured ones', () => {
    const result = check();
    expect([result.status, result.stderr]).to.deep.equal([0, '']);
    expect(checked(result)).to.deep.equal(['configured', 'root-one', 'root-two']);
  });

  it('runs one of them by its name', () => {
    expect(checked(check('root-two'))).to.deep.equal(['root-two']);
  });

  it('says of a name that nothing found has that there is none', () => {
    expect(check('root-three').stderr).to.equal('drift-exporter: no such check: root-three\n');
  });

  it('ends with 1 when it could not look, and does not look for what is configured', async () => {
    await rm(join(configured.dir, 'infra'), { recursive: true });
    const result = check();
    expect(result.status).to.equal(1);
    expect(result.stderr).to.include('no such directory');
    expect(checked(result)).to.deep.equal(['configured']);
    expect(check('configured').status).to.equal(0);
  });
});

const CONFIGURATION = `
sources: [{ name: infra, directory: infra }]
discover:
  - name: roots
    source: infra
    terraform: {}
    checks:
      - name: root-{{ name }}
        checker: command
        options: { command: [test, -f, '{{ dir }}/main.tf'] }
checks:
  - { name: configured, checker: command, options: { command: ['true'] } }
`;
