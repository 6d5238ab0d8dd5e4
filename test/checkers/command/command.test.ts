import { expect } from 'chai';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../../../checkers/command/index.ts';
import { conformanceTests, type Scenario } from '../../../src/testing/index.ts';

/** A source with one script, which is the command. */
const script =
  (body: string, options: Readonly<Record<string, unknown>> = {}) =>
  async (dir: string) => {
    await writeFile(join(dir, 'check.sh'), `#!/bin/sh\n${body}\n`);
    await chmod(join(dir, 'check.sh'), 0o755);
    return { command: ['./check.sh', 'one', 'two words'], ...options };
  };
const json = (document: unknown, exit = 0) =>
  script(`cat <<'EOF'\n${JSON.stringify(document)}\nEOF\nexit ${exit}`, { output: 'json' });
const drift = {
  address: 'dns/www',
  type: 'record',
  action: 'update',
  changes: [
    { op: 'replace', path: '/ttl', live: { kind: 'known', value: 60 }, desired: { kind: 'known', value: 300 } },
  ],
};

const scenarios: readonly Scenario[] = [
  {
    title: 'takes exit code 0 for in sync and keeps what was printed',
    prepare: script('echo "$# arguments: $2"'),
    expect: { status: 'in_sync' },
    verify: (result) => {
      expect(result).to.include({ exitCode: 0, resources: 1 });
      expect(result.notices).to.deep.equal([
        { kind: 'output', address: 'check.sh', message: '2 arguments: two words' },
      ]);
    },
  },
  {
    title: 'counts a drifted text command as one drifted resource',
    prepare: script('echo differs; exit 2'),
    expect: { status: 'drifted', drifted: ['check.sh'] },
    verify: ({ drift: [first], exitCode }) => {
      expect(exitCode).to.equal(2);
      expect(first).to.deep.include({ type: 'command', action: 'update', cause: 'unknown', changes: [] });
    },
  },
  {
    title: 'takes other exit codes as it is told',
    prepare: script('exit 7', { exit_codes: { in_sync: [3], drifted: [7, 8] } }),
    expect: { status: 'drifted' },
  },
  {
    title: 'makes any other exit code an error with the last lines of standard error',
    prepare: script('echo noise; echo "cannot reach it" >&2; exit 1'),
    expect: { status: 'error', failures: ['exit_code'], drifted: [] },
    verify: ({ failures: [first], exitCode }) => {
      expect(exitCode).to.equal(1);
      expect(first?.message).to.equal('check.sh: exit code 1, expected 0 or 2: cannot reach it');
    },
  },
  {
    title: 'masks what looks like a secret in the output',
    prepare: script('echo "connecting with password=hunter2-canary to postgres://u:pw-canary@h/d"; exit 2'),
    expect: { status: 'drifted' },
    secrets: ['hunter2-canary', 'pw-canary'],
  },
  {
    title: 'masks a secret read from a file wherever the command prints it',
    prepare: async (dir) => {
      await writeFile(join(dir, 'secret'), 'c4n4ry-value\n');
      return script('echo "got $TOKEN and $(printf %s "$TOKEN" | base64)"; exit 2', {
        env: { TOKEN: { file: join(dir, 'secret') } },
      })(dir);
    },
    expect: { status: 'drifted' },
    secrets: ['c4n4ry-value', Buffer.from('c4n4ry-value').toString('base64')],
  },
  {
    title: 'says which file of a secret is missing',
    prepare: script('true', { env: { TOKEN: { file: '/nonexistent/token' } } }),
    expect: { status: 'error', failures: ['not_found'] },
    verify: ({ failures: [first] }) => {
      expect(first?.message).to.equal('options.env: /nonexistent/token, the file of TOKEN, cannot be read: ENOENT');
    },
  },
  {
    title: 'keeps only the last lines of long output',
    prepare: script('seq 1 100000'),
    expect: { status: 'in_sync' },
    verify: ({ notices: [first] }) => {
      expect(first?.message.split('\n')).to.have.length(50).and.include('100000');
    },
  },
  {
    title: 'refuses 200 MB of output',
    prepare: script('yes | head -c 200000000'),
    expect: { status: 'error', failures: ['too_large'] },
  },
  {
    title: 'survives binary output',
    prepare: script('head -c 100000 /dev/urandom; exit 2'),
    expect: { status: 'drifted' },
  },
  {
    title: 'names a program that is not there',
    prepare: async () => ({ command: ['no-such-program'] }),
    expect: { status: 'error', failures: ['not_found'] },
  },
  {
    title: 'names a directory that is not there',
    prepare: script('true', { dir: 'nowhere' }),
    expect: { status: 'error', failures: ['not_found'] },
  },
  {
    title: 'reads drift per resource from JSON',
    prepare: json({ resources: 5, drift: [drift] }, 2),
    expect: { status: 'drifted', drifted: ['dns/www'] },
    verify: (result) => {
      expect(result.resources).to.equal(5);
      expect(result.drift[0]).to.deep.equal({ ...drift, cause: 'unknown' });
    },
  },
  {
    title: 'believes JSON that has drift although the exit code is 0',
    prepare: json({ resources: 5, drift: [drift] }),
    expect: { status: 'drifted' },
  },
  {
    title: 'is in sync when the JSON has none',
    prepare: json({ resources: 5, drift: [] }),
    expect: { status: 'in_sync' },
  },
  {
    title: 'keeps drift beside failures',
    prepare: json(
      {
        resources: 1,
        drift: [drift],
        failures: [{ phase: 'observe', reason: 'unreachable', message: 'ns2 is away', address: 'ns2' }],
      },
      2,
    ),
    expect: { status: 'error', drifted: ['dns/www'], failures: ['unreachable'] },
  },
  {
    title: 'does not believe an exit code that promises drift the JSON does not have',
    prepare: json({ resources: 5, drift: [] }, 2),
    expect: { status: 'error', failures: ['bad_output'] },
  },
  ...[
    ['nothing', '', 'check.sh: expected a Comparison as JSON on standard output; got nothing'],
    [
      'JSON cut off',
      '{"resources": 1,',
      /^check\.sh: expected a Comparison as JSON on standard output; got SyntaxError: /,
    ],
    ['text before JSON', 'warning: x\n{}', /got SyntaxError/],
    [
      'another document',
      '[1, 2]',
      'check.sh: expected a Comparison: the document: Invalid input: expected object, received array',
    ],
    [
      'a wrong action',
      JSON.stringify({ resources: 1, drift: [{ ...drift, action: 'destroy' }] }),
      /drift\.0\.action: Invalid option/,
    ],
    [
      'an unknown key',
      JSON.stringify({ resources: 1, drift: [], drifts: [] }),
      /the document: Unrecognized key: "drifts"/,
    ],
    [
      'a path that is no pointer',
      JSON.stringify({ resources: 1, drift: [{ ...drift, changes: [{ op: 'add', path: 'a.b' }] }] }),
      /drift\.0\.changes\.0\.path: expected a JSON Pointer/,
    ],
  ].map(([title, output, message]): Scenario => ({
    title: `says what is wrong with its JSON: ${String(title)}`,
    prepare: script(`printf '%s' '${String(output)}'`, { output: 'json' }),
    expect: { status: 'error', failures: ['bad_output'] },
    verify: ({ failures: [first] }) => {
      if (message instanceof RegExp) expect(first?.message).to.match(message);
      else expect(first?.message).to.equal(message);
    },
  })),
];

describe('checker command', () => {
  const tests = conformanceTests(command, {
    scenarios,
    slow: { prepare: script('setsid sleep 100 & sleep 100') },
    badOptions: {
      'no command': {},
      'an empty command': { command: [] },
      'a shell line instead of a list': { command: 'ls | wc' },
      'a directory outside the source': { command: ['x'], dir: '../other' },
      'one exit code with two meanings': { command: ['x'], exit_codes: { drifted: [0] } },
      'a variable without a name': { command: ['x'], env: { '': 'x' } },
    },
  });
  for (const { title, run } of tests) it(title, run);
});
