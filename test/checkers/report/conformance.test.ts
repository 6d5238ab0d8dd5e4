import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { report } from '../../../checkers/report/index.ts';
import type { FailureReason } from '../../../src/drift.ts';
import { conformanceTests, type Scenario } from '../../../src/testing/index.ts';
import { useSilentServer } from '../../support/silent-server.ts';

type Files = Readonly<Record<string, string | Buffer>>;

const MAPPING = {
  address: 'host',
  type: { value: 'host' },
  status: {
    path: 'state',
    values: { converged: 'in_sync', pending: 'drifted', failed: 'error', skipped: 'not_compared' },
  },
};
const VERSIONS = { address: 'host', desired: 'spec.hash', applied: 'status.hash' };

const reports =
  (files: Files, options: Readonly<Record<string, unknown>> = {}) =>
  async (dir: string): Promise<Readonly<Record<string, unknown>>> => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), content);
    }
    return { files: '.', mapping: MAPPING, ...options };
  };

const one = (host: string, state: string, more: object = {}): string => JSON.stringify({ host, state, ...more });
const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

const scenarios: readonly Scenario[] = [
  {
    title: 'believes a report that says it is converged',
    prepare: reports({ 'a.json': one('web-01', 'converged') }),
    expect: { status: 'in_sync' },
  },
  {
    title: 'finds what a report says is pending, and shows what it says',
    prepare: reports(
      { 'a.json': one('web-01', 'pending', { note: ['Notice: motd', 'db_password=c4n4ry-hunter2'] }) },
      { mapping: { ...MAPPING, message: 'note' } },
    ),
    expect: { status: 'drifted', drifted: ['web-01'] },
    secrets: ['c4n4ry-hunter2'],
    verify: ({ notices: [notice] }) => {
      expect(notice?.message).to.match(/^Notice: motd\n/);
    },
  },
  {
    title: 'fails on a report that says it failed, and keeps the drift beside it',
    prepare: reports({ 'a.json': one('web-01', 'failed'), 'b.json': one('web-02', 'pending') }),
    expect: { status: 'error', failures: ['task_failed'], drifted: ['web-02'] },
  },
  {
    title: 'reads JSON lines, YAML documents, lists and maps of items beside each other',
    prepare: reports(
      {
        'lines.jsonl': `${one('l1', 'converged')}\n\n${one('l2', 'pending')}`,
        'docs.yaml':
          'host: y1\nstate: converged\n---\n# nothing\n---\n- {host: y2, state: pending}\n- {host: y3, state: converged}\n',
        'deep/list.json': `[${one('j1', 'converged')},${one('j2', 'pending')}]`,
        'README.md': 'no report',
        '.hidden.json': 'neither',
      },
      {},
    ),
    expect: { status: 'drifted', drifted: ['l2', 'y2', 'j2'] },
    verify: ({ resources }) => {
      expect(resources).to.equal(7);
    },
  },
  {
    title: 'reads a map by its keys, and names a report after its file',
    prepare: reports(
      { 'site-a.json': '{"nodes":{"n1":{"state":"converged"},"n2":{"state":"pending"}}}' },
      {
        files: '*.json',
        mapping: { ...MAPPING, items: 'nodes', address: ['@source', '@key'], reporter: '@source' },
        expected: ['site-a'],
      },
    ),
    expect: { status: 'drifted', drifted: ['site-a/n2'] },
  },
  {
    title: 'compares the applied version with the desired one',
    prepare: reports(
      {
        'a.json': '{"host":"a","spec":{"hash":"sha256:1"},"status":{"hash":"sha256:1"}}',
        'b.json': '{"host":"b","spec":{"hash":"sha256:2"},"status":{"hash":"sha256:1"}}',
      },
      { mapping: { ...VERSIONS, cause: 'unapplied' } },
    ),
    expect: { status: 'drifted', drifted: ['b'] },
    verify: ({ drift: [drift] }) => {
      expect([drift?.cause, drift?.changes]).to.deep.equal([
        'unapplied',
        [
          {
            op: 'replace',
            path: '/status/hash',
            live: { kind: 'known', value: 'sha256:1' },
            desired: { kind: 'known', value: 'sha256:2' },
          },
        ],
      ]);
    },
  },
  {
    title: 'does not believe "converged" where the versions differ',
    prepare: reports(
      { 'a.json': '{"host":"a","state":"converged","spec":{"hash":"2"},"status":{"hash":"1"}}' },
      { mapping: { ...MAPPING, ...VERSIONS } },
    ),
    expect: { status: 'drifted', drifted: ['a'] },
  },
  {
    title: 'shows differences with their sides, sealed where the report says so',
    prepare: reports(
      {
        'a.json': JSON.stringify({
          host: 'a',
          diffs: [
            { field: '/etc/motd', is: 'x', should: 'y' },
            { field: 'key', is: 'c4n4ry-old', should: 'c4n4ry-new', secret: true },
            { field: 'gone', is: 1 },
          ],
        }),
      },
      {
        mapping: {
          address: 'host',
          differences: { items: 'diffs', path: 'field', live: 'is', desired: 'should', sensitive: 'secret' },
        },
      },
    ),
    expect: { status: 'drifted', drifted: ['a'] },
    secrets: ['c4n4ry-old', 'c4n4ry-new'],
    verify: ({ drift: [drift] }) => {
      expect(drift?.changes.map(({ op, path }) => [op, path])).to.deep.equal([
        ['replace', '/etc/motd'],
        ['replace', '/key'],
        ['remove', '/gone'],
      ]);
    },
  },
  {
    title: 'says which reports were not compared, by the reporter',
    prepare: reports({ 'a.json': one('web-01', 'skipped'), 'b.json': one('web-02', 'converged') }),
    expect: { status: 'in_sync' },
    verify: ({ notCompared, resources }) => {
      expect([resources, notCompared.map(({ address }) => address)]).to.deep.equal([1, ['web-01']]);
    },
  },
  {
    title: 'reads exit codes, the last of a list',
    prepare: reports(
      { 'a.json': '{"host":"a","codes":[4,0]}', 'b.json': '{"host":"b","codes":[0,2]}' },
      { mapping: { address: 'host', exit_code: { path: 'codes', drifted: [2] } } },
    ),
    expect: { status: 'drifted', drifted: ['b'] },
  },
  {
    title: 'believes a young report, by any clock',
    prepare: (dir) =>
      reports(
        {
          'iso.json': one('iso', 'converged', { at: ago(5) }),
          'zone.json': one('zone', 'converged', { at: `${ago(5).slice(0, 19)}+00:00` }),
          's.json': one('s', 'converged', { at: Math.floor(Date.now() / 1000) - 60 }),
          'ms.json': one('ms', 'converged', { at: String(Date.now() - 60_000) }),
        },
        { mapping: { ...MAPPING, updated: { path: 'at', max_age: '30m' } } },
      )(dir),
    expect: { status: 'in_sync' },
  },
];

