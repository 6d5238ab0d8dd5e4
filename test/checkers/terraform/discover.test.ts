import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { terraformRoots } from '../../../checkers/terraform/discover/index.ts';
import type { Discovered } from '../../../src/checker.ts';
import { checkerContext } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';
import { terraformRoot } from '../../support/terraform-provider/terraform-root.ts';

const BACKEND = 'terraform {\n  backend "local" {}\n}\n';
const RESOURCE = 'resource "terraform_data" "a" {}\n';

describe('Terraform roots discovered in a source', () => {
  let dir = '';

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-roots-'));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), text);
    }
  };

  const discover = async (options: object = {}, sourceDir = dir): Promise<Discovered> => {
    const context = await checkerContext({ sourceDir });
    try {
      return await terraformRoots.discover(terraformRoots.options.parse(options), context);
    } finally {
      await context.cleanup();
    }
  };

  const found = async (options?: object): Promise<(readonly unknown[])[]> =>
    (await discover(options)).items
      .map(({ id, values }) => [id, values['binary']] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1));

  const layouts: readonly {
    readonly title: string;
    readonly files: Readonly<Record<string, string>>;
    readonly options?: object;
    readonly roots: readonly (readonly [string, string])[];
  }[] = [
    {
      title: 'directories with configuration, wherever they are',
      files: {
        'main.tf': RESOURCE,
        'live/prod/net/main.tf': RESOURCE,
        'live/prod/db/main.tf.json': '{}',
        'doc/x.md': '',
      },
      roots: [
        ['.', 'terraform'],
        ['live/prod/db', 'terraform'],
        ['live/prod/net', 'terraform'],
      ],
    },
    {
      title: 'not what another one uses as a module, and not what lies in a directory of modules',
      files: {
        'live/net/main.tf': 'module "vpc" {\n  source = "../../shared/vpc"\n}\n',
        'shared/vpc/main.tf': RESOURCE,
        'live/json/main.tf.json': '{ "module": { "dns": {\n "source": "../../shared/dns" } } }',
        'shared/dns/main.tf': RESOURCE,
        'modules/unused/main.tf': RESOURCE,
        'live/net/modules/own/main.tf': RESOURCE,
      },
      roots: [
        ['live/json', 'terraform'],
        ['live/net', 'terraform'],
      ],
    },
    {
      title: 'a used module that has a backend all the same',
      files: { 'a/main.tf': 'module "b" {\n  source = "../b"\n}\n', 'b/main.tf': BACKEND },
      roots: [
        ['a', 'terraform'],
        ['b', 'terraform'],
      ],
    },
    {
      title: 'neither caches nor hidden directories',
      files: {
        'a/main.tf': RESOURCE,
        'a/.terraform/modules/x/main.tf': RESOURCE,
        'a/.terragrunt-cache/x/main.tf': RESOURCE,
        'node_modules/x/main.tf': RESOURCE,
      },
      roots: [['a', 'terraform']],
    },
    {
      title: 'what globs ask for',
      files: { 'live/prod/a/main.tf': RESOURCE, 'live/prod/old/main.tf': RESOURCE, 'test/a/main.tf': RESOURCE },
      options: { roots: 'live/**', exclude: ['**/old'] },
      roots: [['live/prod/a', 'terraform']],
    },
    {
      title: 'what OpenTofu alone reads, by tofu',
      files: { 'a/main.tofu': RESOURCE, 'b/main.tf': RESOURCE },
      roots: [
        ['a', 'tofu'],
        ['b', 'terraform'],
      ],
    },
    {
      title: 'a program of the configuration for all of them',
      files: { 'a/main.tofu': RESOURCE, 'b/main.tf': RESOURCE },
      options: { binary: '/opt/bin/terraform' },
      roots: [
        ['a', '/opt/bin/terraform'],
        ['b', '/opt/bin/terraform'],
      ],
    },
    {
      title: 'the units of a Terragrunt tree, without what they include and their modules',
      files: {
        'terragrunt.hcl': 'remote_state {\n  backend = "s3"\n}\n',
        'root.hcl': 'locals {}\n',
        'live/prod/net/terragrunt.hcl':
          'include "root" {\n  path = find_in_parent_folders()\n}\nterraform {\n  source = "../../../shared//vpc"\n}\n',
        'live/prod/db/terragrunt.hcl': 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n',
        'live/prod/db/main.tf': RESOURCE,
        'live/prod/off/terragrunt.hcl': 'skip = true\ninclude "root" {\n  path = find_in_parent_folders()\n}\n',
        'shared/vpc/main.tf': RESOURCE,
      },
      roots: [
        ['live/prod/db', 'terragrunt'],
        ['live/prod/net', 'terragrunt'],
      ],
    },
    {
      title: 'one for each var-file',
      files: {
        'app/main.tf': RESOURCE,
        'app/envs/prod.tfvars': '',
        'app/envs/staging.tfvars.json': '{}',
        'app/common.tfvars': '',
        'net/main.tf': RESOURCE,
      },
      options: { var_files: 'envs/*' },
      roots: [
        ['app envs/prod.tfvars', 'terraform'],
        ['app envs/staging.tfvars.json', 'terraform'],
        ['net', 'terraform'],
      ],
    },
    {
      title: 'var-files that lie elsewhere',
      files: { 'roots/app/main.tf': RESOURCE, 'envs/prod.tfvars': '', 'envs/staging.tfvars': '' },
      options: { var_files: '../../envs/*.tfvars' },
      roots: [
        ['roots/app ../../envs/prod.tfvars', 'terraform'],
        ['roots/app ../../envs/staging.tfvars', 'terraform'],
      ],
    },
    {
      title: 'one for each workspace',
      files: { 'app/main.tf': RESOURCE },
      options: { workspaces: ['prod', 'staging'] },
      roots: [
        ['app in prod', 'terraform'],
        ['app in staging', 'terraform'],
      ],
    },
    {
      title: 'a workspace named after its var-file',
      files: { 'app/main.tf': RESOURCE, 'app/prod.tfvars': '', 'app/staging.tfvars': '' },
      options: { workspaces: 'var_files', var_files: '*.tfvars' },
      roots: [
        ['app prod.tfvars in prod', 'terraform'],
        ['app staging.tfvars in staging', 'terraform'],
      ],
    },
  ];
  for (const { title, files, options, roots } of layouts) {
    it(`are ${title}`, async () => {
      await write(files);
      expect(await found(options)).to.deep.equal(roots);
    });
  }

  it('come with what a template needs', async () => {
    await write({ 'live/prod/net/main.tf': RESOURCE, 'live/prod/net/envs/eu.tfvars': '' });
    const { items } = await discover({ var_files: 'envs/*.tfvars', workspaces: ['blue'] });
    expect(items.map(({ values }) => values)).to.deep.equal([
      {
        name: 'live-prod-net-eu-blue',
        dir: 'live/prod/net',
        path: ['live', 'prod', 'net'],
        binary: 'terraform',
        var_file: 'envs/eu.tfvars',
        var_files: ['envs/eu.tfvars'],
        variant: 'eu',
        workspace: 'blue',
      },
    ]);
  });

  it('leave out what a link leads to', async () => {
    await write({ 'a/main.tf': RESOURCE });
    await symlink('/', join(dir, 'world'));
    await symlink('..', join(dir, 'a', 'round'));
    expect(await found()).to.deep.equal([['a', 'terraform']]);
  });

  it('say that the units of a stack file are not in the source', async () => {
    await write({ 'live/terragrunt.stack.hcl': 'unit "a" {}\n', 'a/main.tf': RESOURCE });
    const { items, failures } = await discover();
    expect(items.map(({ id }) => id)).to.deep.equal(['a']);
    expect(failures.map(({ reason, address }) => `${reason} ${address}`)).to.deep.equal(['unsupported live']);
  });

  it('are a thousand in one walk', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `live/r${at}/main.tf`);
    await write(Object.fromEntries(names.map((name) => [name, RESOURCE])));
    expect((await discover()).items).to.have.lengthOf(1000);
  });

  it('come with the workspaces that each has, as terraform lists them', async function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install' });
    const root = await terraformRoot({ 'app/main.tf': RESOURCE, 'broken/main.tf': 'terraform {\n' });
    try {
      await root.terraform(['-chdir=app', 'init']);
      await root.terraform(['-chdir=app', 'workspace', 'new', 'blue']);
      const before = await root.fingerprint();
      const { items, failures } = await discover({ workspaces: { list: {} } }, root.dir);
      expect(items.map(({ id }) => id)).to.deep.equal(['app in default', 'app in blue']);
      expect(failures.map(({ reason, address }) => `${reason} ${address}`)).to.deep.equal(['invalid broken']);
      expect(await root.fingerprint()).to.equal(before);
    } finally {
      await root.remove();
    }
  });
});
