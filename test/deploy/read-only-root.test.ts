import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programOnPath, skipOptional } from '../support/skips.ts';
import { eventually, type DiffAnswer } from '../support/service.ts';

const ROOT = join(import.meta.dirname, '../..');

/** As in the image and the pod: user 65532, no capability, a read-only root, and two directories that can be written. */
const LOCKED_DOWN = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$DIR/data" && chown 65532:65532 "$DIR/data"
mount -t tmpfs tmpfs "$DIR/tmp" && chmod 1777 "$DIR/tmp"
mount -o remount,bind,ro /
exec env -i PATH="$PATH" HOME="$DIR/data" TMPDIR="$DIR/tmp" \\
  setpriv --reuid 65532 --regid 65532 --clear-groups --no-new-privs --bounding-set=-all "$@"`;

const CONFIG = `global: { data_dir: ./data, interval: 1s }
store: { path: ./data/drift.db }
web: { listen: '127.0.0.1:0', enable_lifecycle: true }
sources: [{ name: repository, git: { url: 'file://${ROOT}' } }]
checks:
  - { name: who, checker: command, options: { command: [sh, -c, 'id -u; touch "$TMPDIR/x" && ! touch "$HOME/../x"'] } }
  - { name: git, checker: command, source: repository, options: { command: [cat, package.json] } }
`;

describe('in the image', () => {
  let dir: string;
  before(async function () {
    const missing = ['unshare', 'setpriv', 'git'].filter((program) => programOnPath(program) === undefined);
    if (process.getuid?.() !== 0 || missing.length > 0) skipOptional(this, 'needs root, unshare, setpriv and git');
    dir = await mkdtemp(join(tmpdir(), 'drift-image-'));
    await chmod(dir, 0o755);
    await Promise.all(['data', 'tmp'].map((name) => mkdir(join(dir, name))));
    await writeFile(join(dir, 'drift-exporter.yaml'), CONFIG);
  });
  after(async () => {
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  it('the service runs without rights, writes to its volume only, and ends when told to', async () => {
    const command = [process.execPath, '--conditions=drift-source', join(ROOT, 'src/main.ts'), 'serve', '--config'];
    const child = spawn(
      'unshare',
      ['--mount', 'sh', '-c', LOCKED_DOWN, 'sh', ...command, join(dir, 'drift-exporter.yaml')],
      { env: { ...process.env, DIR: dir }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    const ended = once(child, 'exit');
    try {
      const url = await eventually(() => /"url":"([^"]+)"/.exec(lines.join('\n'))?.[1]);
      const diff = await eventually(async () => {
        const answer = (await (await fetch(`${url}/diff`)).json()) as DiffAnswer;
        return answer.checks.every(({ startedAt }) => startedAt !== undefined) && answer;
      });
      expect(diff.checks.map(({ check, status, failures }) => [check, status, failures])).to.deep.equal([
        ['git', 'in_sync', []],
        ['who', 'in_sync', []],
      ]);
      expect(diff.checks[1]).to.have.nested.property('notices[0].message').that.includes('65532');
    } finally {
      child.kill('SIGTERM');
      expect(await ended, lines.join('\n')).to.deep.equal([0, null]);
    }
  });
});
