import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { pulumi } from '../../../checkers/pulumi/index.ts';
import type { FailureReason } from '../../../src/drift.ts';
import { conformanceTests, type Scenario } from '../../../src/testing/index.ts';

const URN = (name: string, type = 'aws:s3/bucket:Bucket'): string => `urn:pulumi:prod::shop::${type}::${name}`;
const ROOT = { op: 'same', urn: URN('shop-prod', 'pulumi:pulumi:Stack'), detailedDiff: null };
const SIGNATURE = '4dabf18193072939515e22adb298388d';

interface Digest {
  readonly steps?: readonly object[];
  readonly diagnostics?: readonly object[];
  readonly changeSummary?: object;
}

const digest = (steps: readonly object[], more: Digest = {}): string =>
  JSON.stringify({
    config: { 'shop:token': '[secret]' },
    steps: [ROOT, ...steps],
    duration: 1,
    changeSummary: { same: 1 },
    ...more,
  });

interface Project {
  /** By the name of the fixture's file: `prod.json`, `prod.refresh.json`, `prod.exit`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, unknown>>;
}

const STACKS = JSON.stringify([{ name: 'prod', current: false, updateInProgress: false }]);

const project =
  ({ files = {}, options = {} }: Project) =>
  async (dir: string): Promise<Readonly<Record<string, unknown>>> => {
    await mkdir(join(dir, 'infra/fixture'), { recursive: true });
    await writeFile(join(dir, 'infra/Pulumi.yaml'), 'name: shop\nruntime: yaml\n');
    for (const [name, text] of Object.entries({ 'stacks.json': STACKS, ...files })) {
      await writeFile(join(dir, 'infra/fixture', name), text);
    }
    const program = join(dir, 'pulumi');
    await copyFile(join(import.meta.dirname, 'fixtures/pulumi'), program);
    return { dir: 'infra', pulumi: program, ...options };
  };

/** The same with and without asking the providers. */
const both = (text: string): Readonly<Record<string, string>> => ({ 'prod.json': text, 'prod.refresh.json': text });

const logs = {
  op: 'update',
  urn: URN('logs'),
  oldState: {
    inputs: { acl: 'private', tags: { a: '1' } },
    outputs: { acl: 'public-read', tags: { a: '1' }, arn: 'arn:1' },
  },
  newState: { inputs: { acl: 'private', tags: { a: '1', b: '2' } } },
  diffReasons: ['acl', 'tags'],
  detailedDiff: { acl: { kind: 'update', inputDiff: false }, 'tags.b': { kind: 'add', inputDiff: false } },
};

const same = { op: 'same', urn: URN('logs'), detailedDiff: null };
const refreshed = { op: 'refresh', urn: URN('logs'), detailedDiff: null };

const scenarios: readonly Scenario[] = [
  {
    title: 'finds a stack in sync, whose refresh steps are no changes',
    prepare: project({ files: { 'prod.refresh.json': digest([refreshed, same]) } }),
    expect: { status: 'in_sync' },
    verify: ({ resources }) => {
      expect(resources).to.equal(2);
    },
  },
  {
    title: 'tells a change outside, which only the providers bring up, with its fields',
    prepare: project({ files: { 'prod.refresh.json': digest([refreshed, logs]), 'prod.json': digest([same]) } }),
    expect: { status: 'drifted', drifted: ['prod/aws:s3/bucket:Bucket::logs'] },
    verify: ({ drift: [drift], exitCode }) => {
      expect(exitCode).to.equal(0);
      expect([drift?.type, drift?.scope, drift?.action, drift?.cause]).to.deep.equal([
        'aws:s3/bucket:Bucket',
        'prod',
        'update',
        'out_of_band',
      ]);
      expect(drift?.changes).to.deep.equal([
        {
          op: 'replace',
          path: '/acl',
          live: { kind: 'known', value: 'public-read' },
          desired: { kind: 'known', value: 'private' },
        },
        { op: 'add', path: '/tags/b', desired: { kind: 'known', value: '2' } },
      ]);
    },
  },
  {
    title: 'tells what git alone changed from it',
    prepare: project({ files: both(digest([logs])) }),
    expect: { status: 'drifted' },
    verify: ({ drift: [drift] }) => {
      expect(drift?.cause).to.equal('unapplied');
    },
  },
  {
    title: 'does not guess the cause where both have changed something, or the second preview fails',
    prepare: project({ files: { 'prod.refresh.json': digest([logs]), 'prod.json': '', 'prod.exit': '255' } }),
    expect: { status: 'drifted' },
    verify: ({ drift: [drift] }) => {
      expect(drift?.cause).to.equal('unknown');
    },
  },
  {
    title: 'compares code with state alone where that is asked for',
    prepare: project({
      files: { 'prod.json': digest([logs]), 'prod.refresh.exit': '99' },
      options: { refresh: false },
    }),
    expect: { status: 'drifted' },
    verify: ({ drift: [drift] }) => {
      expect(drift?.cause).to.equal('unapplied');
    },
  },
  {
    title: 'counts a replacement once, be it one step or three, and names what forces it',
    prepare: project({
      files: both(
        digest([
          ...['create-replacement', 'replace', 'delete-replaced'].map((op) => ({
            ...logs,
            op,
            urn: URN('db', 'aws:rds/instance:Instance'),
            detailedDiff: null,
            diffReasons: ['acl', 'arn'],
            replaceReasons: ['acl'],
          })),
          {
            ...logs,
            op: 'replace',
            urn: URN('cache'),
            detailedDiff: { acl: { kind: 'update-replace', inputDiff: true } },
          },
        ]),
      ),
    }),
    expect: { status: 'drifted', drifted: ['prod/aws:rds/instance:Instance::db', 'prod/aws:s3/bucket:Bucket::cache'] },
    verify: ({ drift }) => {
      expect(
        drift.map(({ action, changes }) => [
          action,
          changes.map(({ path, forcesReplacement }) => [path, forcesReplacement]),
        ]),
      ).to.deep.equal([
        [
          'replace',
          [
            ['/acl', true],
            ['/arn', undefined],
          ],
        ],
        ['replace', [['/acl', true]]],
      ]);
    },
  },
  {
    title: 'tells created and deleted resources, and children of components by their parents',
    prepare: project({
      files: both(
        digest([
          {
            op: 'create',
            urn: URN('new', 'acme:index:Site$aws:s3/bucket:Bucket'),
            newState: { inputs: { a: 1 } },
            detailedDiff: null,
          },
          { op: 'delete', urn: URN('old::with colons'), oldState: { inputs: {} }, detailedDiff: null },
        ]),
      ),
    }),
    expect: {
      status: 'drifted',
      drifted: ['prod/acme:index:Site$aws:s3/bucket:Bucket::new', 'prod/aws:s3/bucket:Bucket::old::with colons'],
    },
    verify: ({ drift }) => {
      expect(drift.map(({ type, action, changes }) => [type, action, changes.length])).to.deep.equal([
        ['aws:s3/bucket:Bucket', 'create', 0],
        ['aws:s3/bucket:Bucket', 'delete', 0],
      ]);
    },
  },
  {
    title: 'notes imports, reads, outputs and warnings, none of which is drift',
    prepare: project({
      files: both(
        JSON.stringify({
          steps: [
            {
              op: 'update',
              urn: ROOT.urn,
              diffReasons: ['url'],
              oldState: { outputs: { url: 'a' } },
              newState: { outputs: { url: 'b' } },
              detailedDiff: null,
            },
            { op: 'import', urn: URN('adopted'), detailedDiff: null },
            { op: 'read', urn: URN('looked-up'), detailedDiff: null },
          ],
          diagnostics: [
            { severity: 'warning', message: 'deprecated', urn: URN('adopted') },
            { severity: 'info', message: 'hello' },
          ],
          changeSummary: { same: 1 },
        }),
      ),
    }),
    expect: { status: 'in_sync' },
    verify: ({ notices }) => {
      expect(notices.map(({ kind }) => kind)).to.have.members(['output_changed', 'imported', 'data_read', 'warning']);
    },
  },
  {
    title: 'shows no secret: not blinded ones, not marked ones, not beside them, not inside of values',
    prepare: project({
      files: both(
        digest([
          {
            op: 'update',
            urn: URN('vault'),
            oldState: {
              inputs: {
                token: '[secret]',
                nested: { deep: { [SIGNATURE]: '1b47061264138c4ac30d75fd1eb44270', ciphertext: 'c4n4ry-cipher' } },
                out: 'c4n4ry-output',
                list: ['x'],
              },
              outputs: { token: 'c4n4ry-cleartext', out: 'c4n4ry-output' },
              additionalSecretOutputs: ['out'],
            },
            newState: {
              inputs: {
                token: '[secret]',
                nested: { deep: '[secret]', open: 1 },
                out: 'c4n4ry-new',
                list: [{ [SIGNATURE]: '1b47061264138c4ac30d75fd1eb44270', plaintext: '"c4n4ry-plain"' }],
              },
            },
            detailedDiff: {
              token: { kind: 'update' },
              'nested.deep': { kind: 'update' },
              nested: { kind: 'update' },
              out: { kind: 'update' },
              'list[0]': { kind: 'update' },
            },
          },
        ]),
      ),
    }),
    expect: { status: 'drifted' },
    secrets: ['c4n4ry-cipher', 'c4n4ry-cleartext', 'c4n4ry-output', 'c4n4ry-new', 'c4n4ry-plain'],
    verify: ({ drift: [drift] }) => {
      expect(
        drift?.changes.filter(({ path }) => path !== '/nested').every(({ desired }) => desired?.kind === 'sensitive'),
      ).to.equal(true);
    },
  },
  {
    title: 'knows what is not known before an update',
    prepare: project({
      files: both(
        digest([
          {
            ...logs,
            newState: { inputs: { acl: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' } },
            detailedDiff: { acl: { kind: 'update' } },
          },
        ]),
      ),
    }),
    expect: { status: 'drifted' },
    verify: ({ drift: [drift] }) => {
      expect(drift?.changes[0]?.desired).to.deep.equal({ kind: 'unknown' });
    },
  },
  {
    title: 'looks at the stacks that match, each with its own failures',
    prepare: project({
      files: {
        'stacks.json': JSON.stringify(['prod-eu', 'prod-us', 'dev'].map((name) => ({ name }))),
        'prod-eu.refresh.json': digest([same]),
        'prod-us.refresh.exit': '255',
        'prod-us.refresh.err': 'error: the stack is currently locked by 1 lock(s)',
      },
      options: { stacks: ['prod-*'] },
    }),
    expect: { status: 'error', failures: ['locked'] },
    verify: ({ failures: [failure], resources }) => {
      expect([failure?.address, resources]).to.deep.equal(['prod-us', 2]);
    },
  },
];

interface Bad {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly reason: FailureReason;
  readonly says?: RegExp;
}

const said = (err: string, out = ''): Bad['files'] => ({
  'prod.refresh.json': out,
  'prod.refresh.err': err,
  'prod.refresh.exit': '255',
});
const diagnosed = (message: string, severity = 'error', urn?: string): Bad['files'] => ({
  'prod.refresh.json': digest([], { diagnostics: [{ severity, message, ...(urn !== undefined && { urn }) }] }),
  'prod.refresh.exit': '255',
});

const BAD: readonly Bad[] = [
  {
    title: 'nothing at all',
    files: { 'prod.refresh.json': '' },
    reason: 'bad_output',
    says: /^prod: expected the JSON of a preview, got nothing$/,
  },
  {
    title: 'text',
    files: { 'prod.refresh.json': 'Previewing update (prod)' },
    reason: 'bad_output',
    says: /got 24 characters$/,
  },
  {
    title: 'JSON cut off',
    files: { 'prod.refresh.json': digest([logs]).slice(0, 300) },
    reason: 'bad_output',
    says: /cut off/,
  },
  {
    title: 'JSON with something behind it',
    files: { 'prod.refresh.json': `${digest([])} done` },
    reason: 'bad_output',
  },
  { title: 'a list', files: { 'prod.refresh.json': '[]' }, reason: 'bad_output' },
  {
    title: 'streamed events',
    files: { 'prod.refresh.json': '{"sequence":0}\n{"sequence":1}\n' },
    reason: 'bad_output',
  },
  {
    title: 'an empty document',
    files: { 'prod.refresh.json': '{}' },
    reason: 'bad_output',
    says: /did not come to its end/,
  },
  {
    title: 'steps that are no list',
    files: { 'prod.refresh.json': '{"steps":{}}' },
    reason: 'bad_output',
    says: /: steps: /,
  },
  {
    title: 'a step without its kind',
    files: { 'prod.refresh.json': JSON.stringify({ steps: [{ urn: URN('a') }] }) },
    reason: 'bad_output',
    says: /steps\.0\.op/,
  },
  {
    title: 'a step without a URN',
    files: { 'prod.refresh.json': JSON.stringify({ steps: [{ op: 'update', urn: 'logs' }] }) },
    reason: 'bad_output',
    says: /expected a URN/,
  },
  {
    title: 'a step of a kind nobody knows',
    files: { 'prod.refresh.json': digest([{ op: 'teleport', urn: URN('a') }]), 'prod.json': digest([]) },
    reason: 'bad_output',
    says: /got "teleport"$/,
  },
  {
    title: 'a step that is a word of the language',
    files: { 'prod.refresh.json': digest([{ op: 'constructor', urn: URN('a') }]), 'prod.json': digest([]) },
    reason: 'bad_output',
  },
  {
    title: 'a preview without its end',
    files: { 'prod.refresh.json': JSON.stringify({ steps: [same] }) },
    reason: 'bad_output',
  },
  { title: 'no stack of that name', files: said("error: no stack named 'prod' found", '{}'), reason: 'not_found' },
  {
    title: 'a held lock',
    files: said('error: [409] Conflict: Another update is currently in progress.'),
    reason: 'locked',
  },
  {
    title: 'no login',
    files: said('error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions'),
    reason: 'unauthenticated',
  },
  { title: 'a wrong passphrase', files: said('error: incorrect passphrase'), reason: 'unauthenticated' },
  {
    title: 'no permission',
    files: diagnosed('AccessDenied: not authorized to perform s3:GetBucketAcl', 'error', URN('logs')),
    reason: 'forbidden',
  },
  {
    title: 'a missing value',
    files: diagnosed("Missing required configuration variable 'shop:region'"),
    reason: 'missing_variable',
  },
  {
    title: 'a missing plugin',
    files: diagnosed("no resource plugin 'pulumi-resource-aws' found"),
    reason: 'provider_missing',
  },
  {
    title: 'a backend that does not answer',
    files: said('error: Get "https://api.pulumi.com": dial tcp: lookup api.pulumi.com: no such host'),
    reason: 'unreachable',
  },
  {
    title: 'a resource that fails',
    files: diagnosed('Preview failed: something odd', 'error', URN('logs')),
    reason: 'task_failed',
  },
  {
    title: 'a program that fails',
    files: diagnosed("TypeError: cannot read 'x'\n    password: c4n4ry-hunter2", 'info#err'),
    reason: 'invalid',
    says: /^prod: TypeError/,
  },
  { title: 'a code without a word', files: { 'prod.refresh.exit': '7' }, reason: 'exit_code', says: /ended with 7$/ },
  {
    title: 'a code beside a whole preview',
    files: { 'prod.refresh.json': digest([same]), 'prod.refresh.exit': '255' },
    reason: 'exit_code',
  },
  { title: 'stacks that are no list', files: { 'stacks.json': '{}' }, reason: 'bad_output' },
  { title: 'no stack', files: { 'stacks.json': '[]' }, reason: 'not_found', says: /the backend has none$/ },
  {
    title: 'no project',
    files: { 'stacks.json': '', 'stacks.exit': '255', 'stacks.err': 'error: no Pulumi.yaml project file found' },
    reason: 'not_found',
  },
  {
    title: 'a version that is too old',
    files: { version: 'v2.25.2\n' },
    reason: 'unsupported',
    says: /expected 3 or newer, got v2\.25\.2$/,
  },
  { title: 'a version that is none', files: { version: 'dev\n' }, reason: 'bad_output' },
];

const bad = BAD.map(({ title, files, reason, says }): Scenario => ({
  title: `fails on ${title}`,
  prepare: project({ files }),
  expect: { status: 'error', failures: [reason] },
  secrets: ['c4n4ry-hunter2'],
  verify: ({ failures: [failure] }) => {
    if (says !== undefined) expect(failure?.message).to.match(says);
  },
}));

describe('checker pulumi, as every checker', function () {
  this.timeout(60_000);
  const tests = conformanceTests(pulumi, {
    scenarios: [
      ...scenarios,
      ...bad,
      {
        title: 'hands the token on in the environment, and names its file where it is not there',
        prepare: async (dir) => {
          await writeFile(join(dir, 'token'), 'pul-c4n4ry-token\n');
          return project({
            files: { 'prod.refresh.json': digest([same]) },
            options: { access_token_file: join(dir, 'token') },
          })(dir);
        },
        expect: { status: 'in_sync' },
        secrets: ['pul-c4n4ry-token'],
      },
      {
        title: 'fails on a token file that is not there',
        prepare: project({ options: { access_token_file: '/nonexistent/token' } }),
        expect: { status: 'error', failures: ['not_found'] },
      },
      {
        title: 'fails on a program that is not there',
        prepare: project({ options: { pulumi: 'no-such-pulumi' } }),
        expect: { status: 'error', failures: ['not_found'] },
      },
      {
        title: 'fails when what prepares the project fails',
        prepare: project({ options: { setup: [['sh', '-c', 'exit 3']] } }),
        expect: { status: 'error', failures: ['exit_code'] },
      },
    ],
    slow: { prepare: project({ files: { 'prod.slow': '' } }) },
    badOptions: {
      'a directory outside the source': { dir: '../other' },
      'a stack that is an option': { stacks: '--yes' },
      'no stack': { stacks: [] },
      'a backend with a password': { backend_url: 'https://user:x@pulumi.example.org' },
      'a backend that is no URL': { backend_url: 'prod' },
      'a shell line to prepare': { setup: ['npm ci'] },
      'a variable without a name': { env: { '': 'x' } },
    },
  });
  for (const { title, run } of tests) it(title, run);
});
