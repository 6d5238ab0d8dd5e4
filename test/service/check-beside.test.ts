import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { configDir, eventually, startService } from '../support/service.ts';
import { needs } from '../support/skips.ts';
import { PROVIDER_SOURCE, startLiveProvider, type LiveProvider } from '../support/terraform-provider/live-provider.ts';
import { terraformRoot, type TerraformRoot } from '../support/terraform-provider/terraform-root.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const execute = promisify(execFile);

describe('drift-exporter check beside a service on the same configuration', () => {
  let provider: LiveProvider;
  let root: TerraformRoot;

  before(function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install' });
  });
  beforeEach(async () => {
    provider = await startLiveProvider();
    root = await terraformRoot({
      'main.tf': `terraform {
  required_providers {
    live = { source = "${PROVIDER_SOURCE}" }
  }
}
resource "live_object" "web" {
  name = "web"
  size = 1
}
`,
    });
    await root.apply(provider.env);
  });
  afterEach(async () => {
    await provider.close();
    await root.remove();
  });

  it('shares no directory with it: runs of one Terraform root at the same time all find what there is', async () => {
    const { dir, file, remove } = await configDir('');
    const checks = `
global: { interval: 1s, jitter: 0% }
sources: [{ name: root, directory: ${root.dir} }]
checks:
  - name: net
    checker: terraform
    source: root
    options: { env: { TF_REATTACH_PROVIDERS: '\${TF_REATTACH_PROVIDERS}' } }
`;
    await writeFile(file, (await readFile(file, 'utf8')) + checks);
    const env = { ...process.env, ...provider.env };
    const check = async (): Promise<unknown> => {
      const args = ['--conditions=drift-source', MAIN, 'check', '--config', file, '--output', 'json'];
      const { stdout } = await execute(process.execPath, args, { env });
      const { checks: found } = JSON.parse(stdout) as { checks: { status: string; failures: unknown }[] };
      return found.map(({ status, failures }) => ({ status, failures }));
    };

    const service = await startService(file, { env });
    const inSync = [{ status: 'in_sync', failures: [] }];
    expect(await Promise.all([check(), check()])).to.deep.equal([inSync, inSync]);
    expect(await check()).to.deep.equal(inSync);
    await eventually(async () => (await service.json('/diff')).checks.every(({ status }) => status === 'in_sync'));
    const { runs } = (await (await service.get('/api/v1/checks/net/runs')).json()) as { runs: { status: string }[] };
    expect(new Set(runs.map(({ status }) => status))).to.deep.equal(new Set(['in_sync']));
    await service.end('SIGTERM');

    const once = join(dir, 'data/once');
    expect(await readdir(once)).to.include('0');
    expect(existsSync(join(once, '0/cache/terraform/checks/net'))).to.equal(true);
    expect(existsSync(join(dir, 'data/cache/terraform/checks/net'))).to.equal(true);
    await remove();
  });
});
