import { expect } from 'chai';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCanaries, investigate } from '../support/canaries.ts';
import { configDir } from '../support/service.ts';
import { needs } from '../support/skips.ts';
import { PROVIDER_SOURCE, startLiveProvider } from '../support/terraform-provider/live-provider.ts';
import { terraformRoot } from '../support/terraform-provider/terraform-root.ts';

const canaries = createCanaries();
/** What git has in its arguments when Terraform starts it: no place of ours. */
const given = createCanaries();
const plant = (what: string): string => canaries.plant(`terraform ${what}`);
/** Names under which providers and people keep secrets, unmarked. */
const KEYS = `
  password db_password admin_password master_password passphrase token api_token access_token
  auth_token api_key apikey secret client_secret secret_key secret_access_key private_key
  encryption_key shared_key account_key connection_string credentials kubeconfig psk cookie
`
  .trim()
  .split(/\s+/);
const SHAPES: Readonly<Record<string, (secret: string) => string>> = {
  'a database URL': (value) => `postgres://app:${value}@db/x`,
  'a header': (value) => `Authorization: Bearer ${value}`,
  'a storage account': (value) => `AccountName=x;AccountKey=${value};EndpointSuffix=y`,
  'a private key': (value) => ['-----BEGIN PRIV', `ATE KEY-----\n${value}\n-----END PRIV`, 'ATE KEY-----'].join(''),
  'a user data script': (value) => `#!/bin/sh\nexport DB_PASSWORD=${value}\n`,
  'a policy': (value) => JSON.stringify({ Statement: [{ Secret: { password: value } }] }),
  'a hash': (value) => `$6$rounds=5000$${value}`,
};

const HEAD = `terraform {\n  required_providers {\n    live = { source = "${PROVIDER_SOURCE}" }\n  }\n}\n`;
const quoted = (text: string): string => JSON.stringify(text).replaceAll('${', '$${');

/** A root with a secret in each way there is; each call with other secrets. */
function root(which: string): string {
  const secret = (what: string): string => plant(`${what}, ${which}`);
  const named = KEYS.map(
    (key) =>
      `resource "terraform_data" "named_${key}" { input = { user = "bob", ${key} = "${secret(`the key ${key}`)}" } }`,
  );
  const nested = KEYS.map(
    (key) =>
      `resource "terraform_data" "nested_${key}" { input = { list = [{ deep = { ${key} = "${secret(`the nested key ${key}`)}" } }] } }`,
  );
  const shapes = Object.entries(SHAPES).map(
    ([title, shape], index) => `resource "terraform_data" "shape_${index}" { input = ${quoted(shape(secret(title)))} }`,
  );
  const tags = ['password', 'token'].map((key) => `${key} = "${secret(`the tag ${key}`)}"`).join(', ');
  return `${HEAD}
variable "marked" {
  type      = string
  sensitive = true
}
variable "plain" { type = string }
variable "object" {
  type = object({ user = string, login = string })
  sensitive = true
}
${[...named, ...nested, ...shapes].join('\n')}
resource "terraform_data" "marked" { input = var.marked }
resource "terraform_data" "unmarked" { input = { user = "bob", copy = nonsensitive(var.marked), inside = "a \${var.plain} b" } }
resource "terraform_data" "encoded" { input = { b = base64encode(nonsensitive(var.marked)), c = base64encode("user:\${nonsensitive(var.marked)}"), u = urlencode(nonsensitive(var.marked)), j = jsonencode({ x = nonsensitive(var.marked) }) } }
resource "terraform_data" "object" { input = nonsensitive(var.object).login }
resource "terraform_data" "marked_here" { input = sensitive("${secret('a value marked where it is')}") }
resource "terraform_data" "marked_list" { input = [for x in ["${secret('a marked list')}"] : { x = sensitive(x) }] }
resource "live_object" "web" {
  name   = "web"
  secret = "${secret("the provider's sensitive attribute")}"
  tags   = { ${tags}, url = "https://u:${secret('a URL in a tag')}@h/" }
}
output "marked" {
  value     = var.marked
  sensitive = true
}
output "admin_password" { value = "${secret('an output named password')}" }
output "config" { value = { api_key = "${secret('an output with a key')}" } }
`;
}

const failing = (): string => `
variable "marked" {
  type      = string
  sensitive = true
}
variable "plain" {
  type = string
  validation {
    condition     = length(var.plain) < 3
    error_message = "the value \${var.plain} is no login"
  }
}
variable "object" {
  type = any
}
resource "terraform_data" "bad" {
  input = "x"
  lifecycle {
    precondition {
      condition     = false
      error_message = "no login with password=${plant('an error')} as \${nonsensitive(var.marked)}, base64 \${base64encode("u:\${nonsensitive(var.marked)}")}"
    }
  }
}
`;

