import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { terraform } from '../../../checkers/terraform/index.ts';
import type { FailureReason, NoticeKind } from '../../../src/drift.ts';
import { checkerContext, sumOfRun, type Sum, type TestContextOptions } from '../../support/checker-context.ts';
import { needs, programOnPath } from '../../support/skips.ts';
import { terraformRoot, type TerraformRoot } from '../../support/terraform-provider/terraform-root.ts';

const data = (name: string, body: string): string => `resource "terraform_data" "${name}" {\n  ${body}\n}\n`;

interface Found extends Sum {
  readonly exitCode: number | undefined;
  readonly secrets: readonly string[];
}

async function check(dir: string, options: object = {}, context: Partial<TestContextOptions> = {}): Promise<Found> {
  const run = await checkerContext({ sourceDir: dir, ...context });
  try {
    const sum = await sumOfRun(terraform, options, run);
    return { ...sum, exitCode: run.exitCode(), secrets: run.secrets };
  } finally {
    await run.cleanup();
  }
}

describe('the terraform checker, with terraform_data', function () {
  let root: TerraformRoot | undefined;
  let kept = '';

  before(function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install' });
  });

  beforeEach(async () => {
    kept = await mkdtemp(join(tmpdir(), 'drift-kept-'));
  });

  afterEach(async () => {
    await root?.remove();
    root = undefined;
    await rm(kept, { recursive: true, force: true });
  });

  const plans: readonly {
    readonly title: string;
    readonly applied: string;
    readonly written: string;
    readonly drift?: readonly (readonly [string, string, string])[];
    readonly notices?: readonly NoticeKind[];
    readonly resources?: number;
  }[] = [
    { title: 'nothing where nothing changed', applied: data('a', 'input = 1'), written: data('a', 'input = 1') },
    {
      title: 'an update',
      applied: data('a', 'input = 1'),
      written: data('a', 'input = 2'),
      drift: [['terraform_data.a', 'update', 'unapplied']],
    },
    {
      title: 'a replacement',
      applied: data('a', 'triggers_replace = 1'),
      written: data('a', 'triggers_replace = 2'),
      drift: [['terraform_data.a', 'replace', 'unapplied']],
    },
    {
      title: 'a resource to create',
      applied: data('a', 'input = 1'),
      written: data('a', 'input = 1') + data('b', 'input = 1'),
      drift: [['terraform_data.b', 'create', 'unapplied']],
      resources: 2,
    },
    {
      title: 'a resource to delete',
      applied: data('a', 'input = 1') + data('b', 'input = 1'),
      written: data('a', 'input = 1'),
      drift: [['terraform_data.b', 'delete', 'unapplied']],
      resources: 2,
    },
    {
      title: 'no drift where only an output changed, though the exit code is 2',
      applied: `${data('a', 'input = 1')}output "o" { value = 1 }`,
      written: `${data('a', 'input = 1')}output "o" { value = 2 }`,
      notices: ['output_changed'],
    },
    {
      title: 'no drift where a resource only moved',
      applied: data('a', 'input = 1'),
      written: `${data('b', 'input = 1')}moved {\n from = terraform_data.a\n to = terraform_data.b\n}`,
      notices: ['moved'],
    },
    {
      title: 'no drift where a resource is forgotten',
      applied: data('a', 'input = 1') + data('b', 'input = 1'),
      written: `${data('a', 'input = 1')}removed {\n from = terraform_data.b\n lifecycle { destroy = false }\n}`,
      notices: ['forgotten', 'warning'],
      resources: 2,
    },
    {
      title: 'an import',
      applied: data('a', 'input = 1'),
      written: `${data('a', 'input = 1')}${data('b', '')}import {\n to = terraform_data.b\n id = "x"\n}`,
      notices: ['imported'],
      resources: 2,
    },
    {
      title: 'a check that does not hold',
      applied: data('a', 'input = 1'),
      written: `${data('a', 'input = 1')}check "health" {\n assert {\n condition = terraform_data.a.output == 2\n error_message = "not healthy"\n }\n}`,
      notices: ['check_failed'],
    },
    {
      title: 'a data source without drift',
      applied: `${data('a', 'input = 1')}data "terraform_remote_state" "s" {\n backend = "local"\n config = { path = "other.tfstate" }\n defaults = {}\n}`,
      written: `${data('a', 'input = 1')}data "terraform_remote_state" "s" {\n backend = "local"\n config = { path = "other.tfstate" }\n defaults = {}\n}`,
    },
    {
      title: 'an attribute that never converges',
      applied: data('a', 'input = timestamp()'),
      written: data('a', 'input = timestamp()'),
      drift: [['terraform_data.a', 'update', 'unapplied']],
      notices: ['never_converges'],
    },
  ];
  for (const { title, applied, written, drift = [], notices = [], resources = 1 } of plans) {
    it(`finds ${title}`, async () => {
      root = await terraformRoot({
        'main.tf': applied,
        'other.tfstate':
          '{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{},"resources":[]}',
      });
      await root.apply();
      await root.write({ 'main.tf': written });
      const before = await root.fingerprint();
      const found = await check(root.dir);
      expect(found.failures).to.deep.equal([]);
      expect(found.drift.map(({ address, action, cause }) => [address, action, cause])).to.deep.equal(drift);
      expect(found.notices.map(({ kind }) => kind)).to.deep.equal(notices);
      expect(found.resources).to.equal(resources);
      expect(await root.fingerprint()).to.equal(before);
    });
  }

  const failing: readonly (readonly [title: string, body: string, reason: FailureReason, message: RegExp])[] = [
    ['a missing variable', 'variable "region" {}', 'missing_variable', /main\.tf:1: .*"region"/s],
    ['a syntax error', `${data('a', 'input = 1')}resource "terraform_data" {`, 'invalid', /main\.tf:4: /],
    ['an unknown reference', data('a', 'input = var.nope'), 'invalid', /main\.tf:2: Reference to undeclared/],
    ['an empty directory', '', 'invalid', /No configuration files/],
    [
      'a failing precondition',
      data(
        'a',
        'lifecycle {\n precondition {\n condition = terraform.workspace == "x"\n error_message = "never"\n }\n }',
      ),
      'invalid',
      /precondition failed.*never/s,
    ],
    [
      'a version not met',
      'terraform { required_version = "< 1.0" }',
      'unsupported',
      /Unsupported Terraform Core version/,
    ],
    [
      'a provider that no registry has',
      'terraform {\n required_providers {\n x = { source = "127.0.0.1:1/a/x" }\n }\n}',
      'provider_missing',
      /127\.0\.0\.1/,
    ],
    [
      'a backend that does not answer',
      'terraform {\n backend "http" {\n address = "http://127.0.0.1:1/state"\n retry_max = 0\n }\n}',
      'unreachable',
      /connection refused/,
    ],
  ];
  for (const [title, body, reason, message] of failing) {
    it(`says ${reason} for ${title}, in Terraform's own words, and leaves the source alone`, async () => {
      root = await terraformRoot({ 'main.tf': body, 'other.txt': '' });
      if (body === '') await rm(join(root.dir, 'main.tf'));
      const before = await root.fingerprint();
      const found = await check(root.dir);
      expect(found.failures[0]?.reason, JSON.stringify(found.failures)).to.equal(reason);
      expect(found.failures[0]?.message).to.match(message);
      expect([found.resources, found.drift]).to.deep.equal([0, []]);
      expect(await root.fingerprint()).to.equal(before);
    });
  }

  it('says not_found for a program that is not there and for a directory that is not there', async () => {
    root = await terraformRoot({ 'main.tf': data('a', 'input = 1') });
    const program = await check(root.dir, { binary: 'no-such-terraform' });
    const directory = await check(root.dir, { dir: 'nowhere' });
    expect([...program.failures, ...directory.failures].map(({ reason }) => reason)).to.deep.equal([
      'not_found',
      'not_found',
    ]);
    expect(directory.failures[0]?.message).to.equal('options.dir: nowhere: expected a directory in the source');
  });

  it('says unsupported for a program too old to plan in JSON', async () => {
    root = await terraformRoot({ 'main.tf': data('a', 'input = 1') });
    const old = join(kept, 'terraform');
    await writeFile(
      old,
      '#!/bin/sh\n[ "$1" = init ] && exit 0\necho "flag provided but not defined: -json" >&2\nexit 1\n',
    );
    await chmod(old, 0o755);
    const { failures } = await check(root.dir, { binary: old });
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['unsupported']);
    expect(failures[0]?.message).to.contain('expected Terraform 1.0 or newer');
  });

  const garbage: readonly (readonly [title: string, script: string, reason: FailureReason])[] = [
    ['nothing at all and exit code 0', 'exit 0', 'bad_output'],
    ['bytes that are no text', 'head -c 4096 /dev/urandom; exit 2', 'bad_output'],
    [
      'a stream that ends before its summary',
      `echo '{"type":"version","terraform":"1.11.4","ui":"1.2"}'; exit 0`,
      'bad_output',
    ],
    ['a version of another age', `echo '{"type":"version","terraform":"0.15.5","ui":"0.1"}'; exit 0`, 'unsupported'],
    [
      'another major version of events',
      `echo '{"type":"version","terraform":"9.0.0","ui":"2.0"}'; exit 0`,
      'unsupported',
    ],
    [
      'an interrupted plan at exit code 0',
      `echo '{"@message":"Interrupt received."}'; echo '{"type":"change_summary"}'; exit 0`,
      'aborted',
    ],
    ['exit code 2 without a plan', `echo '{"type":"change_summary"}'; exit 2`, 'bad_output'],
    ['an exit code that nobody knows', `echo '{"type":"change_summary"}'; exit 7`, 'exit_code'],
  ];
  for (const [title, script, reason] of garbage) {
    it(`says ${reason} for ${title}`, async () => {
      root = await terraformRoot({ 'main.tf': data('a', 'input = 1') });
      const binary = join(kept, 'terraform');
      await writeFile(binary, `#!/bin/sh\n[ "$1" = init ] && exit 0\n${script}\n`);
      await chmod(binary, 0o755);
      const { failures, drift } = await check(root.dir, { binary });
      expect(drift).to.deep.equal([]);
      expect(failures.map((failure) => failure.reason)).to.deep.equal([reason]);
    });
  }

  it('minds no lock by default, and says locked when asked to take one that is held', async () => {
    root = await terraformRoot({
      'main.tf':
        'resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "echo started; sleep 30"\n  }\n}\n',
    });
    await root.terraform(['init', '-input=false']);
    const { spawn } = await import('node:child_process');
    const holder = spawn('terraform', ['apply', '-auto-approve', '-input=false'], {
      cwd: root.dir,
      env: { PATH: process.env['PATH'], TF_DATA_DIR: join(root.dir, '..', 'data') },
    });
    try {
      await new Promise<void>((resolve) => {
        holder.stdout.on('data', (text: Buffer) => {
          if (text.toString().includes('started')) resolve();
        });
      });
      const unlocked = await check(root.dir);
      expect(unlocked.failures).to.deep.equal([]);
      expect(unlocked.drift.map(({ action }) => action)).to.deep.equal(['create']);
      const locked = await check(root.dir, { lock: true });
      expect(locked.failures.map(({ reason }) => reason)).to.deep.equal(['locked']);
    } finally {
      const gone = new Promise((resolve) => holder.once('exit', resolve));
      holder.kill('SIGINT');
      holder.kill('SIGTERM');
      holder.kill('SIGINT');
      await gone;
    }
  });

  it('compares the workspace asked for, and creates none that is missing', async () => {
    root = await terraformRoot({ 'main.tf': data('a', 'input = terraform.workspace') });
    await root.terraform(['init', '-input=false']);
    await root.terraform(['workspace', 'new', 'prod']);
    await root.apply();
    const before = await root.fingerprint();
    const prod = await check(root.dir, { workspace: 'prod' });
    const standard = await check(root.dir);
    const missing = await check(root.dir, { workspace: 'staging' });
    expect(prod.failures).to.deep.equal([]);
    expect(prod.drift).to.deep.equal([]);
    expect(prod.resources).to.equal(1);
    expect(standard.drift.map(({ action }) => action)).to.deep.equal(['create']);
    expect(missing.failures.map(({ reason }) => reason)).to.deep.equal(['not_found']);
    expect(missing.failures[0]?.message).to.contain('expected one of default, prod');
    expect(await root.fingerprint()).to.equal(before);
  });

  it('passes variables by environment, secret ones from file, and registers those', async () => {
    const text =
      'variable "size" { type = number }\nvariable "tags" { type = map(string) }\nvariable "token" { sensitive = true }\n';
    const body = 'input = { size = var.size, tags = var.tags, token = var.token, copy = nonsensitive(var.token) }';
    root = await terraformRoot({ 'main.tf': text + data('a', body), 'prod.tfvars': 'size = 3' });
    const file = join(kept, 'token');
    await writeFile(file, 't0ps3cret-token\n');
    const options = { var_files: ['prod.tfvars'], variables: { tags: { a: 'b' }, token: { file } } };
    const found = await check(root.dir, options);
    expect(found.failures).to.deep.equal([]);
    const input = found.drift[0]?.changes.filter(({ path }) => path.startsWith('/input'));
    expect(input?.find(({ path }) => path === '/input/size')?.desired).to.deep.equal({ kind: 'known', value: 3 });
    expect(input?.find(({ path }) => path === '/input/token')?.desired).to.deep.equal({ kind: 'sensitive' });
    expect(found.secrets).to.include('t0ps3cret-token');
  });

  it('says which secret file cannot be read', async () => {
    root = await terraformRoot({ 'main.tf': 'variable "token" {}' });
    const { failures } = await check(root.dir, { variables: { token: { file: '/nowhere/token' } } });
    expect(failures).to.deep.equal([
      {
        phase: 'observe',
        reason: 'not_found',
        message: '/nowhere/token: expected a readable file with a secret: ENOENT',
      },
    ]);
  });

  async function logged(): Promise<{ binary: string; calls(): Promise<string[]> }> {
    const binary = join(kept, 'terraform');
    const log = join(kept, 'calls');
    await writeFile(binary, `#!/bin/sh\necho "$*" >> ${log}\nexec ${programOnPath('terraform')} "$@"\n`);
    await chmod(binary, 0o755);
    return {
      binary,
      calls: async () =>
        (await readFile(log, 'utf8'))
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[0] ?? ''),
    };
  }

  it('initialises once, and again only when what init works from changed; shows nothing when in sync', async () => {
    root = await terraformRoot({ 'main.tf': data('a', 'input = 1'), 'versions.tf': 'terraform {}' });
    await root.apply();
    const { binary, calls } = await logged();
    const again = async (): Promise<unknown> => check(root!.dir, { binary }, { checkDir: join(kept, 'check') });
    await again();
    await again();
    await root.write({ 'main.tf': data('a', 'input = 2') });
    await again();
    await root.write({ 'versions.tf': 'terraform { required_version = ">= 1.0" }' });
    await again();
    expect(await calls()).to.deep.equal(['init', 'plan', 'plan', 'plan', 'show', 'init', 'plan', 'show']);
  });

  it('initialises once more when the plan says that it was needed after all', async () => {
    root = await terraformRoot({ 'main.tf': 'module "m" { source = "./m" }', 'm/main.tf': data('a', 'input = 1') });
    const { binary, calls } = await logged();
    const again = async (): Promise<Found> => check(root!.dir, { binary }, { checkDir: join(kept, 'check') });
    await again();
    await root.write({ 'm/main.tf': 'module "n" { source = "../n" }', 'n/main.tf': data('b', 'input = 1') });
    const found = await again();
    expect(found.failures).to.deep.equal([]);
    expect(found.drift.map(({ address, scope }) => [address, scope])).to.deep.equal([
      ['module.m.module.n.terraform_data.b', 'module.m.module.n'],
    ]);
    expect(await calls()).to.deep.equal(['init', 'plan', 'show', 'plan', 'init', 'plan', 'show']);
  });

  it('says not_initialised when nobody prepared the root and init is never', async () => {
    root = await terraformRoot({ 'main.tf': 'module "m" { source = "./m" }', 'm/main.tf': data('a', 'input = 1') });
    const { failures } = await check(root.dir, { init: 'never' });
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['not_initialised']);
  });

  it('plans only the targets asked for, and without refresh compares with the state', async () => {
    root = await terraformRoot({ 'main.tf': data('a', 'input = 1') + data('b', 'input = 1') });
    await root.apply();
    await root.write({ 'main.tf': data('a', 'input = 2') + data('b', 'input = 2') });
    const targeted = await check(root.dir, { targets: ['terraform_data.a'] });
    expect(targeted.drift.map(({ address }) => address)).to.deep.equal(['terraform_data.a']);
    expect(targeted.failures).to.deep.equal([]);
    const stale = await check(root.dir, { refresh: false });
    expect([stale.drift.length, stale.resources, stale.failures]).to.deep.equal([2, 2, []]);
  });

  it('writes no lock file beside a root that has none, though its provider gives init something to record', async () => {
    root = await terraformRoot({
      'main.tf':
        'terraform {\n required_providers {\n x = { source = "example.test/a/x" }\n }\n}\nresource "x_y" "z" {}\n',
    });
    const plugins = join(kept, 'plugins/example.test/a/x/1.0.0/linux_amd64');
    execFileSync('mkdir', ['-p', plugins]);
    await writeFile(join(plugins, 'terraform-provider-x_v1.0.0'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const before = await root.fingerprint();
    const options = { env: { TF_CLI_ARGS_init: `-plugin-dir=${join(kept, 'plugins')}`, TF_PLUGIN_CACHE_DIR: '' } };
    const found = await check(root.dir, options, { checkDir: join(kept, 'check') });
    expect(found.failures.map(({ reason }) => reason)).to.deep.equal(['provider_missing']);
    expect(found.failures[0]?.message).to.match(/could not load|failed to (load|instantiate)/i);
    expect(await root.fingerprint()).to.equal(before);
    expect(await readFile(join(kept, 'check/lock.hcl'), 'utf8')).to.contain('example.test/a/x');
  });

  it('ends a plan that takes longer than the run may, as a timeout and never as in sync', async () => {
    root = await terraformRoot({ 'main.tf': 'data "external" "slow" { program = ["sleep", "60"] }' });
    const binary = join(kept, 'terraform');
    await writeFile(
      binary,
      `#!/bin/sh\n[ "$1" = init ] && exit 0\ntrap 'echo "{\\"type\\":\\"change_summary\\"}"; exit 0' TERM\nsleep 60 &\nwait\n`,
    );
    await chmod(binary, 0o755);
    const found = await check(root.dir, { binary }, { timeoutMs: 1500 });
    expect(found.failures.map(({ reason }) => reason)).to.deep.equal(['timeout']);
  });

  it('checks a root of 2,000 resources, half of them drifted', async function () {
    this.timeout(120_000);
    const names = Array.from({ length: 20 }, (_, at) => `many_${at}`); // terraform's own time grows with the square of one block's
    const keys = Array.from({ length: 100 }, (_, at) => String(at));
    const value = 'input = "${each.key}-${tonumber(each.key) < 50 ? 1 : 2}"';
    root = await terraformRoot({
      'main.tf': names
        .map((name) => data(name, `for_each = toset(jsondecode(file("keys.json")))\n  ${value}`))
        .join('\n'),
      'keys.json': JSON.stringify(keys),
      'terraform.tfstate': stateOfMany(names, keys),
    });
    const { resources, drift, failures } = await check(root.dir);
    expect([resources, drift.length, failures]).to.deep.equal([2000, 1000, []]);
    expect(new Set(drift.map(({ address }) => address)).size).to.equal(1000);
    expect(drift.map(({ address }) => address)).to.include('terraform_data.many_19["99"]');
  });
});

/** A state as an apply would have written it, which takes a minute for so many. */
function stateOfMany(names: readonly string[], keys: readonly string[]): string {
  const instances = keys.map((key) => {
    const value = { value: `${key}-1`, type: 'string' };
    const attributes = { id: `id-${key}`, input: value, output: value, triggers_replace: null };
    return { index_key: key, schema_version: 0, attributes, sensitive_attributes: [] };
  });
  const provider = 'provider["terraform.io/builtin/terraform"]';
  const resources = names.map((name) => ({ mode: 'managed', type: 'terraform_data', name, provider, instances }));
  const head = { version: 4, terraform_version: '1.11.4', serial: 1, lineage: 'many' };
  return JSON.stringify({ ...head, outputs: {}, resources, check_results: null });
}
