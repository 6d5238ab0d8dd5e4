import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);

describe('the package', () => {
  let dir: string;
  before(async function () {
    this.timeout(240_000);
    dir = await mkdtemp(join(tmpdir(), 'drift-pack-'));
    const env = { ...process.env, PATH: path };
    const packed = execFileSync('npm', ['pack', '--pack-destination', dir, '--json'], {
      cwd: root,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ filename } = { filename: '' }] = JSON.parse(packed) as { filename: string }[];
    await writeFile(join(dir, 'package.json'), '{ "private": true, "type": "module" }');
    execFileSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', join(dir, filename)],
      { cwd: dir, env, stdio: 'ignore' },
    );
  });
  after(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  const run = (...args: string[]) =>
    spawnSync(join(dir, 'node_modules/.bin/drift-exporter'), args, {
      cwd: dir,
      env: { ...process.env, PATH: path },
      encoding: 'utf8',
    });

  it('runs as drift-exporter in an empty folder', () => {
    const { stdout, stderr, status } = run('--version');
    expect([stdout, stderr, status]).to.deep.equal(['drift-exporter 0.1.0\n', '', 0]);
    expect(run('--help').stdout).to.include('Usage:');
  });

  it('brings kubediff and compare-images, which take their old flags', () => {
    for (const [program, help] of [
      ['kubediff', /^usage: kubediff /],
      ['compare-images', /^Usage: compare-images /],
    ] as const) {
      const options = { cwd: dir, env: { ...process.env, PATH: path }, encoding: 'utf8' } as const;
      const { stdout, status } = spawnSync(join(dir, 'node_modules/.bin', program), ['-h'], options);
      expect(status).to.equal(0);
      expect(stdout).to.match(help);
    }
  });

  it('says which file it looked for when there is none', () => {
    const { stderr, status } = run('check');
    expect([stderr, status]).to.deep.equal(['drift-exporter: drift-exporter.yaml: 1 error\n  no such file\n', 1]);
  });

  it('checks once, prints what differs, and ends with 0, 2 or 1', async () => {
    const check = (name: string, code: number): string =>
      `  - { name: ${name}, checker: command, options: { command: [sh, -c, 'exit ${code}'] } }\n`;
    await writeFile(
      join(dir, 'drift-exporter.yaml'),
      `checks:\n${check('fine', 0)}${check('drifted', 2)}${check('broken', 1)}`,
    );
    expect(run('validate').stdout).to.equal('drift-exporter.yaml: valid; 3 checks, 0 sources, 0 ignore rules\n');
    expect(run('check', 'fine').status).to.equal(0);
    expect(run('check', 'fine', 'drifted').status).to.equal(2);
    const { stdout, status } = run('check', '--output', 'json');
    expect(status).to.equal(1);
    const { checks } = JSON.parse(stdout) as { checks: { check: string; status: string }[] };
    expect(checks.map((one) => [one.check, one.status])).to.deep.equal([
      ['fine', 'in_sync'],
      ['drifted', 'drifted'],
      ['broken', 'error'],
    ]);
  });

  it('gives third-party checkers their two entry points, typed', async () => {
    await writeFile(
      join(dir, 'use.js'),
      `
      import { CheckError, defineChecker } from 'drift-exporter/checker';
      import { conformanceTests } from 'drift-exporter/testing';
      console.log(typeof CheckError, typeof defineChecker, typeof conformanceTests);`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ['use.js'], { cwd: dir, encoding: 'utf8' });
    expect([stdout, stderr]).to.deep.equal(['function function function\n', '']);
    await writeFile(
      join(dir, 'use.ts'),
      `
      import { defineChecker, type Comparison } from 'drift-exporter/checker';
      import { conformanceTests } from 'drift-exporter/testing';
      const x: Comparison = { resources: 1, drift: [] };
      // @ts-expect-error an action must be one of four
      const y: Comparison = { resources: 1, drift: [{ address: 'a', type: 't', action: 'destroy', cause: 'unknown', changes: [] }] };
      export { x, y, defineChecker, conformanceTests };`,
    );
    const tsc = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/typescript/bin/tsc'),
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        '--module',
        'nodenext',
        '--target',
        'es2024',
        'use.ts',
      ],
      { cwd: dir, encoding: 'utf8' },
    );
    expect(tsc.stdout + tsc.stderr).to.equal('');
  });
});
