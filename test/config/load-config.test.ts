import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtIn } from '../../checkers/index.ts';
import { ConfigError, parseConfig, type LoadedConfig } from '../../src/config/load-config.ts';
import { createRegistry } from '../../src/registry.ts';

const load = (text: string, environment: Record<string, string> = {}): Promise<LoadedConfig> =>
  parseConfig(text, { file: '/etc/drift/drift-exporter.yaml', environment, loadCheckers: createRegistry(builtIn) });

const errorsOf = async (text: string): Promise<readonly string[]> => {
  const error = await load(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw new Error(`expected a ConfigError, got ${String(error)}`);
  return error.errors;
};

const CHECK = 'name: a, checker: command, options: { command: [x] }';

describe('a configuration', () => {
  it('may be empty: every default is in place', async () => {
    const { config } = await load('');
    expect(config).to.deep.equal({
      global: {
        concurrency: 4,
        resourceSeriesPerCheck: 500,
        dataDir: '/etc/drift/data',
        passEnv: [],
        killGraceMs: 5000,
        retention: { inSyncMs: 14 * 86_400_000, otherMs: 90 * 86_400_000 },
        logLevel: 'info',
        sandbox: { umask: 0o077 },
      },
      store: { kind: 'sqlite', path: '/etc/drift/data/drift.db' },
      web: {
        listen: { port: 9152 },
        enableLifecycle: false,
        allowedHosts: [],
        trustedProxies: [],
        maxBodyBytes: 10 * 1024 * 1024,
        rateLimit: { requestsPerMinute: 1200, failedLoginsPerMinute: 10 },
      },
      plugins: [],
      sources: [],
      checks: [],
      discover: [],
      ignore: [],
      redact: { keys: [], patterns: [] },
    });
  });

  it('gives a check what the global section says, and lets the check say otherwise', async () => {
    const { config } = await load(`
global: { interval: 1h30m, jitter: 0%, timeout: 90s, timezone: Europe/Berlin, labels: { env: prod, team: ops }, confirmations: 2 }
checks:
  - { ${CHECK} }
  - { name: b, checker: command, schedule: '0 3 * * *', timeout: 5s, labels: { team: db }, confirmations: 1, options: { command: [y] } }
`);
    expect(config.checks.map((check) => ({ ...check, options: {} }))).to.deep.equal([
      {
        name: 'a',
        checker: 'command',
        schedule: { kind: 'interval', intervalMs: 5_400_000, jitter: 0 },
        timeoutMs: 90_000,
        labels: { env: 'prod', team: 'ops' },
        confirmations: 2,
        pool: 'default',
        weight: 1,
        options: {},
      },
      {
        name: 'b',
        checker: 'command',
        schedule: { kind: 'cron', expression: '0 3 * * *', timezone: 'Europe/Berlin' },
        timeoutMs: 5_000,
        labels: { env: 'prod', team: 'db' },
        confirmations: 1,
        pool: 'default',
        weight: 1,
        options: {},
      },
    ]);
  });

  it('lets a rule that expires on a day apply until its end', async () => {
    const { config } = await load(
      'ignore: [{ name: r, match: { type: x }, reason: r, owner: o, expires: "2027-01-31" }]',
    );
    expect(config.ignore[0]).to.include({ expiresAt: '2027-01-31T23:59:59.999Z' });
  });

  it('takes values from the environment, with defaults and an escape', async () => {
    const text = 'sources: [{ name: s, git: { url: "https://${HOST}/${REPO:-infra}.git", ref: "$${x" } }]';
    expect((await load(text, { HOST: 'git.example.org' })).config.sources[0]).to.deep.include({
      url: 'https://git.example.org/infra.git',
      ref: '${x',
    });
  });

  it('does not take what a variable holds for YAML', async () => {
    const { config } = await load(`checks: [{ name: a, checker: command, options: { command: ['\${X}'] } }]`, {
      X: "'], evil: [",
    });
    expect(config.checks[0]?.options).to.deep.include({ command: ["'], evil: ["] });
  });

  it('reports all its errors at once', async () => {
    expect(
      await errorsOf(`
globl: {}
global: { interval: 15, concurency: 3 }
web: { listen: 9152 }
sources: [{ name: a, directory: . }, { name: a, directory: . }]
checks:
  - { name: x y, checker: command, options: { command: [] } }
  - { name: b, checker: terrafrom }
  - { name: c, checker: command, source: nope, options: { comand: [x] } }
ignore: [{ name: r, match: {}, reason: x }]
`),
    ).to.deep.equal([
      'globl: unknown key; expected one of global, store, web, plugins, sources, checks, discover, ignore, redact',
      'global.interval: expected a text; got 15',
      'global.concurency: unknown key; expected one of interval, timeout, jitter, timezone, concurrency, confirmations, fingerprint_ignores, labels, resource_series_per_check, compatible_metrics, data_dir, pass_env, kill_grace, log_level, sandbox',
      'web.listen: expected a text; got 9152',
      'checks[0].name: expected letters, digits, ".", "_" and "-", at most 128, beginning with a letter or digit; got "x y"',
      'ignore[0].match: expected at least one condition: a rule that matches everything hides everything; got a map',
      'ignore[0].owner: expected a text; got nothing',
      `checks[1].checker: no such checker; expected one of ${builtIn
        .map(({ name }) => name)
        .toSorted()
        .join(', ')}; got "terrafrom"`,
      'checks[2].source: no such source; expected one of a, a; got "nope"',
      'checks[2].options.command: expected a list; got nothing',
      'checks[2].options.comand: unknown key; expected one of command, exit_codes, output, dir, env',
      'sources: expected unique names; got "a" 2 times',
    ]);
  });
});

describe('a bad configuration', () => {
  const folder = join(import.meta.dirname, 'bad');
  for (const file of readdirSync(folder)) {
    it(`is refused with the exact message: ${file}`, async () => {
      const [first = '', ...rest] = (await readFile(join(folder, file), 'utf8')).split('\n');
      expect(await errorsOf(rest.join('\n'))).to.deep.equal(first.replace('# expect: ', '').split(' && '));
    });
  }

  it('is not a text at all', async () => {
    expect((await errorsOf('\0\u0001\u0002'))[0]).to.match(/^not YAML at line 1, column 1/);
  });
});
