import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { terraform } from '../../../checkers/terraform/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needs, programOnPath } from '../../support/skips.ts';
import { terraformRoot, type TerraformRoot } from '../../support/terraform-provider/terraform-root.ts';

const TERRAFORM = { terraform: 'https://developer.hashicorp.com/terraform/install' };

describe('the terraform checker, with what stands before or beside terraform', () => {
  let root: TerraformRoot | undefined;
  let bin = '';
  let secrets: readonly string[] = [];

  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'drift-wrappers-'));
  });

  afterEach(async () => {
    await root?.remove();
    root = undefined;
    await rm(bin, { recursive: true, force: true });
  });

  const check = async (sourceDir: string, options: object): Promise<Sum> => {
    const context = await checkerContext({ sourceDir });
    try {
      return await sumOfRun(terraform, options, context);
    } finally {
      ({ secrets } = context);
      await context.cleanup();
    }
  };
  const program = async (name: string, text: string): Promise<string> => {
    const file = join(bin, name);
    await writeFile(file, `#!/bin/sh\n${text}`);
    await chmod(file, 0o755);
    return file;
  };

  it('plans a Terragrunt unit, and leaves what it generates out of the source', async function () {
    needs(this, TERRAFORM);
    // The real one where there is one; else a stand-in that does before real terraform what Terragrunt does.
    const binary = programOnPath('terragrunt') ?? (await program('terragrunt', TERRAGRUNT));
    root = await terraformRoot({
      'root.hcl':
        'generate "backend" {\n  path      = "backend.tf"\n  if_exists = "overwrite_terragrunt"\n  contents  = "terraform {\\n  backend \\"local\\" {}\\n}\\n"\n}\n',
      'live/net/terragrunt.hcl': 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n',
      'live/net/main.tf': 'resource "terraform_data" "a" {\n  input = 1\n}\n',
    });
    const before = await root.fingerprint();
    const { drift, failures, resources } = await check(root.dir, { dir: 'live/net', binary });
    expect(failures).to.deep.equal([]);
    expect(drift.map(({ address, action }) => [address, action])).to.deep.equal([['terraform_data.a', 'create']]);
    expect(resources).to.equal(1);
    expect(await root.fingerprint()).to.equal(before);
  });

  it('says what Terragrunt says when a unit is broken', async () => {
    // A stand-in: Terragrunt's own words about a parent that is not there.
    const binary = await program(
      'terragrunt',
      `echo '14:20:38.431 ERROR  ParentFileNotFoundError: Could not find a root.hcl in any of the parent folders' >&2\nexit 1\n`,
    );
    await mkdir(join(bin, 'unit'));
    const { drift, failures, resources } = await check(join(bin, 'unit'), { binary });
    expect({ drift, resources }).to.deep.equal({ drift: [], resources: 0 });
    expect(failures).to.have.lengthOf(1);
    expect(failures[0]?.message).to.include('Could not find a root.hcl in any of the parent folders');
  });

  // Stand-ins that answer as OpenTofu 1.11.5 did: its events and its plan, cut to one resource.
  it('reads what OpenTofu plans, a sensitive value as such', async () => {
    const binary = await program('tofu', tofu(2, REPLACED, PLAN));
    await writeFile(join(bin, 'main.tofu'), '');
    const { drift, failures, notices } = await check(bin, { binary });
    expect(failures).to.deep.equal([]);
    expect(drift).to.deep.equal([
      {
        address: 'local_sensitive_file.secret',
        type: 'local_sensitive_file',
        action: 'replace',
        cause: 'unapplied',
        changes: [
          {
            op: 'replace',
            path: '/content',
            live: { kind: 'sensitive' },
            desired: { kind: 'sensitive' },
            forcesReplacement: true,
          },
          { op: 'replace', path: '/id', live: { kind: 'known', value: 'ffae43b9' }, desired: { kind: 'unknown' } },
        ],
      },
    ]);
    expect(JSON.stringify([drift, notices])).not.to.match(/initial-secret-value|updated-secret-value/);
    expect(secrets).to.include.members(['initial-secret-value', 'updated-secret-value']);
  });

  it('finds in sync what OpenTofu does not change', async () => {
    const binary = await program('tofu', tofu(0, UNCHANGED, '{}'));
    await writeFile(join(bin, 'main.tofu'), '');
    const { drift, failures, resources } = await check(bin, { binary });
    expect({ drift, failures, resources }).to.deep.equal({ drift: [], failures: [], resources: 1 });
  });
});

/** Logs to standard error, generates a file beside what it runs, and forwards terraform's output only when asked to. */
const TERRAGRUNT = `
echo '14:20:38.431 INFO   Generating file backend.tf' >&2
if [ -e backend.tf ]; then echo 'overwrites' >&2; fi
printf '# Generated by Terragrunt. Sig: nIlQXj57tbuaRZEa\\nterraform {\\n  backend "local" {}\\n}\\n' > backend.tf || exit 1
if [ "$TG_TF_FORWARD_STDOUT" = true ]; then exec terraform "$@"; fi
terraform "$@" | sed 's/^/14:20:38.451 STDOUT terraform: /'
`;

