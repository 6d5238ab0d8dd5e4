import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../support/skips.ts';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';

const CHANGED = 'resource "terraform_data" "a" { input = 1 }\n';

describe('Terraform roots discovered by a service', function () {
  this.timeout(180_000);
  let configured: Awaited<ReturnType<typeof configDir>>;
  let service: TestService;
  let repository = '';

  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(repository, name)), { recursive: true });
      await writeFile(join(repository, name), text);
    }
  };
  const commit = (...commands: (readonly string[])[]): void => {
    for (const args of [...commands, ['add', '-A'], ['commit', '-qm', 'change']])
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: repository });
  };
  const checks = async (): Promise<readonly string[]> => (await service.json('/diff')).checks.map(({ check }) => check);

  before(async function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install', git: 'apt-get install git' });
    configured = await configDir(CONFIGURATION);
    repository = join(configured.dir, 'infra');
    await write({ 'live/prod/net/main.tf': CHANGED, 'modules/vpc/main.tf': CHANGED });
    commit(['init', '-q', '-b', 'main']);
    service = await startService(configured.file, { env: { REPOSITORY: repository } });
  });

  after(async () => {
    await service?.end('SIGTERM');
    await configured?.remove();
  });

  it('makes a check of each root, labelled by its path, and plans it', async () => {
    const [check] = await eventually(async () => {
      const answer = await service.json('/diff');
      return answer.checks[0]?.status === 'drifted' && answer.checks;
    }, 90);
    expect(check?.check).to.equal('tf-live-prod-net');
    expect(check?.['labels']).to.deep.equal({ environment: 'prod' });
    expect(check?.drift.map(({ address }) => address)).to.deep.equal(['terraform_data.a']);
  });

  it('makes a check of a new root when git has it', async () => {
    await write({ 'live/staging/net/main.tf': 'terraform {}\n' });
    commit();
    await eventually(async () => (await checks()).length === 2, 60);
    expect(await checks()).to.deep.equal(['tf-live-prod-net', 'tf-live-staging-net']);
    await eventually(async () => {
      const [, staging] = (await service.json('/diff')).checks;
      return staging?.status === 'in_sync';
    }, 90);
  });

  it('keeps what it knows of a check that stays', async () => {
    const since = (await service.json('/diff')).checks[0]?.driftedSince;
    expect(since).to.be.a('string');
    await write({ 'live/dev/net/main.tf': 'terraform {}\n' });
    commit();
    await eventually(async () => (await checks()).length === 3, 60);
    expect((await service.json('/diff')).checks[1]?.driftedSince).to.equal(since);
  });

  it('leaves out what is over the limit, and says so; what was there before stays', async () => {
    await write({ 'live/aaa/net/main.tf': 'terraform {}\n' });
    commit();
    await eventually(
      async () => (await service.metrics()).includes('drift_discovery_dropped_items{discovery="roots"} 1\n'),
      60,
    );
    expect(await checks()).to.deep.equal(['tf-live-dev-net', 'tf-live-prod-net', 'tf-live-staging-net']);
    const text = await service.metrics();
    expect(text).to.include('drift_discovery_items{discovery="roots"} 3\n');
    expect(text).to.include('drift_discovery_failures{discovery="roots",reason="too_large"} 1\n');
    const page = await (await service.get('/sources', { headers: { accept: 'text/html' } })).text();
    expect(page).to.include('4 found, limit is 3: no checks are made for 1 of them (live/aaa/net)');
  });

  it('takes away the check and the series of a root that is gone', async () => {
    await rm(join(repository, 'live/staging'), { recursive: true });
    await rm(join(repository, 'live/aaa'), { recursive: true });
    commit();
    await eventually(async () => !(await checks()).includes('tf-live-staging-net'), 60);
    expect(await service.metrics()).not.to.include('tf-live-staging-net');
    await eventually(async () => (await service.metrics()).includes('drift_discovery_up{discovery="roots"} 1\n'));
  });

  it('follows a reload of its templates', async () => {
    const text = await readFile(configured.file, 'utf8');
    await writeFile(configured.file, text.replace('name: tf-{{ name }}', 'name: root-{{ name }}'));
    expect((await service.get('/-/reload', { method: 'POST' })).status).to.equal(200);
    expect(await checks()).to.deep.equal(['root-live-dev-net', 'root-live-prod-net']);
  });

  it('refuses a reload whose template asks for what there is not, and goes on', async () => {
    const text = await readFile(configured.file, 'utf8');
    await writeFile(configured.file, text.replace('root-{{ name }}', 'root-{{ nome }}'));
    const answer = await service.get('/-/reload', { method: 'POST' });
    expect(answer.status).to.not.equal(200);
    expect(await answer.text()).to.include(
      'discover[0].checks[0].name: no such placeholder; expected one of binary, dir, name, path, var_file, var_files, variant, workspace; got {{ nome }}',
    );
    expect(await checks()).to.deep.equal(['root-live-dev-net', 'root-live-prod-net']);
  });

  it('says which things would have the same name, and makes the check of the first', async () => {
    const text = await readFile(configured.file, 'utf8');
    await writeFile(configured.file, text.replace('root-{{ nome }}', 'root-{{ path[-1] }}'));
    expect((await service.get('/-/reload', { method: 'POST' })).status).to.equal(200);
    expect(await checks()).to.deep.equal(['root-net']);
    const { discoveries } = (await (await service.get('/api/v1/discoveries')).json()) as {
      readonly discoveries: readonly { readonly failures: readonly { readonly message: string }[] }[];
    };
    expect(discoveries[0]?.failures.map(({ message }) => message)).to.deep.equal([
      'checks[0] for live/prod/net: name: root-net is the name of the check made for live/dev/net: expected one of its own',
    ]);
  });
});

const CONFIGURATION = `
sources: [{ name: infra, git: { url: 'file://\${REPOSITORY}', ref: main, interval: 1s } }]
discover:
  - name: roots
    source: infra
    interval: 1h
    limit: 3
    terraform: { roots: 'live/**' }
    checks:
      - name: tf-{{ name }}
        checker: terraform
        interval: 2s
        labels: { environment: '{{ path[1] }}' }
        options: { dir: '{{ dir }}', binary: '{{ binary }}', workspace: '{{ workspace }}', var_files: '{{ var_files }}' }
`;