const VALID = one('ok', 'converged');

interface Bad {
  readonly title: string;
  readonly files: Files;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly reason: FailureReason;
  readonly says: RegExp;
}

const updated = { ...MAPPING, updated: { path: 'at', max_age: '30m' } };

/** Each lies beside a report that is in sync: it is a failure of its own, and hides nothing. */
const BAD: readonly Bad[] = [
  {
    title: 'an empty file',
    files: { 'a.json': '' },
    reason: 'bad_output',
    says: /^a\.json: expected a report, got nothing$/,
  },
  { title: 'only white space', files: { 'a.yaml': ' \n\n' }, reason: 'bad_output', says: /got nothing$/ },
  { title: 'only comments', files: { 'a.yaml': '# later\n' }, reason: 'bad_output', says: /got nothing$/ },
  {
    title: 'JSON cut off',
    files: { 'a.json': '{"host":"a","sta' },
    reason: 'bad_output',
    says: /^a\.json: expected JSON; /,
  },
  { title: 'text before JSON', files: { 'a.json': 'ok {"host":"a"}' }, reason: 'bad_output', says: /expected JSON/ },
  { title: 'HTML', files: { 'a.json': '<html>502</html>' }, reason: 'bad_output', says: /expected JSON/ },
  {
    title: 'no UTF-8',
    files: { 'a.json': Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
    reason: 'bad_output',
    says: /expected UTF-8$/,
  },
  {
    title: 'YAML that does not parse',
    files: { 'a.yaml': 'host: a\n  state: x\n' },
    reason: 'bad_output',
    says: /^a\.yaml: document 1, line 2: expected YAML: /,
  },
  { title: 'a YAML bomb', files: { 'a.yaml': bomb() }, reason: 'bad_output', says: /anchors/ },
  {
    title: 'a broken line',
    files: { 'a.jsonl': `${one('b', 'converged')}\n{"host":\n` },
    reason: 'bad_output',
    says: /^a\.jsonl: line 2: expected JSON/,
  },
  {
    title: 'a number',
    files: { 'a.json': '42' },
    reason: 'bad_output',
    says: /^a\.json: expected a report, got a number$/,
  },
  {
    title: 'a list of texts',
    files: { 'a.json': '["a"]' },
    reason: 'bad_output',
    says: /item 1: expected a report, got a string$/,
  },
  {
    title: 'no address',
    files: { 'a.json': '{"state":"converged"}' },
    reason: 'bad_output',
    says: /^a\.json: expected text at host, got nothing$/,
  },
  {
    title: 'an address that is a map',
    files: { 'a.json': '{"host":{},"state":"converged"}' },
    reason: 'bad_output',
    says: /expected text at host, got a map$/,
  },
  {
    title: 'an empty address',
    files: { 'a.json': one('', 'converged') },
    reason: 'bad_output',
    says: /got an empty text$/,
  },
  {
    title: 'no status',
    files: { 'a.json': '{"host":"a"}' },
    reason: 'bad_output',
    says: /expected one of converged, pending, failed, skipped at state, got nothing$/,
  },
  {
    title: 'a status nobody named',
    files: { 'a.json': one('a', 'converging') },
    reason: 'bad_output',
    says: /at state, got "converging"$/,
  },
  {
    title: 'a status that is a word of the language',
    files: { 'a.json': one('a', 'constructor') },
    reason: 'bad_output',
    says: /got "constructor"$/,
  },
  {
    title: 'a status that is a list',
    files: { 'a.json': '{"host":"a","state":["converged"]}' },
    reason: 'bad_output',
    says: /got a list$/,
  },
  {
    title: 'an old report',
    files: { 'a.json': one('a', 'converged', { at: '2020-01-01T00:00:00Z' }) },
    options: { mapping: updated },
    reason: 'stale',
    says: /^a\.json: is of 2020-01-01T00:00:00\.000Z, \d+ min ago; allowed: 30 min$/,
  },
  {
    title: 'no time',
    files: { 'a.json': one('a', 'converged') },
    options: { mapping: updated },
    reason: 'bad_output',
    says: /expected a time in ISO 8601 or since 1970 at at, got nothing$/,
  },
  {
    title: 'a time without a zone',
    files: { 'a.json': one('a', 'converged', { at: '2026-01-01T00:00:00' }) },
    options: { mapping: updated },
    reason: 'bad_output',
    says: /expected a time/,
  },
  {
    title: 'a time that is none',
    files: { 'a.json': one('a', 'converged', { at: 'yesterday' }) },
    options: { mapping: updated },
    reason: 'bad_output',
    says: /got "yesterday"$/,
  },
  {
    title: 'a time to come',
    files: { 'a.json': one('a', 'converged', { at: '2999-01-01T00:00:00Z' }) },
    options: { mapping: updated },
    reason: 'bad_output',
    says: /which is to come$/,
  },
  {
    title: 'no applied version',
    files: { 'a.json': '{"host":"a","state":"converged","spec":{"hash":"1"}}' },
    options: { mapping: { ...MAPPING, ...VERSIONS } },
    reason: 'bad_output',
    says: /expected a version at status\.hash, got nothing$/,
  },
  {
    title: 'no desired version',
    files: { 'a.json': '{"host":"a","state":"converged","status":{"hash":"1"},"spec":null}' },
    options: { mapping: { ...MAPPING, ...VERSIONS } },
    reason: 'bad_output',
    says: /at spec\.hash, got nothing$/,
  },
  {
    title: 'an exit code that is text',
    files: { 'a.json': '{"host":"a","code":"0"}' },
    options: { mapping: { address: 'host', exit_code: 'code' } },
    reason: 'bad_output',
    says: /expected an exit code, or a list of them, at code, got a string$/,
  },
  {
    title: 'no exit code yet',
    files: { 'a.json': '{"host":"a","code":[]}' },
    options: { mapping: { address: 'host', exit_code: 'code' } },
    reason: 'bad_output',
    says: /got nothing$/,
  },
  {
    title: 'an exit code nobody named',
    files: { 'a.json': '{"host":"a","code":4,"out":"no space"}' },
    options: { mapping: { address: 'host', exit_code: 'code', message: 'out' } },
    reason: 'exit_code',
    says: /^a\.json: reports exit code 4: no space$/,
  },
  {
    title: 'differences that are text',
    files: { 'a.json': one('a', 'converged', { diffs: 'none' }) },
    options: { mapping: { ...MAPPING, differences: { items: 'diffs' } } },
    reason: 'bad_output',
    says: /expected a list or a map of differences at diffs, got a string$/,
  },
  {
    title: 'a difference without a name',
    files: { 'a.json': one('a', 'pending', { diffs: [{}] }) },
    options: { mapping: { ...MAPPING, differences: { items: 'diffs', path: 'field' } } },
    reason: 'bad_output',
    says: /a difference without the name of its field$/,
  },
  {
    title: 'no list of items',
    files: { 'a.json': '{"nodes":7}' },
    options: { files: ['a.json', 'ok.yaml'], mapping: { ...MAPPING, items: 'nodes' } },
    reason: 'bad_output',
    says: /^a\.json: expected a list or a map at nodes, got a number$/,
  },
  {
    title: 'a second report of the same',
    files: { 'z.json': VALID },
    reason: 'invalid',
    says: /a second report of ok, which ok\.yaml: document 1 is too; expected one$/,
  },
  {
    title: 'a file that is too large',
    files: { 'a.json': `"${'x'.repeat(5000)}"` },
    options: { max_bytes: 4096 },
    reason: 'too_large',
    says: /^a\.json: 5002 bytes; the limit is 4096$/,
  },
  {
    title: 'a file of unknown form',
    files: { 'a.txt': VALID },
    options: { files: ['a.txt', 'ok.yaml'] },
    reason: 'invalid',
    says: /^a\.txt: expected a name that ends in \.json/,
  },
  {
    title: 'a pattern that names nothing',
    files: {},
    options: { files: ['*.jsonl', 'ok.yaml'] },
    reason: 'not_found',
    says: /^\*\.jsonl: names no report$/,
  },
  {
    title: 'a directory that is not there',
    files: {},
    options: { files: ['nowhere', 'ok.yaml'] },
    reason: 'not_found',
    says: /^nowhere: cannot be read: ENOENT$/,
  },
  {
    title: 'somebody who was expected and is silent',
    files: {},
    options: { expected: ['ok', 'web-09'] },
    reason: 'not_found',
    says: /^web-09: expected a report, got none$/,
  },
  {
    title: 'fewer than expected',
    files: {},
    options: { expected: 3 },
    reason: 'not_found',
    says: /^expected reports of 3, got them of 1$/,
  },
];

function bomb(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [previous, next] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'].map((pair) => [pair[0], pair[1]])) {
    lines.push(
      `${next}: &${next} [*${previous}, *${previous}, *${previous}, *${previous}, *${previous}, *${previous}, *${previous}, *${previous}]`,
    );
  }
  return lines.join('\n');
}

