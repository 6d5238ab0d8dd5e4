import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { terraform } from '../../../checkers/terraform/index.ts';
import { conformanceTests, type Scenario } from '../../../src/testing/index.ts';
import { needs } from '../../support/skips.ts';

const examples = join(import.meta.dirname, '../../../examples/terraform');
const example = (name: string) => async (dir: string) => {
  await cp(join(examples, name), dir, { recursive: true });
  return {};
};

const root =
  (text: string, options: Readonly<Record<string, unknown>> = {}) =>
  async (dir: string) => {
    await writeFile(join(dir, 'main.tf'), text);
    return options;
  };

const SENSITIVE = `
variable "pw" {
  type      = string
  sensitive = true
}
resource "terraform_data" "a" {
  input = { login = var.pw, plain = nonsensitive(var.pw) }
}
`;

describe('checker terraform, as every checker', () => {
  before(function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install' });
  });

  const scenarios: readonly Scenario[] = [
    { title: 'a root that is applied', prepare: example('in-sync'), expect: { status: 'in_sync', drifted: [] } },
    {
      title: 'a root with an update, a creation and a removal',
      prepare: example('drifted'),
      expect: {
        status: 'drifted',
        drifted: ['terraform_data.web["a"]', 'terraform_data.web["b"]', 'terraform_data.web["c"]'],
      },
    },
    {
      title: 'a root that lacks a value',
      prepare: example('failing'),
      expect: { status: 'error', failures: ['missing_variable'] },
    },
    {
      title: 'a root that is no Terraform',
      prepare: root('resource {'),
      expect: { status: 'error', failures: ['invalid'] },
    },
    {
      title: 'a secret variable, marked or not',
      prepare: async (dir) => {
        await writeFile(join(dir, 'pw'), 'c4n4ry-terraform');
        return root(SENSITIVE, { variables: { pw: { file: join(dir, 'pw') } } })(dir);
      },
      expect: { status: 'drifted', drifted: ['terraform_data.a'] },
      secrets: ['c4n4ry-terraform'],
    },
  ];
  const tests = conformanceTests(terraform, {
    scenarios,
    slow: {
      prepare: async (dir) => {
        await writeFile(join(dir, 'slow.sh'), '#!/bin/sh\nsetsid sleep 100 &\nsleep 100\n', { mode: 0o755 });
        return root('resource "terraform_data" "a" {}', { binary: join(dir, 'slow.sh') })(dir);
      },
    },
    badOptions: {
      'a directory outside the source': { dir: '../other' },
      'a binary that is no text': { binary: 1 },
      'outside changes that do not exist': { outside_changes: 'some' },
      'a parallelism of zero': { parallelism: 0 },
    },
  });
  for (const { title, run } of tests) it(title, run);
});
