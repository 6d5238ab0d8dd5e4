import { expect } from 'chai';
import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const main = join(import.meta.dirname, '../src/main.ts');
const EXAMPLE = join(import.meta.dirname, '../examples/compare');

describe('drift-exporter compare', () => {
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-compare-'));
    await cp(EXAMPLE, join(dir, 'repo'), { recursive: true });
    const git = (...args: string[]): Promise<unknown> =>
      promisify(execFile)('git', [
        '-C',
        join(dir, 'repo'),
        '-c',
        'user.name=t',
        '-c',
        'user.email=t@example.org',
        ...args,
      ]);
    await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('commit', '-qm', 'one');
  });
  after(() => rm(dir, { recursive: true, force: true }));

  const run = (...args: string[]) => {
    const env = { ...process.env, HOME: dir };
    const options = { encoding: 'utf8', timeout: 60_000, cwd: join(dir, 'repo'), env } as const;
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, 'compare', ...args], options);
    return { stdout, stderr, status };
  };
  const mapped = ['--map-namespace', 'staging=prod', '--allow', '/spec/replicas=production is larger'];

  it('prints the images of both sides as a table', () => {
    const { stdout, stderr, status } = run('staging', 'prod', ...mapped, '--fields', 'image,replicas');
    expect([stderr, status]).to.deep.equal(['', 2]);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).to.deep.equal([
      ['object', 'field', 'left', 'right', 'same'],
      [
        'apps/Deployment/prod/web',
        'app image',
        'registry.example.org/shop/web:2.4.1',
        'registry.example.org/shop/web:2.4.0',
        'no',
      ],
      ['apps/Deployment/prod/web', 'proxy image', 'envoyproxy/envoy:v1.34.1', 'envoyproxy/envoy:v1.34.1', 'yes'],
      ['apps/Deployment/prod/web', 'spec replicas', '1', '6', 'no: production is larger'],
      [
        'batch/CronJob/prod/report',
        'report image',
        'registry.example.org/shop/report:1.8.0',
        'registry.example.org/shop/report:1.8.0',
        'yes',
      ],
      [''],
    ]);
  });

  it('prints it as Markdown and JSON', () => {
    const { stdout } = run('staging', 'prod', ...mapped, '--fields', 'replicas', '-o', 'markdown');
    expect(stdout).to.equal(
      '| object | field | left | right | same |\n| --- | --- | --- | --- | --- |\n' +
        '| apps/Deployment/prod/web | spec replicas | 1 | 6 | no: production is larger |\n',
    );
    const json = JSON.parse(
      run('staging', 'prod', ...mapped, '--fields', '/spec/schedule', '-o', 'json').stdout,
    ) as object;
    expect(json).to.deep.include({
      rows: [
        {
          address: 'batch/CronJob/prod/report',
          path: '/spec/schedule',
          left: { kind: 'known', value: '0 4 * * *' },
          right: { kind: 'known', value: '0 4 * * *' },
          same: true,
        },
      ],
      failures: [],
    });
  });

  it('prints every difference without --fields', () => {
    const { stdout, status } = run('staging', 'prod', ...mapped);
    expect(status).to.equal(2);
    expect(stdout).to.include(
      '@@ /spec/template/spec/containers/0/image @@\n    -"registry.example.org/shop/web:2.4.0"',
    );
  });

  it('compares a ref of this repository with itself, and ends with 0', () => {
    const { stdout, stderr, status } = run(
      'git:@main:staging',
      'git:@main:prod',
      ...mapped,
      '--fields',
      '/spec/schedule',
    );
    expect([stderr, status], stdout).to.deep.equal(['', 0]);
  });

  it('ends with 1 and says what could not be read, below the table', () => {
    const { stdout, status } = run('staging', 'git:@nowhere:prod', '--fields', 'image');
    expect(status).to.equal(1);
    expect(stdout).to.match(/^! source: not_found: right: .* at nowhere: .*couldn't find remote ref nowhere$/m);
  });

  for (const [args, message] of [
    [['staging', 'nowhere'], /no such file or directory/],
    [['staging', 'prod', '--allow', 'x'], /--allow PATH=REASON: got "x"/],
    [['git:main', 'prod'], /git:main: expected git:\[URL\]@REF:PATH/],
    [['staging', 'prod', '--fields', 'colour'], /checks\[0\]\.options\.fields\[0\]/],
  ] as const) {
    it(`refuses ${args.join(' ')}`, () => {
      const { stdout, stderr, status } = run(...args);
      expect([stdout, status]).to.deep.equal(['', 1]);
      expect(stderr).to.match(message);
    });
  }
});
