/** A source and a "host" in temporary directories, the real ansible-playbook over `connection: local`. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ansible } from '../../../checkers/ansible/index.ts';
import { checkerContext, sumOfRun, type Sum, type TestContextOptions } from '../../support/checker-context.ts';

export const TOOLS = { 'ansible-playbook': 'apt-get install ansible-core' };
const LOCAL = 'ansible_connection=local ansible_python_interpreter=/usr/bin/python3';

export interface Found extends Sum {
  readonly exitCode: number | undefined;
  readonly secrets: readonly string[];
}

export interface Lab {
  readonly source: string;
  readonly live: string;
  readonly home: string;
  /** Writes files of the source; `LIVE` in them is the live directory. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Applies with the bare tool. */
  apply(...args: string[]): Promise<void>;
  check(
    options?: Readonly<Record<string, unknown>>,
    context?: Partial<Omit<TestContextOptions, 'sourceDir'>>,
  ): Promise<Found>;
  /** Every file below source and live: kind, mode, content and mtime. */
  snapshot(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

/** The inventory `hosts` holds the named hosts, all of them this machine. */
export async function createLab(hosts: readonly string[] = ['web-01']): Promise<Lab> {
  const root = await mkdtemp(join(tmpdir(), 'drift-ansible-'));
  const [source, live, home] = ['source', 'live', 'home'].map((name) => join(root, name)) as [string, string, string];
  for (const dir of [source, live, home]) await mkdir(dir, { mode: 0o755 });
  const env = { HOME: home };
  const lab: Lab = {
    source,
    live,
    home,
    write: async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(source, name)), { recursive: true });
        await writeFile(join(source, name), text.replaceAll('LIVE', live));
        if (text.startsWith('#!')) await chmod(join(source, name), 0o755);
      }
    },
    apply: async (...args) => {
      await promisify(execFile)('ansible-playbook', ['-i', 'hosts', ...(args.length === 0 ? ['site.yml'] : args)], {
        cwd: source,
        env: { PATH: process.env['PATH'] ?? '', ...env, PYTHONDONTWRITEBYTECODE: '1' },
      });
    },
    check: async (options = {}, given = {}) => {
      const context = await checkerContext({ sourceDir: source, ...given, env: { ...env, ...given.env } });
      try {
        const all = { playbooks: ['site.yml'], inventory: ['hosts'], ...options };
        const sum = await sumOfRun(ansible, all, context);
        return { ...sum, exitCode: context.exitCode(), secrets: context.secrets };
      } finally {
        await context.cleanup();
      }
    },
    snapshot: async () => ({ ...(await treeOf(source)), ...(await treeOf(live)) }),
    close: () => rm(root, { recursive: true, force: true }),
  };
  await lab.write({ hosts: hosts.map((name) => `${name} ${LOCAL}\n`).join('') });
  return lab;
}

async function treeOf(dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(dir, { recursive: true })) {
    const path = join(dir, entry);
    const { mode, mtimeMs, uid } = await lstat(path);
    found[path] = `${mode.toString(8)} ${uid} ${mtimeMs} ${await contentOf(path)}`;
  }
  return found;
}

async function contentOf(path: string): Promise<string> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) return `-> ${await readlink(path)}`;
  if (!stats.isFile()) return 'directory';
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
