import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needs, skipOptional } from '../support/skips.ts';
import { configDir, eventually, startService } from '../support/service.ts';

const git = (cwd: string, ...args: string[]): string =>
  execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args],
    { cwd, encoding: 'utf8' },
  ).trim();

/** Tries everything of ours by its path and prints what it could read; then what it may have. */
const PROBE = `
echo "user $(id -u -n)"
for file in "$DATA/drift.db" "$DATA/drift.db-wal" "$DATA/sources/infra/.gitconfig" "$DATA"/sources/infra/clone-*.git/HEAD "$TOKEN" "$CONFIG"; do
  if cat "$file" >/dev/null 2>&1; then echo "CAN READ $file"; fi
done
for dir in "$DATA" "$DATA/sources" "$DATA/sources/infra" "$DATA/tmp" "$DATA/cache"; do
  if ls "$dir" >/dev/null 2>&1; then echo "CAN LIST $dir"; fi
done
if (: >motd) 2>/dev/null; then echo "CAN WRITE the source"; fi
cat motd
mkdir -p "$TMPDIR/deep/closed" && echo x >"$TMPDIR/deep/closed/file" && chmod 000 "$TMPDIR/deep/closed" && echo "has a temporary directory"
exit 2
`;

describe('the commands of a service that runs them as another user', () => {
  before(function () {
    if (process.getuid?.() !== 0) skipOptional(this, 'only root can become somebody else');
    needs(this, { git: 'apt-get install git', terraform: 'https://developer.hashicorp.com/terraform/install' });
  });

  it('read their source and their own directories, and nothing else of the service', async () => {
    const { dir, file, remove } = await configDir('');
    await chmod(dir, 0o755);
    const repo = join(dir, 'repo');
    git(dir, 'init', '-q', repo);
    await mkdir(join(repo, 'tf'));
    await writeFile(join(repo, 'motd'), 'hello\n');
    await writeFile(join(repo, 'probe.sh'), PROBE);
    await writeFile(join(repo, 'tf/main.tf'), 'resource "terraform_data" "a" { input = "x" }\n');
    git(repo, 'add', '.');
    git(repo, 'commit', '-qm', 'one');
    const token = join(dir, 'token');
    await writeFile(token, 'not-for-commands', { mode: 0o600 });
    const data = join(dir, 'data');
    const env = `{ DATA: '${data}', TOKEN: '${token}', CONFIG: '${file}' }`;
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0' }
global: { sandbox: { user: nobody, max_open_files: 1000 }, data_dir: '${data}' }
store: { path: '${data}/drift.db' }
sources: [{ name: infra, git: { url: 'file://${repo}' } }]
checks:
  - { name: probe, checker: command, source: infra, options: { command: [sh, probe.sh], env: ${env} } }
  - { name: tf, checker: terraform, source: infra, options: { dir: tf } }
  - { name: link, checker: command, source: infra, options: { command: [sh, -c, 'ln -s ${token} "$TMPDIR/a"; exit 2'] } }
`,
    );
    await chmod(file, 0o600);
    const service = await startService(file);
    const checks = await eventually(async () => {
      const answer = await service.json('/diff');
      return answer.checks.every(({ status }) => status !== 'unknown') && answer.checks;
    }, 60);
    const of = (name: string) => checks.find(({ check }) => check === name)!;
    const said = JSON.stringify(of('probe')['notices']);
    expect(said)
      .to.include('user nobody')
      .and.include('hello')
      .and.include('has a temporary directory')
      .and.not.match(/CAN (READ|LIST|WRITE)/);
    expect(of('tf'), JSON.stringify(of('tf'))).to.include({ status: 'drifted' });
    expect(of('link').status).to.equal('error');
    expect(of('link').failures[0]).to.include({ reason: 'forbidden' });
    expect(of('link').failures[0]?.message).to.match(
      /left a symbolic link that leads out .* a -> .*token; it was removed/,
    );
    await eventually(async () => (await readdir(join(data, 'tmp'))).length === 0);
    await service.end('SIGTERM');
    await remove();
  }).timeout(120_000);

  it('run Ansible and Puppet, also without a home', async function () {
    needs(this, { 'ansible-playbook': 'apt-get install ansible-core', puppet: 'apt-get install puppet-agent' });
    this.timeout(180_000);
    const { dir, file, remove } = await configDir('');
    await chmod(dir, 0o755);
    const [source, live, remote] = ['source', 'live', 'remote'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [source, live, remote]) await mkdir(path);
    await chmod(remote, 0o777);
    await writeFile(join(live, 'motd'), 'HELLO\n');
    const task = `    - copy: { dest: '${live}/motd', content: "hello\\n" }\n`;
    await writeFile(join(source, 'site.yml'), `- hosts: all\n  gather_facts: false\n  tasks:\n${task}`);
    const local = 'ansible_connection=local ansible_python_interpreter=/usr/bin/python3';
    await writeFile(join(source, 'hosts'), `web-01 ${local} ansible_remote_tmp=${remote}\n`);
    await writeFile(join(source, 'site.pp'), `file { '${live}/motd': content => "hello\\n" }\n`);
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0' }
global: { sandbox: { user: 54321, group: 54321 } }
sources: [{ name: here, directory: source }]
checks:
  - { name: ansible, checker: ansible, source: here, options: { playbooks: [site.yml], inventory: [hosts] } }
  - { name: puppet, checker: puppet, source: here, options: { mode: apply, manifest: site.pp } }
`,
    );
    const service = await startService(file);
    const checks = await eventually(async () => {
      const answer = await service.json('/diff');
      return answer.checks.every(({ status }) => status !== 'unknown') && answer.checks;
    }, 120);
    expect(checks.map(({ check, status, failures }) => [check, status, failures])).to.deep.equal([
      ['ansible', 'drifted', []],
      ['puppet', 'drifted', []],
    ]);
    await service.end('SIGTERM');
    await remove();
  });

  it('do not start as a user that there is not: the start fails and says why', async () => {
    const { file, remove } = await configDir('global: { sandbox: { user: no-such-user } }\n');
    const error = await startService(file).catch((thrown: unknown) => thrown);
    expect(String(error)).to.match(/global\.sandbox\.user: no user no-such-user in \/etc\/passwd/);
    await remove();
  }).timeout(60_000);
});

describe('every process of a service', () => {
  it('makes no core dump, and the service itself none either', async function () {
    needs(this, { prlimit: 'apt-get install util-linux' });
    const { dir, file, remove } = await configDir(`sources: [{ name: here, directory: . }]
checks: [{ name: a, checker: command, source: here, options: { command: [sh, -c, 'grep -i core /proc/self/limits; exit 2'] } }]
`);
    const service = await startService(file);
    const [check] = await eventually(async () => {
      const { checks } = await service.json('/diff');
      return checks[0]?.status === 'drifted' && checks;
    });
    expect(JSON.stringify(check)).to.match(/Max core file size +0 +0/);
    const own = execFileSync('grep', ['-i', 'core', `/proc/${service.pid}/limits`], { encoding: 'utf8' });
    expect(own).to.match(/Max core file size +0 +0/);
    await service.end('SIGTERM');
    expect(
      execFileSync('find', [join(dir, 'data'), '-perm', '/077', '!', '-type', 'l'], { encoding: 'utf8' }),
    ).to.equal('');
    await remove();
  }).timeout(60_000);
});
