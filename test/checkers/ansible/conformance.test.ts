import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ansible } from '../../../checkers/ansible/index.ts';
import { conformanceTests, type Scenario } from '../../../src/testing/index.ts';
import { needs } from '../../support/skips.ts';
import { TOOLS } from './lab.ts';

const HOSTS = 'web-01 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n';
const OPTIONS = { playbooks: ['site.yml'], inventory: ['hosts'] };

const scenario = (title: string, tasks: string, expect: Scenario['expect']): Scenario => ({
  title,
  expect,
  secrets: ['s3cr3t-conformance'],
  prepare: async (dir) => {
    await write(dir, { hosts: HOSTS, 'site.yml': `- { hosts: all, gather_facts: false, tasks: [${tasks}] }\n` });
    return OPTIONS;
  },
});

const SCENARIOS: readonly Scenario[] = [
  scenario('is in sync where nothing would change', '{ name: Root, file: { path: /, state: directory } }', {
    status: 'in_sync',
    drifted: [],
    failures: [],
  }),
  scenario(
    'finds drift and masks what is secret',
    '{ name: New, copy: { dest: /tmp/drift-exporter-never-made, content: "password=s3cr3t-conformance\\n" } }, { name: New, copy: { dest: /tmp/drift-exporter-never-made, content: x } }',
    { status: 'drifted', drifted: ['web-01/New', 'web-01/New #2'], failures: [] },
  ),
  scenario(
    'keeps drift beside a failure',
    '{ name: New, copy: { dest: /tmp/drift-exporter-never-made, content: x } }, { name: No, fail: { msg: no } }',
    { status: 'error', drifted: ['web-01/New'], failures: ['task_failed'] },
  ),
  scenario('is never in sync when check mode can do nothing', '{ name: Only, command: "true" }', {
    status: 'error',
    drifted: [],
    failures: ['unsupported'],
  }),
];

async function write(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
}

describe('ansible: what every checker owes', function () {
  this.timeout(90_000);
  before(function () {
    needs(this, TOOLS);
  });
  const tests = conformanceTests(ansible, {
    scenarios: SCENARIOS,
    slow: {
      prepare: async (dir) => {
        const tasks = '[{ pause: { seconds: 120 } }]';
        await write(dir, { hosts: HOSTS, 'site.yml': `- { hosts: all, gather_facts: false, tasks: ${tasks} }\n` });
        return OPTIONS;
      },
    },
    badOptions: {
      'no playbook': { playbooks: [] },
      'an argument for a playbook': { playbooks: ['--syntax-check'] },
      'a prompt for the vault password': { ...OPTIONS, vault_ids: ['prod@prompt'] },
      'a jump host that is an option': { ...OPTIONS, jump: '-oProxyCommand=x' },
      'a bad duration': { ...OPTIONS, fact_cache: 'soon' },
      'no forks': { ...OPTIONS, forks: 0 },
    },
  });
  for (const { title, run } of tests) it(title, run);
});
