import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { terraform } from '../../../checkers/terraform/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';

const NULL_RESOURCE = {
  type: 'null_resource',
  primary: { id: '1', attributes: { id: '1' } },
  provider: 'provider.null',
};
/** States as these versions wrote them. */
const STATES = {
  'Terraform 0.11': {
    version: 3,
    terraform_version: '0.11.14',
    serial: 1,
    lineage: 'x',
    modules: [{ path: ['root'], outputs: {}, resources: { 'null_resource.a': NULL_RESOURCE } }],
  },
  'Terraform 0.12': {
    version: 4,
    terraform_version: '0.12.31',
    serial: 1,
    lineage: 'x',
    outputs: {},
    resources: [
      {
        mode: 'managed',
        type: 'null_resource',
        name: 'a',
        provider: 'provider.null',
        instances: [{ schema_version: 0, attributes: { id: '1', triggers: null } }],
      },
    ],
  },
};

describe('the terraform checker, before Terraform 1.0', () => {
  let dir = '';

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-old-'));
    await writeFile(join(dir, 'main.tf'), '');
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  const check = async (options: object): Promise<Sum> => {
    const context = await checkerContext({ sourceDir: dir });
    try {
      return await sumOfRun(terraform, options, context);
    } finally {
      await context.cleanup();
    }
  };

  for (const [version, state] of Object.entries(STATES)) {
    it(`says that a state of ${version} has to be upgraded first`, async function () {
      needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install' });
      await writeFile(join(dir, 'terraform.tfstate'), JSON.stringify(state));
      const { failures, drift, resources } = await check({});
      expect({ drift, resources }).to.deep.equal({ drift: [], resources: 0 });
      expect(failures.map(({ reason }) => reason)).to.deep.equal(['unsupported']);
      expect(failures[0]?.message).to.match(/legacy provider address.*must complete the Terraform 0\.13 upgrade/s);
    });
  }

  // Fixture executables: they say what those programs say to a flag that they do not know. Nobody packages them any more.
  for (const [version, init, message] of [
    [
      'v0.11.14',
      'always',
      'Terraform v0.11.14: it does not know -lockfile: expected Terraform 1.0 or newer, or OpenTofu, which give a plan as JSON',
    ],
    [
      'v0.12.31',
      'never',
      'Terraform v0.12.31: it does not know -json: expected Terraform 1.0 or newer, or OpenTofu, which give a plan as JSON',
    ],
  ] as const) {
    it(`says of Terraform ${version} which version the JSON needs`, async () => {
      const binary = join(dir, 'terraform-old');
      await writeFile(binary, oldTerraform(version));
      await chmod(binary, 0o755);
      const { failures, drift, resources } = await check({ binary, ...(init === 'never' && { init }) });
      expect({ drift, resources }).to.deep.equal({ drift: [], resources: 0 });
      expect(failures).to.deep.equal([{ phase: 'observe', reason: 'unsupported', message }]);
    });
  }
});

function oldTerraform(version: string): string {
  return `#!/bin/sh
if [ "$1" = version ]; then
  echo 'Terraform ${version}'
  echo
  echo 'Your version of Terraform is out of date! The latest version'
  exit 0
fi
for flag in "$@"; do
  case "$flag" in
    -lockfile=*|-json)
      echo "flag provided but not defined: \${flag%%=*}" >&2
      echo "Usage: terraform $1 [options] [DIR]" >&2
      exit 1;;
  esac
done
`;
}
