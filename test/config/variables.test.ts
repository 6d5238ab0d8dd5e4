import { expect } from 'chai';
import { builtIn } from '../../checkers/index.ts';
import { ConfigError, parseConfig, type LoadedConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/config.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { createRegistry } from '../../src/registry.ts';

type Environment = Readonly<Record<string, string>>;

function load(text: string, environment: Environment): Promise<LoadedConfig> {
  const options = { file: '/etc/drift/drift-exporter.yaml', environment, loadCheckers: createRegistry(builtIn) };
  return parseConfig(text, options);
}

async function errorsOf(text: string, environment: Environment): Promise<readonly string[]> {
  const error: unknown = await load(text, environment).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ConfigError ? error.errors : [];
}

const check = (rest: string): string => `checks: [{ name: a, checker: command, ${rest} }]`;

function optionsOf({ checks }: Config): Readonly<Record<string, unknown>> {
  return (checks[0]?.options ?? {}) as Readonly<Record<string, unknown>>;
}

interface Read {
  readonly text: string;
  readonly of: (config: Config) => unknown;
  /** What the variable V holds, and what is read of it. */
  readonly reads: readonly (readonly [string, unknown])[];
}

const READ: Readonly<Record<string, Read>> = {
  'a whole number': {
    text: 'global:\n  concurrency: ${V}',
    of: ({ global }) => global.concurrency,
    reads: [
      ['7', 7],
      ['+7', 7],
      ['0x10', 16],
    ],
  },
  'a whole number, by default': {
    text: 'global:\n  concurrency: ${UNSET:-3}',
    of: ({ global }) => global.concurrency,
    reads: [['', 3]],
  },
  'a whole number in quotes, as JSON has it': {
    text: '{"global": {"concurrency": "${V}"}}',
    of: ({ global }) => global.concurrency,
    reads: [['7', 7]],
  },
  'true or false': {
    text: 'web:\n  enable_lifecycle: ${V}',
    of: ({ web }) => web.enableLifecycle,
    reads: [
      ['true', true],
      ['False', false],
    ],
  },
  'a duration': {
    text: check('timeout: "${V}", options: { command: [x] }'),
    of: ({ checks }) => checks[0]?.timeoutMs,
    reads: [['90s', 90_000]],
  },
  'a text': {
    text: check('labels: { team: "${V}" }, options: { command: [x] }'),
    of: ({ checks }) => checks[0]?.labels['team'],
    reads: ['0123', '1e5', 'true', 'on', 'null', '~', ''].map((text) => [text, text]),
  },
  'a number of a check': {
    text: check('confirmations: "${V}", options: { command: [x] }'),
    of: ({ checks }) => checks[0]?.confirmations,
    reads: [['3', 3]],
  },
  'a number and true or false among the options of a checker': {
    text: 'checks: [{ name: a, checker: terraform, options: { parallelism: "${V}", lock: "${L:-true}" } }]',
    of: (config) => [optionsOf(config)['parallelism'], optionsOf(config)['lock']],
    reads: [['4', [4, true]]],
  },
  'a number in a list, and a text in one': {
    text: check('options: { command: [x, "${V}"], exit_codes: { drifted: [3, "${V}"] } }'),
    of: (config) => [optionsOf(config)['command'], optionsOf(config)['exit_codes']],
    reads: [['4', [['x', '4'], { in_sync: [0], drifted: [3, 4] }]]],
  },
  'a text, where a number is taken too': {
    text: 'checks: [{ name: a, checker: terraform, options: { backend_config: { role: "${V}" } } }]',
    of: (config) => optionsOf(config)['backend_config'],
    reads: [['007', { role: '007' }]],
  },
};

const REFUSED: Readonly<Record<string, { text: string; value: string; errors: readonly string[] }>> = {
  'what is no number': {
    text: 'global:\n  concurrency: ${V}',
    value: 'many',
    errors: ['global.concurrency: expected a number; got "many"'],
  },
  nothing: {
    text: 'global:\n  concurrency: ${V}',
    value: '',
    errors: ['global.concurrency: expected a number; got ""'],
  },
  null: {
    text: 'global:\n  concurrency: ${V}',
    value: 'null',
    errors: ['global.concurrency: expected a number; got "null"'],
  },
  'a number out of range': {
    text: 'global:\n  concurrency: ${V}',
    value: '0',
    errors: ['global.concurrency: expected at least 1; got 0'],
  },
  'a number that is not whole': {
    text: check('confirmations: "${V}", options: { command: [x] }'),
    value: '1.5',
    errors: ['checks[0].confirmations: expected a whole number; got 1.5'],
  },
  'a number for true or false': {
    text: 'web:\n  enable_lifecycle: ${V}',
    value: '1',
    errors: ['web.enable_lifecycle: expected true or false; got "1"'],
  },
  'a word of YAML 1.1': {
    text: 'web:\n  enable_lifecycle: ${V}',
    value: 'yes',
    errors: ['web.enable_lifecycle: expected true or false; got "yes"'],
  },
  'a list': {
    text: 'global:\n  concurrency: ${V}',
    value: '[1]',
    errors: ['global.concurrency: expected a number; got "[1]"'],
  },
  'a variable with something beside it': {
    text: 'global:\n  concurrency: 1${V}',
    value: '2',
    errors: ['global.concurrency: expected a number; got "12"'],
  },
  'a number that is written as a text': {
    text: 'global:\n  concurrency: "3"',
    value: '',
    errors: ['global.concurrency: expected a number; got "3"'],
  },
};

describe('a variable', () => {
  for (const [title, { text, of, reads }] of Object.entries(READ)) {
    it(`is read as what is expected there: ${title}`, async () => {
      for (const [value, read] of reads) expect(of((await load(text, { V: value })).config), value).to.deep.equal(read);
    });
  }

  for (const [title, { text, value, errors }] of Object.entries(REFUSED)) {
    it(`is refused where it stands: ${title}`, async () => {
      expect(await errorsOf(text, { V: value })).to.deep.equal(errors);
    });
  }

  it('is read so in templates of discovered checks, and so is what is found', async () => {
    const text = `
sources: [{ name: s, directory: . }]
discover:
  - name: roots
    source: s
    limit: \${LIMIT}
    terraform: {}
    checks:
      - { name: 'a {{ name }}', checker: terraform, confirmations: "\${N}", options: { dir: '{{ path }}', lock: "\${LOCK}" } }
`;
    const { config, makeCheck } = await load(text, { LIMIT: '5', N: '2', LOCK: 'true' });
    expect(config.discover[0]).to.include({ limit: 5 });
    const template = config.discover[0]?.templates[0];
    const made = makeCheck({ ...template, name: 'a', weight: '2' }, []);
    expect(made).to.deep.include({ ok: true });
    expect(made).to.have.nested.include({ 'value.confirmations': 2, 'value.options.lock': true, 'value.weight': 2 });
  });

  it('stands in the schema for editors where a number, or true or false, does', () => {
    const { properties } = configJsonSchema(builtIn) as {
      properties: Record<string, { properties: Record<string, { type: unknown; pattern?: string }> }>;
    };
    const { concurrency } = properties['global']?.properties ?? {};
    expect(concurrency?.type).to.deep.equal(['integer', 'string']);
    expect('${WORKERS:-4}').to.match(new RegExp(concurrency?.pattern ?? '^$'));
    expect('4').not.to.match(new RegExp(concurrency?.pattern ?? ''));
  });
});