function tofu(exitCode: number, events: string, plan: string): string {
  return `case "$1" in
  init) echo 'OpenTofu has been successfully initialized!';;
  show) cat <<'END'
${plan}
END
  ;;
  plan)
    for flag in "$@"; do case "$flag" in -out=*) echo plan > "\${flag#-out=}";; esac; done
    cat <<'END'
${events}
END
    exit ${exitCode};;
esac
`;
}

const VERSION = `{"@level":"info","@message":"OpenTofu 1.11.5","@module":"tofu.ui","@timestamp":"2026-03-12T15:49:59.026545-07:00","tofu":"1.11.5","type":"version","ui":"1.2"}`;

const REPLACED = `${VERSION}
{"@level":"info","@message":"local_sensitive_file.secret: Refreshing state... [id=ffae43b9]","@module":"tofu.ui","@timestamp":"2026-03-12T15:49:59.119956-07:00","hook":{"resource":{"addr":"local_sensitive_file.secret","module":"","resource":"local_sensitive_file.secret","implied_provider":"local","resource_type":"local_sensitive_file","resource_name":"secret","resource_key":null},"id_key":"id","id_value":"ffae43b9"},"type":"refresh_start"}
{"@level":"info","@message":"local_sensitive_file.secret: Refresh complete [id=ffae43b9]","@module":"tofu.ui","@timestamp":"2026-03-12T15:49:59.121020-07:00","hook":{"resource":{"addr":"local_sensitive_file.secret","module":"","resource":"local_sensitive_file.secret","implied_provider":"local","resource_type":"local_sensitive_file","resource_name":"secret","resource_key":null},"id_key":"id","id_value":"ffae43b9"},"type":"refresh_complete"}
{"@level":"info","@message":"local_sensitive_file.secret: Plan to replace","@module":"tofu.ui","@timestamp":"2026-03-12T15:49:59.127635-07:00","change":{"resource":{"addr":"local_sensitive_file.secret","module":"","resource":"local_sensitive_file.secret","implied_provider":"local","resource_type":"local_sensitive_file","resource_name":"secret","resource_key":null},"action":"replace","reason":"cannot_update"},"type":"planned_change"}
{"@level":"info","@message":"Plan: 1 to add, 0 to change, 1 to destroy.","@module":"tofu.ui","@timestamp":"2026-03-12T15:49:59.127666-07:00","changes":{"add":1,"change":0,"import":0,"remove":1,"forget":0,"operation":"plan"},"type":"change_summary"}`;

const UNCHANGED = `${VERSION}
{"@level":"info","@message":"null_resource.stable: Refreshing state... [id=4359]","@module":"tofu.ui","@timestamp":"2026-03-12T15:49:45.437874-07:00","hook":{"resource":{"addr":"null_resource.stable","module":"","resource":"null_resource.stable","implied_provider":"null","resource_type":"null_resource","resource_name":"stable","resource_key":null},"id_key":"id","id_value":"4359"},"type":"refresh_start"}
{"@level":"info","@message":"null_resource.stable: Refresh complete [id=4359]","@module":"tofu.ui","@timestamp":"2026-03-12T15:49:45.438395-07:00","hook":{"resource":{"addr":"null_resource.stable","module":"","resource":"null_resource.stable","implied_provider":"null","resource_type":"null_resource","resource_name":"stable","resource_key":null},"id_key":"id","id_value":"4359"},"type":"refresh_complete"}
{"@level":"info","@message":"Plan: 0 to add, 0 to change, 0 to destroy.","@module":"tofu.ui","@timestamp":"2026-03-12T15:49:45.441106-07:00","changes":{"add":0,"change":0,"import":0,"remove":0,"forget":0,"operation":"plan"},"type":"change_summary"}`;

const PLAN = JSON.stringify({
  format_version: '1.2',
  terraform_version: '1.11.5',
  variables: { secret_content: { value: 'updated-secret-value' } },
  resource_changes: [
    {
      address: 'local_sensitive_file.secret',
      mode: 'managed',
      type: 'local_sensitive_file',
      name: 'secret',
      provider_name: 'registry.opentofu.org/hashicorp/local',
      change: {
        actions: ['delete', 'create'],
        before: {
          content: 'initial-secret-value',
          content_base64: null,
          filename: './output/secret.txt',
          id: 'ffae43b9',
        },
        after: { content: 'updated-secret-value', content_base64: null, filename: './output/secret.txt' },
        after_unknown: { id: true },
        before_sensitive: { content: true, content_base64: true },
        after_sensitive: { content: true, content_base64: true },
        replace_paths: [['content']],
      },
      action_reason: 'replace_because_cannot_update',
    },
  ],
  configuration: { root_module: { variables: { secret_content: { sensitive: true } } } },
  timestamp: '2026-03-10T16:06:33Z',
  errored: false,
});
