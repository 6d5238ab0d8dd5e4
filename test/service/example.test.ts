import { expect } from 'chai';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needs, programOnPath } from '../support/skips.ts';
import { eventually, startService, type TestService } from '../support/service.ts';

/** A copy of the examples, so that the service's data stays out of the checkout, on any free port. */
async function examples(): Promise<{ readonly dir: string; readonly file: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-example-'));
  await cp(join(import.meta.dirname, '../../examples'), join(dir, 'examples'), {
    recursive: true,
    preserveTimestamps: true,
  });
  const file = join(dir, 'examples/drift-exporter.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace("'127.0.0.1:9152'", "'127.0.0.1:0'"));
  return { dir, file };
}

const finished = (service: TestService) =>
  eventually(async () => {
    const { checks } = await service.json('/diff');
    return checks.every(({ status }) => status !== 'unknown') && checks;
  }, 60);

describe('npm start', () => {
  it('serves real drift, a root in sync and one that fails, within seconds', async function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install', diff: 'apt-get install diffutils' });
    const { dir, file } = await examples();
    const service = await startService(file);
    const checks = await finished(service);
    expect(checks.map(({ check, status, drift }) => [check, status, drift.length])).to.deep.equal([
      ['motd', 'drifted', 1],
      ['terraform-drifted', 'drifted', 3],
      ['terraform-failing', 'error', 0],
      ['terraform-in-sync', 'in_sync', 0],
    ]);
    expect(checks[2]?.failures[0]).to.include({ reason: 'missing_variable' });
    const page = await (await service.get('/')).text();
    for (const text of ['2 of 4 checks have drifted', 'terraform-drifted', 'missing_variable'])
      expect(page).to.include(text);
    expect(await service.metrics()).to.match(/^drift_check_exit_code\{check="terraform-drifted"\} 2$/m);
    await service.end('SIGTERM');
    await rm(dir, { recursive: true });
  });

  it('without terraform on PATH says so, and everything else works', async () => {
    const { dir, file } = await examples();
    const bin = join(dir, 'bin');
    await mkdir(bin);
    for (const program of ['diff', 'sh']) await symlink(programOnPath(program) ?? program, join(bin, program));
    const service = await startService(file, { env: { PATH: bin } });
    const checks = await finished(service);
    expect(checks.map(({ check, status }) => [check, status])).to.deep.equal([
      ['motd', 'drifted'],
      ['terraform-drifted', 'error'],
      ['terraform-failing', 'error'],
      ['terraform-in-sync', 'error'],
    ]);
    expect(checks[1]?.failures).to.have.length(1);
    expect(checks[1]?.failures[0]).to.include({ reason: 'not_found' });
    expect(await (await service.get('/')).text()).to.match(/terraform.{0,80}no such program on PATH/s);
    await service.end('SIGTERM');
    await rm(dir, { recursive: true });
  });
});
