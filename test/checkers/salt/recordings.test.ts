import { copyFile, mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { salt } from '../../../checkers/salt/index.ts';
import type { Change, FieldValue } from '../../../src/checker.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { programOnPath, skipOptional } from '../../support/skips.ts';

/** What `salt-call --local --out=json state.apply test=True` of Salt 3006.0 printed, and beside each what it comes to. */
const RECORDINGS = join(import.meta.dirname, 'recordings');

describe('the salt checker on what Salt printed', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-salt-'));
  });

  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  it('finds in each recording exactly what is written beside it', async () => {
    const names = (await readdir(RECORDINGS)).filter((name) => name.endsWith('.json'));
    expect(names).to.have.lengthOf(14);
    for (const name of names) {
      await copyFile(join(RECORDINGS, name), join(dir, name));
      const found = await check({ mode: 'reports', directory: '.' });
      await rm(join(dir, name));
      const expected = join(RECORDINGS, name.replace(/\.json$/, '.txt'));
      if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(expected, textOf(found));
      expect(textOf(found), name).to.equal(await readFile(expected, 'utf8'));
      expect(JSON.stringify(found), name).not.to.contain('private-words');
    }
  });

  it('names the minion of salt-call, which prints `local`, as the options do', async () => {
    await mkdir(join(dir, 'bin'));
    const script = `#!/bin/sh\ncat '${join(RECORDINGS, 'requisites.json')}'\n`;
    await writeFile(join(dir, 'bin/salt-call'), script, { mode: 0o755 });
    const env = { PATH: `${join(dir, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
    const found = await check({ mode: 'salt-call', minion_id: 'web-01' }, env);
    expect(found.drift.map(({ scope, address }) => [scope, address.slice(0, 11)])).to.deep.equal([
      ['web-01', 'web-01/conf'],
      ['web-01', 'web-01/mod-'],
      ['web-01', 'web-01/need'],
    ]);
  });

  it('runs Salt itself, which changes nothing', async function () {
    if (programOnPath('salt-call') === undefined) skipOptional(this, 'salt-call is not on PATH (salt-minion)');
    const motd = join(dir, 'motd');
    await writeFile(motd, 'hello\nWORLD\n');
    const content = { 'file.managed': [{ name: motd }, { contents: 'hello\nworld\n' }] };
    const gone = { 'file.absent': [{ name: join(dir, 'never-there') }] };
    await writeFile(join(dir, 'top.sls'), JSON.stringify({ base: { '*': ['motd'] } }));
    await writeFile(join(dir, 'motd.sls'), JSON.stringify({ motd: content, gone }));
    const found = await check({ mode: 'salt-call', minion_id: 'web-01' });
    expect([found.failures, found.resources]).to.deep.equal([[], 2]);
    expect(textOf(found)).to.equal(
      `2 compared\ndrift update web-01/motd (${motd}) : file.managed\n` +
        '  replace /content/1 "hello\\nWORLD\\n" -> "hello\\nworld\\n"\n',
    );
    expect(await readFile(motd, 'utf8')).to.equal('hello\nWORLD\n');
  });

  async function check(options: object, env: Readonly<Record<string, string>> = {}): Promise<Sum> {
    const context = await checkerContext({ sourceDir: dir, env });
    try {
      return await sumOfRun(salt, options, context);
    } finally {
      await context.cleanup();
    }
  }
});

/** A run's findings as lines: what was compared, drift with its changes, failures, what was not compared, notices. */
function textOf({ resources, drift, failures, notCompared, notices }: Sum): string {
  const lines = [
    `${resources} compared`,
    ...drift.flatMap(({ action, address, changes }) => [`drift ${action} ${address}`, ...changes.map(lineOf)]),
    ...failures.map(({ reason, address, message }) => `failure ${reason} ${address ?? ''}: ${JSON.stringify(message)}`),
    ...notCompared.map(({ address, why }) => `not compared ${address ?? ''}: ${why}`),
    ...notices.map(({ kind, address, message }) => `notice ${kind} ${address ?? ''}: ${JSON.stringify(message)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function lineOf({ op, path, live, desired }: Change): string {
  return `  ${op} ${path} ${shown(live)} -> ${shown(desired)}`;
}

function shown(value: FieldValue | undefined): string {
  if (value === undefined) return '?';
  return value.kind === 'known' ? JSON.stringify(value.value) : value.kind;
}
