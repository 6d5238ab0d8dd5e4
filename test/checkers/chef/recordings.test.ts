import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { chef } from '../../../checkers/chef/index.ts';
import type { Change, FieldValue } from '../../../src/checker.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { programOnPath, skipOptional } from '../../support/skips.ts';

/** What the checker's handler wrote in runs of Chef Infra Client 18.9.5, and beside each what it comes to. */
const RECORDINGS = join(import.meta.dirname, 'recordings');
const EXAMPLE = join(import.meta.dirname, '../../../examples/chef');
const LOCAL = { mode: 'local', run_list: ['recipe[shop]'] };

describe('the chef checker on what Chef wrote', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-chef-'));
  });

  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  it('finds in each recording exactly what is written beside it', async () => {
    const names = (await readdir(RECORDINGS)).filter((name) => name.endsWith('.jsonl'));
    expect(names).to.have.lengthOf(20);
    for (const name of names) {
      const found = await replay(join(RECORDINGS, name));
      await expectGolden(name, found);
    }
  });

  it('finds what real converges put right in the file the data collector appends to', async () => {
    const recorded = await readFile(join(RECORDINGS, 'converged.json'), 'utf8');
    const now = recorded.replace(/"end_time":"[^"]*"/, `"end_time":"${new Date().toISOString()}"`);
    await writeFile(join(dir, 'converged.json'), `${now}${now.split('\n')[0] ?? ''}\n`);
    await expectGolden('converged.json', await check(EXAMPLE, { mode: 'reports', directory: dir }));
  });

  it('the cookbooks and checks of the example are valid', async () => {
    const config = load(await readFile(join(EXAMPLE, 'drift-exporter.yaml'), 'utf8')) as {
      readonly checks: readonly { readonly options: unknown }[];
    };
    for (const { options } of config.checks) expect(chef.options.safeParse(options).error).to.equal(undefined);
  });

  it('runs Chef itself on the example, which changes neither the host nor the source', async function () {
    if (programOnPath('chef-client') === undefined) skipOptional(this, 'chef-client is not on PATH');
    const before = await readdir(EXAMPLE);
    const found = await check(EXAMPLE, { ...LOCAL, node_name: 'web-01' });
    expect([found.failures, found.resources]).to.deep.equal([[], 9]);
    expect(found.drift[0]?.address).to.equal('web-01/directory[/srv/shop]');
    expect(await readdir(EXAMPLE)).to.deep.equal(before);
  });

  /** A program in the place of chef-client hands the recorded events over. */
  async function replay(recording: string): Promise<Sum> {
    const client = join(dir, 'chef-client');
    const script = `#!/bin/sh\ncat '${recording}' > "$DRIFT_EXPORTER_EVENTS"\n`;
    await writeFile(client, script, { mode: 0o755 });
    return check(EXAMPLE, { ...LOCAL, chef_client: client });
  }

  async function check(sourceDir: string, options: object): Promise<Sum> {
    const context = await checkerContext({ sourceDir });
    try {
      return await sumOfRun(chef, options, context);
    } finally {
      await context.cleanup();
    }
  }
});

async function expectGolden(name: string, found: Sum): Promise<void> {
  const expected = join(RECORDINGS, name.replace(/\.jsonl?$/, '.txt'));
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(expected, textOf(found));
  expect(textOf(found), name).to.equal(await readFile(expected, 'utf8'));
  expect(JSON.stringify(found), name).not.to.contain('s3cr3t');
}

function textOf({ resources, drift, failures, notices, notCompared }: Sum): string {
  const lines = [
    `resources ${resources}`,
    ...drift.flatMap(({ address, action, origin, changes }) => [
      `drift ${address} ${action}${origin === undefined ? '' : ` at ${origin.file}:${origin.line}`}`,
      ...changes.map(changeText),
    ]),
    ...failures.map(({ reason, address = '-', message }) => `failure ${address} ${reason} ${message}`),
    ...notices.map(
      ({ kind, address = '-', message }) => `notice ${address} ${kind} ${message.replace(/ run of .*Z/, '')}`,
    ),
    ...notCompared.map(({ address, why }) => `not compared ${address} ${why}`),
  ];
  return `${lines.join('\n')}\n`;
}

function changeText({ op, path, live, desired }: Change): string {
  return `  ${op} ${path} ${valueText(live)} -> ${valueText(desired)}`;
}

function valueText(value: FieldValue | undefined): string {
  if (value === undefined) return '-';
  return value.kind === 'known' ? JSON.stringify(value.value) : value.kind;
}
