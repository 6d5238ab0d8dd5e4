import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { HELP } from '../src/cli.ts';
import { configDir } from './support/service.ts';

const main = join(import.meta.dirname, '../src/main.ts');
const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 60_000 });

describe('the command line', () => {
  it('shows its help', () => {
    expect(run('--help')).to.include({ stdout: HELP, stderr: '', status: 0 });
    expect(run('serve', '-h')).to.include({ stdout: HELP, status: 0 });
  });

  const refused: readonly (readonly [args: readonly string[], message: string])[] = [
    [[], 'expected a command: serve, check, compare, validate or schema; got none'],
    [['plan'], 'expected a command: serve, check, compare, validate or schema; got plan'],
    [['validate', 'x'], 'x: validate takes no names'],
    [['serve', '--output', 'json'], '--output: only check takes it'],
    [['check', '--output', 'yaml'], '--output: expected one of text, json, markdown; got yaml'],
    [['compare', 'a'], 'compare: expected LEFT and RIGHT; got a'],
    [['compare', 'a', 'b', '--allow'], "Option '--allow <value>' argument missing"],
    [['check', '--confg', 'x'], "Unknown option '--confg'"],
    [['check', '--config', '/nonexistent/x.yaml'], '/nonexistent/x.yaml: 1 error\n  no such file'],
    [['check', '--config', '/'], '/: 1 error\n  expected a file; got a directory'],
  ];
  for (const [args, message] of refused) {
    it(`refuses ${args.join(' ') || 'no command at all'}`, () => {
      const { stdout, stderr, status } = run(...args);
      expect([stdout, status]).to.deep.equal(['', 1]);
      expect(stderr.startsWith(`drift-exporter: ${message}`), stderr).to.equal(true);
    });
  }

  it('validate prints every error of a file and exits 1', async () => {
    const { file, remove } = await configDir('checks: [{ name: a }, { checker: command }]');
    const { stdout, stderr, status } = run('validate', '--config', file);
    expect([stdout, status]).to.deep.equal(['', 1]);
    expect(stderr).to.equal(
      `drift-exporter: ${file}: 2 errors\n  checks[0].checker: expected a text; got nothing\n  checks[1].name: expected a text; got nothing\n`,
    );
    await remove();
  });

  it('check names a check that is not configured', async () => {
    const { file, remove } = await configDir("checks: [{ name: a, checker: command, options: { command: ['true'] } }]");
    expect(run('check', 'b', '--config', file)).to.include({ stderr: 'drift-exporter: no such check: b\n', status: 1 });
    await remove();
  });

  it('check prints Markdown that pastes into a ticket', async () => {
    const { file, remove } = await configDir(
      "checks: [{ name: a, checker: command, options: { command: ['false'] } }]",
    );
    const { stdout, status } = run('check', '--output', 'markdown', '--config', file);
    expect(status).to.equal(1);
    expect(stdout).to.include('exit code 1, expected 0 or 2');
    await remove();
  });

  it('serve says who has its port', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const { file, remove } = await configDir('');
    await writeFile(file, `web: { listen: '127.0.0.1:${port}' }`);
    const { stderr, status } = run('serve', '--config', file);
    expect(status).to.equal(1);
    expect(stderr).to.include(
      `drift-exporter: web.listen: cannot listen on 127.0.0.1:${port}: another process listens there`,
    );
    taken.close();
    await remove();
  });
});