describe('no secret of Terraform', () => {
  it('is in anything that is said or kept, and what differs is said to differ', async function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install' });
    this.timeout(300_000);
    const provider = await startLiveProvider();
    const { dir, file, remove } = await configDir('');
    const secrets = join(dir, 'secrets');
    await mkdir(secrets);
    const secretFile = async (what: string, content: string): Promise<string> => {
      await writeFile(join(secrets, what), `${content}\n`);
      return join(secrets, what);
    };
    const values = {
      marked: plant('a variable that is marked'),
      plain: plant('a variable that is not marked'),
      object: { user: 'bob', login: plant('a variable with a field') },
    };
    const env = {
      ...provider.env,
      TF_VAR_marked: values.marked,
      TF_VAR_plain: values.plain,
      TF_VAR_object: JSON.stringify(values.object),
    };
    const before = root('before');
    for (const name of ['synced', 'drifted']) {
      const applied = await terraformRoot({ 'main.tf': before });
      await applied.apply(env);
      await cp(applied.dir, join(dir, name), { recursive: true });
      await applied.remove();
    }
    // Git moved, and somebody changed the live object of the second root.
    await writeFile(join(dir, 'drifted/main.tf'), root('after'));
    const [, live] = provider.objects.values();
    Object.assign(live!, {
      secret: plant('the sensitive attribute, changed outside'),
      copy: plant('the computed copy that holds a password, changed outside'),
      tags: {
        password: plant('the tag password, changed outside'),
        hook: `https://u:${plant('a URL, changed outside')}@h/`,
      },
    });
    live!.copy = `password=${live!.copy}`;
    const unreadable = await terraformRoot({ 'main.tf': before });
    await unreadable.apply(env);
    await cp(unreadable.dir, join(dir, 'unreadable'), { recursive: true });
    await unreadable.remove();
    const last = [...provider.objects.values()].at(-1)!;
    const told = plant('what a provider tells in its error');
    provider.failReading(
      last.id,
      `GET https://u:${told}@api/x: 401: {"token": "${told}"} Authorization: Bearer ${told}; sent ${values.marked} and ${Buffer.from(`u:${values.marked}`).toString('base64')}`,
    );
    await mkdir(join(dir, 'failing'));
    await writeFile(join(dir, 'failing/main.tf'), failing());
    const source = (what: string): string =>
      `module "m" { source = "git::https://bot:${given.plant(what)}@127.0.0.1:1/m.git" }\n`;
    await mkdir(join(dir, 'module'));
    await writeFile(join(dir, 'module/main.tf'), source('the URL of a module'));
    await mkdir(join(dir, 'syntax'));
    await writeFile(
      join(dir, 'syntax/main.tf'),
      `resource "terraform_data" "a" {\n  input = { password = "${plant('a line that does not parse')}" \n`,
    );
    await mkdir(join(dir, 'backend'));
    await writeFile(join(dir, 'backend/main.tf'), 'terraform {\n  backend "http" {}\n}\n');

    const variablesOf = async (name: string): Promise<string> =>
      `{ marked: { file: ${await secretFile(`${name}-marked`, values.marked)} }, plain: { file: ${await secretFile(`${name}-plain`, values.plain)} }, object: { file: ${await secretFile(`${name}-object`, JSON.stringify(values.object))} } }`;
    const entry = async (name: string, more = ''): Promise<string> =>
      `  - { name: ${name}, checker: terraform, source: here, options: { dir: ${name}, variables: ${await variablesOf(name)}, env: ${JSON.stringify(provider.env)} ${more} } }`;
    const literal = {
      marked: 'x',
      plain: 'x',
      object: { db_password: plant('a variable with a password in the configuration') },
    };
    const backend = `address: 'http://127.0.0.1:1/state', username: bot, password: { file: ${await secretFile('backend', plant('the password of a backend'))} }`;
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0' }
global: { log_level: trace, concurrency: 2 }
sources: [{ name: here, directory: . }]
checks:
${await entry('synced')}
${await entry('drifted', ', outside_changes: all')}
${await entry('unreadable')}
${await entry('failing')}
  - { name: literal, checker: terraform, source: here, options: { dir: failing, env: { MY_TOKEN: ${plant('a variable of the environment in the configuration')} }, variables: ${JSON.stringify(literal)} } }
  - { name: module, checker: terraform, source: here, options: { dir: module } }
  - { name: syntax, checker: terraform, source: here, options: { dir: syntax } }
  - { name: backend, checker: terraform, source: here, options: { dir: backend, backend_config: { ${backend} } } }
`,
    );
    const { places, checks } = await investigate({ dir, file, seconds: 120 });
    await provider.close();
    // What commands need in their environment they may have there.
    places.delete('the environment of commands');
    expect(canaries.leaks(places).join('\n'), 'leaks').to.equal('');
    places.delete('the arguments of processes');
    expect(given.leaks(places).join('\n'), 'leaks').to.equal('');
    expect(canaries.count).to.be.above(130);

    const of = (name: string) => checks.find(({ check }) => check === name)!;
    expect(of('synced').failures).to.deep.equal([]);
    expect(of('synced').status).to.equal('in_sync');
    for (const name of ['unreadable', 'failing', 'literal', 'module', 'syntax', 'backend'])
      expect(of(name).status, name).to.equal('error');
    expect(of('drifted').failures).to.deep.equal([]);
    const drifted = new Set(
      of('drifted')
        .drift.filter(({ changes }) => (changes as unknown[]).length > 0)
        .map(({ address }) => address),
    );
    const expected = [
      ...KEYS.flatMap((key) => [`terraform_data.named_${key}`, `terraform_data.nested_${key}`]),
      ...Object.keys(SHAPES).map((_, index) => `terraform_data.shape_${index}`),
      'terraform_data.marked_here',
      'terraform_data.marked_list',
      'live_object.web',
    ];
    expect(
      expected.filter((address) => !drifted.has(address)),
      'what differs is told, though not as what',
    ).to.deep.equal([]);
    expect(JSON.stringify(of('drifted').drift)).to.include('"sensitive"');
    await remove();
  });
});
