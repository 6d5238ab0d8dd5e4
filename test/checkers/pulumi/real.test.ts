import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { pulumi } from '../../../checkers/pulumi/index.ts';
import { fingerprint } from '../../../src/testing/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { programOnPath, skipOptional } from '../../support/skips.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/pulumi');

describe('the example of Pulumi', () => {
  it('has options that are valid', async () => {
    const { checks } = load(await readFile(join(EXAMPLE, 'drift-exporter.yaml'), 'utf8')) as {
      checks: { options: unknown }[];
    };
    for (const { options } of checks) expect(pulumi.options.safeParse(options).error).to.equal(undefined);
  });
});

describe('the pulumi checker with Pulumi itself', () => {
  it('previews a stack of a file backend, and writes neither its state nor the source', async function () {
    if (programOnPath('pulumi') === undefined) skipOptional(this, 'pulumi is not on PATH (https://get.pulumi.com)');
    this.timeout(300_000);
    const dir = await mkdtemp(join(tmpdir(), 'drift-pulumi-'));
    try {
      const [state, source, home] = ['state', 'source', 'home'].map((name) => join(dir, name));
      if (state === undefined || source === undefined || home === undefined) throw new Error('three directories');
      for (const made of [state, home]) await mkdir(made);
      await cp(join(EXAMPLE, 'network'), source, { recursive: true });
      await writeFile(join(dir, 'passphrase'), 'test');
      const env = {
        ...process.env,
        PULUMI_HOME: home,
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: join(dir, 'passphrase'),
        PULUMI_SKIP_UPDATE_CHECK: 'true',
      };
      const run = (...args: string[]): Promise<unknown> =>
        promisify(execFile)('pulumi', [...args, '--non-interactive'], { cwd: source, env });
      await run('stack', 'init', 'prod');
      await run('up', '--yes', '--skip-preview', '--stack', 'prod');
      const stacks = join(state, '.pulumi/stacks');
      const before = [await fingerprint(stacks), await fingerprint(source)];
      const options = { backend_url: `file://${state}`, passphrase_file: join(dir, 'passphrase'), home };
      const inSync = await check(source, options);
      expect([inSync.failures, inSync.drift]).to.deep.equal([[], []]);
      expect(inSync.resources).to.be.at.least(1);
      expect([await fingerprint(stacks), await fingerprint(source)]).to.deep.equal(before);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

async function check(sourceDir: string, options: object): Promise<Sum> {
  const context = await checkerContext({ sourceDir });
  try {
    return await sumOfRun(pulumi, options, context);
  } finally {
    await context.cleanup();
  }
}