const bad = BAD.map(({ title, files, options, reason, says }): Scenario => ({
  title: `fails, by itself, on ${title}`,
  prepare: reports({ 'ok.yaml': okBeside(options), ...files }, options),
  expect: { status: 'error', failures: [reason], drifted: [] },
  verify: ({ failures: [failure], resources }) => {
    expect(failure?.message).to.match(says);
    expect(resources).to.be.at.least(1);
  },
}));

/** In sync under the mapping of the case. */
function okBeside(options: Readonly<Record<string, unknown>> | undefined): string {
  const all = {
    host: 'ok',
    state: 'converged',
    at: ago(1),
    spec: { hash: '1' },
    status: { hash: '1' },
    code: 0,
    diffs: [],
  };
  const { items } = (options?.['mapping'] ?? {}) as { items?: string };
  return JSON.stringify(items === undefined ? all : { [items]: [all] });
}

describe('checker report, as every checker', () => {
  const silent = useSilentServer();

  const files = { files: '*.json' };
  const tests = conformanceTests(report, {
    scenarios: [...scenarios, ...bad],
    slow: {
      prepare: async () => {
        return { http: { urls: [`${silent.url()}/report`], timeout: '100s' }, mapping: MAPPING };
      },
    },
    badOptions: {
      'nowhere to read from': { mapping: MAPPING },
      'two places to read from': { ...files, http: { urls: ['http://a/'] }, mapping: MAPPING },
      'no mapping': files,
      'a mapping that judges nothing': { ...files, mapping: { address: 'host' } },
      'a desired version without an applied one': { ...files, mapping: { address: 'host', desired: 'a' } },
      'a path that is none': { ...files, mapping: { ...MAPPING, address: 'a..b' } },
      'a status that is none of ours': {
        ...files,
        mapping: { ...MAPPING, status: { path: 'a', values: { x: 'green' } } },
      },
      'one exit code with two meanings': {
        ...files,
        mapping: { address: 'a', exit_code: { path: 'c', in_sync: [0], drifted: [0] } },
      },
      'a URL with a password': { http: { urls: ['http://u:p@a/'] }, mapping: MAPPING },
      'a URL of another protocol': { http: { urls: ['ftp://a/'] }, mapping: MAPPING },
      'a certificate without its key': { http: { urls: ['https://a/'], cert_file: 'c' }, mapping: MAPPING },
      'a kind without its version': { kubernetes: { kind: 'ConfigMap' }, mapping: MAPPING },
      'nobody expected': { ...files, mapping: MAPPING, expected: 0 },
    },
  });
  for (const { title, run } of tests) it(title, run);
});
