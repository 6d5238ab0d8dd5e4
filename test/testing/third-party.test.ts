import { expect } from 'chai';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtIn } from '../../checkers/index.ts';
import { loadConfig, type ConfigError, type LoadedConfig } from '../../src/config/load-config.ts';
import type { CheckContext } from '../../src/checker.ts';
import { makeChecks } from '../../src/discovery/make-checks.ts';
import { createRegistry } from '../../src/registry.ts';
import { conformanceTests, runChecker } from '../../src/testing/index.ts';

const root = join(import.meta.dirname, '../..');

const RACKS = `
import { defineChecker } from 'drift-exporter/checker';
import { z } from 'zod';
const discover = async () => ({ items: ['a', 'b'].map((name) => ({ id: name, values: { name } })), failures: [] });
export default defineChecker({
  apiVersion: 1,
  name: 'racks',
  options: z.strictObject({}),
  async *observe() {},
  compare: () => ({ resources: 0, drift: [] }),
  discoverers: [{ name: 'racks', options: z.strictObject({}), example: { name: 'a' }, discover }],
});
`;

/** A project that installed drift-exporter and a checker beside its configuration. */
async function project(plugins: Readonly<Record<string, string>> = {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-plugins-'));
  const modules = join(dir, 'node_modules');
  await mkdir(join(modules, '@acme'), { recursive: true });
  await cp(join(root, 'examples/checker-package'), join(modules, '@acme/drift-checker-lines'), { recursive: true });
  await symlink(root, join(modules, 'drift-exporter'));
  await symlink(join(root, 'node_modules/zod'), join(modules, 'zod'));
  for (const [name, body] of Object.entries(plugins)) {
    await mkdir(join(modules, name), { recursive: true });
    await writeFile(
      join(modules, name, 'package.json'),
      JSON.stringify({ name, type: 'module', exports: './index.js' }),
    );
    await writeFile(join(modules, name, 'index.js'), body);
  }
  return dir;
}

async function load(dir: string, text: string): Promise<LoadedConfig> {
  await writeFile(join(dir, 'drift-exporter.yaml'), text);
  return loadConfig(join(dir, 'drift-exporter.yaml'), { environment: {}, loadCheckers: createRegistry(builtIn) });
}

const CONFIG = `
plugins: ['@acme/drift-checker-lines']
checks: [{ name: hosts, checker: lines, options: { desired: hosts, live: /etc/hosts } }]
`;

describe('a third-party checker', () => {
  let dir: string;
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  it('is loaded by its package name and finds drift', async () => {
    dir = await project();
    const { config, checkers } = await load(dir, CONFIG);
    expect(config.checks[0]?.options).to.deep.equal({ desired: 'hosts', live: '/etc/hosts' });
    await writeFile(join(dir, 'desired'), 'a\nb\n');
    await writeFile(join(dir, 'live'), 'b\nc\n');
    const lines = checkers.get('lines')!;
    const result = await runChecker(lines, { options: { desired: 'desired', live: join(dir, 'live') }, source: dir });
    expect(result.drift.map(({ address, action }) => `${action} ${address}`)).to.deep.equal(['create a', 'delete c']);
    const failed = await runChecker(lines, { options: { desired: 'desired', live: '/nonexistent' }, source: dir });
    expect(failed.failures).to.deep.equal([
      { phase: 'observe', reason: 'not_found', message: '/nonexistent: cannot be read: ENOENT' },
    ]);
  });

  it('has its options validated strictly', async () => {
    dir = await project();
    const error = await load(dir, CONFIG.replace('live:', 'life:')).catch((thrown: unknown) => thrown);
    expect((error as ConfigError).errors).to.deep.equal([
      'checks[0].options.live: expected a text; got nothing',
      'checks[0].options.life: unknown key; expected one of desired, live',
    ]);
  });

  it('passes the conformance suite', async () => {
    dir = await project();
    const lines = (await load(dir, CONFIG)).checkers.get('lines')!;
    const files = (desired: string, live: string) => async (source: string) => {
      await writeFile(join(source, 'desired'), desired);
      await writeFile(join(dir, 'live'), live);
      return { desired: 'desired', live: join(dir, 'live') };
    };
    const tests = conformanceTests(lines, {
      scenarios: [
        { title: 'same', prepare: files('a\n', 'a\n'), expect: { status: 'in_sync' } },
        { title: 'other', prepare: files('a\n', 'b\n'), expect: { status: 'drifted', drifted: ['a', 'b'] } },
        {
          title: 'gone',
          prepare: async () => ({ desired: 'x', live: '/y' }),
          expect: { status: 'error', failures: ['invalid'] },
        },
      ],
      badOptions: { 'no live file': { desired: 'x' } },
    });
    expect(tests).to.have.length(7);
    for (const { run } of tests) await run();
  });

  it('brings a discoverer, whose things become checks', async () => {
    dir = await project({ racks: RACKS });
    const loaded = await load(
      dir,
      "plugins: [racks]\ndiscover: [{ name: all, racks: {}, checks: [{ name: 'rack-{{ name }}', checker: racks }] }]",
    );
    const discovery = loaded.config.discover[0]!;
    const { items } = await loaded.checkers.get('racks')!.discoverers![0]!.discover({}, {} as CheckContext);
    const made = makeChecks(discovery, items, { makeCheck: loaded.makeCheck, taken: new Map() });
    expect(made.checks.map(({ name, checker }) => `${name} by ${checker}`)).to.deep.equal([
      'rack-a by racks',
      'rack-b by racks',
    ]);
  });

  const checker = `apiVersion: 1, name: 'x', options: { safeParse() {} }, async *observe() {}, compare() {}`;
  const discoverer = `name: 'y', options: { safeParse() {} }, example: {}, async discover() {}`;
  const broken: readonly (readonly [string, string, string])[] = [
    ['no default export', 'export const x = 1;', 'expected its default export to be defineChecker({...})'],
    [
      'another version of the contract',
      `export default { ${checker}, apiVersion: 2 };`,
      'expected apiVersion 1; got 2',
    ],
    [
      'a bad name',
      `export default { ${checker}, name: 'Not OK' };`,
      'expected a name of lower case letters, digits, "_" and "-"',
    ],
    [
      'the name of a built-in checker',
      `export default { ${checker}, name: 'command' };`,
      'there is a checker command already',
    ],
    ['no compare', `export default { ${checker}, compare: 1 };`, 'expected a method compare'],
    ['no schema', `export default { ${checker}, options: {} };`, 'expected options to be a zod schema'],
    [
      'discoverers that are no list',
      `export default { ${checker}, discoverers: {} };`,
      'expected discoverers to be a list of defineDiscoverer({...})',
    ],
    [
      'a discoverer of a name that is taken',
      `export default { ${checker}, discoverers: [{ ${discoverer}, name: 'terraform' }] };`,
      'discoverers: terraform is a key of discover already',
    ],
    [
      'a discoverer named as a key',
      `export default { ${checker}, discoverers: [{ ${discoverer}, name: 'limit' }] };`,
      'discoverers: limit is a key of discover already',
    ],
    [
      'a discoverer that discovers nothing',
      `export default { ${checker}, discoverers: [{ ${discoverer}, discover: 1 }] };`,
      'discoverer y: expected options to be a zod schema, an example and a method discover',
    ],
    ['an error at import', 'throw new Error("license expired");', 'cannot be loaded: license expired'],
    ['a syntax error', 'export default {', 'cannot be loaded: Unexpected end of input'],
  ];
  for (const [title, body, message] of broken) {
    it(`that is broken is refused with a message that names it: ${title}`, async () => {
      dir = await project({ broken: body });
      const error = await load(dir, 'plugins: [broken]').catch((thrown: unknown) => thrown);
      expect((error as ConfigError).errors).to.deep.equal([`plugins[0]: broken: ${message}`]);
    });
  }
});
