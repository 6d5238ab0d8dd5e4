import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CheckError, isCheckError } from '../checker.ts';
import type { GitSourceConfig } from '../config/config.ts';
import type { Exec } from '../run/exec.ts';
import { gitConfigText, gitEnvironment, gitSecrets } from './git-environment.ts';
import { GitFailure, gitFailure } from './git-failure.ts';
import type { GitUrl } from './git-url.ts';
import { treeSize } from './tree-size.ts';

export interface Commit {
  readonly revision: string;
  /** ISO 8601. */
  readonly committedAt: string;
}

const FULL_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** What git accepts as the name of a ref, and nothing that means something else in a refspec or an option. */
const REF_NAME = /^(?![-/.])(?!.*(?:\.\.|@\{|\/\/|\/\.))[^\s~^:?*[\]\\+]+(?<![/.])$/;
/** Of a list of files: their names, for the most part. */
const BYTES_PER_FILE = 500;
/** How often the size of what git is fetching is looked at. */
const WATCH_MS = 250;

/** The bare clone of one repository. Not for concurrent use: GitSource does one thing after the other. */
export class GitClone {
  readonly #config: GitSourceConfig;
  readonly #url: GitUrl;
  readonly #exec: Exec;
  /** Of this source: configuration, clone and trees. */
  readonly #home: string;
  readonly #dir: string;

  constructor(config: GitSourceConfig, url: GitUrl, place: { readonly exec: Exec; readonly home: string }) {
    this.#config = config;
    this.#url = url;
    this.#exec = place.exec;
    this.#home = place.home;
    const repository = createHash('sha256').update(url.location).digest('hex').slice(0, 12);
    this.#dir = join(place.home, `clone-${repository}.git`);
  }

  /** Fetches one ref and says what it points to. A damaged clone is thrown away and fetched anew, once. */
  async fetch(ref: string, signal: AbortSignal): Promise<Commit> {
    if (!REF_NAME.test(ref)) throw new GitFailure('invalid', `ref ${JSON.stringify(ref)} is no name that git accepts`);
    try {
      return await this.#fetchOnce(ref, signal);
    } catch (error) {
      await this.#removeHalves();
      if (!(error instanceof GitFailure)) throw error;
      if (error.remedy === 'recreate' || error.reason === 'too_large')
        await rm(this.#dir, { recursive: true, force: true });
      if (error.remedy !== 'recreate') throw error;
      return this.#fetchOnce(ref, signal, error.objectFormat);
    }
  }

  /** Writes the files of a fetched commit into an empty directory. No `.git`, no hooks, no filters. */
  async writeTree(revision: string, dir: string, signal: AbortSignal): Promise<void> {
    await this.#limitSize(revision, signal);
    const index = `${dir}.index`;
    const env = { GIT_INDEX_FILE: index };
    try {
      await this.#git([`--work-tree=${dir}`, 'read-tree', '--reset', '-u', revision], { signal, cwd: dir, env });
      if (this.#config.submodules)
        await this.#withinLimit([this.#dir, dir], signal, async (limited) => {
          await this.#writeSubmodules(dir, env, limited);
          this.#judge(`the files of ${revision} and its submodules`, await treeSize(dir));
        });
    } finally {
      await rm(index, { force: true });
    }
  }

  /** Packs what many small fetches left, when it has become much. */
  async tidy(signal: AbortSignal): Promise<void> {
    await this.#git(['gc', '--auto', '--quiet'], { signal });
  }

  async #fetchOnce(ref: string, signal: AbortSignal, objectFormat?: string): Promise<Commit> {
    await this.#prepare(signal, objectFormat);
    const name = `refs/drift/${createHash('sha256').update(ref).digest('hex').slice(0, 16)}`;
    const { depth } = this.#config;
    await this.#withinLimit([this.#dir], signal, async (limited) => {
      if (!FULL_COMMIT.test(ref)) await this.#fetchRefs([`+${ref}:${name}`], depth, limited);
      else if (!(await this.#has(ref, limited))) await this.#fetchCommit(ref, name, limited);
    });
    return this.#commit(FULL_COMMIT.test(ref) ? ref : name, signal);
  }

  async #prepare(signal: AbortSignal, objectFormat: string | undefined): Promise<void> {
    await mkdir(this.#home, { recursive: true, mode: 0o700 });
    await writeFile(join(this.#home, '.gitconfig'), gitConfigText(this.#config, this.#url), { mode: 0o600 });
    if (existsSync(join(this.#dir, 'HEAD'))) return this.#removeHalves();
    await rm(this.#dir, { recursive: true, force: true });
    const format = objectFormat === undefined ? [] : [`--object-format=${objectFormat}`];
    const init = ['init', '--quiet', '--bare', '--template=', '--initial-branch=none', ...format, this.#dir];
    await this.#git(init, { signal, bare: true });
    await this.#git(['config', 'remote.origin.url', this.#url.location], { signal });
  }

  /** What a fetch that was cut off had written so far: git keeps it for two weeks, and it may be all of the disk. */
  async #removeHalves(): Promise<void> {
    const objects = join(this.#dir, 'objects');
    const names = await readdir(objects, { recursive: true }).catch(() => []);
    for (const name of names) if (basename(name).startsWith('tmp_')) await rm(join(objects, name), { force: true });
  }

  async #fetchRefs(refspecs: readonly string[], depth: number, signal: AbortSignal): Promise<void> {
    const shallow = existsSync(join(this.#dir, 'shallow'));
    const history = depth > 0 ? [`--depth=${depth}`] : shallow ? ['--unshallow'] : [];
    const options = ['--quiet', '--force', '--no-tags', '--no-write-fetch-head', '--update-shallow', ...history];
    await this.#git(['fetch', ...options, '--', this.#url.location, ...refspecs], { signal });
  }

  /** A server may refuse to give a commit by its id: then everything it shows is fetched and looked through. */
  async #fetchCommit(commit: string, name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#fetchRefs([`+${commit}:${name}`], this.#config.depth, signal);
    } catch (error) {
      if (!(error instanceof GitFailure) || error.reason !== 'not_found') throw error;
      await this.#fetchRefs(['+refs/heads/*:refs/all/heads/*', '+refs/tags/*:refs/all/tags/*'], 0, signal);
      if (!(await this.#has(commit, signal))) throw error;
    }
  }

  async #has(commit: string, signal: AbortSignal): Promise<boolean> {
    const { exitCode } = await this.#run(['cat-file', '-e', `${commit}^{commit}`], { signal });
    return exitCode === 0;
  }

  async #commit(name: string, signal: AbortSignal): Promise<Commit> {
    const out = await this.#git(['log', '-1', '--format=%H %ct', `${name}^{commit}`, '--'], { signal });
    const [revision, seconds] = out.trim().split(' ');
    if (revision === undefined || seconds === undefined)
      throw new GitFailure('bad_output', `git log printed ${JSON.stringify(out)}`);
    return { revision, committedAt: new Date(Number(seconds) * 1000).toISOString() };
  }

  async #limitSize(revision: string, signal: AbortSignal): Promise<void> {
    const listing = await this.#list(revision, signal);
    let bytes = 0;
    let files = 0;
    for (const entry of listing.split('\0')) {
      const blob = /^\d+ blob \S+ +(\d+)/.exec(entry);
      bytes += Number(blob?.[1] ?? 0);
      files += blob === null ? 0 : 1;
    }
    this.#judge(`the files of ${revision}`, { bytes, files });
  }

  /** Trees within trees can name billions of files in a few bytes: the list ends where the limit does. */
  async #list(revision: string, signal: AbortSignal): Promise<string> {
    const { maxFiles } = this.#config;
    try {
      const maxOutputBytes = maxFiles * BYTES_PER_FILE;
      return await this.#git(['ls-tree', '-r', '-l', '-z', revision], { signal, maxOutputBytes });
    } catch (error) {
      if (!(error instanceof GitFailure) || error.reason !== 'too_large') throw error;
      throw new GitFailure('too_large', `${revision} has too many files to list; the limit is max_files: ${maxFiles}`);
    }
  }

  #judge(what: string, { bytes, files }: { readonly bytes: number; readonly files: number }): void {
    const { maxBytes, maxFiles } = this.#config;
    if (bytes > maxBytes)
      throw new GitFailure('too_large', `${what} are ${bytes} bytes; the limit is max_bytes: ${maxBytes}`);
    if (files > maxFiles)
      throw new GitFailure('too_large', `${what} are ${files} in number; the limit is max_files: ${maxFiles}`);
  }

  /** Ends what is going on when the directories have grown beyond the limit, and judges them afterwards. */
  async #withinLimit(
    dirs: readonly string[],
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const { maxBytes } = this.#config;
    const full = new AbortController();
    const look = async (): Promise<void> => {
      for (const dir of dirs) {
        if ((await treeSize(dir)).bytes <= maxBytes) continue;
        const message = `the repository is larger than its limit (max_bytes: ${maxBytes})`;
        full.abort(new CheckError('too_large', message, { phase: 'source' }));
      }
    };
    const timer = setInterval(() => void look(), WATCH_MS);
    try {
      await work(AbortSignal.any([signal, full.signal]));
      await look();
      if (full.signal.aborted) throw new GitFailure('too_large', (full.signal.reason as CheckError).message);
    } finally {
      clearInterval(timer);
    }
  }

  async #writeSubmodules(dir: string, env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const update = ['submodule', '--quiet', 'update', '--init', '--recursive', '--force', '--checkout'];
    await this.#git([`--work-tree=${dir}`, ...update], { signal, cwd: dir, env });
  }

  async #git(args: readonly string[], options: GitOptions): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#run(args, options);
    if (exitCode !== 0) throw gitFailure(stderr, exitCode);
    return stdout;
  }

  async #run(
    args: readonly string[],
    options: GitOptions,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const secrets = await gitSecrets(this.#config, this.#url);
    const place = options.bare === true ? [] : [`--git-dir=${this.#dir}`];
    try {
      const output = await this.#exec('git', [...place, ...args], {
        cwd: options.cwd ?? this.#home,
        env: { ...gitEnvironment(this.#config, this.#url, this.#home), ...options.env },
        signal: options.signal,
        timeoutMs: this.#config.timeoutMs,
        exitCodes: 'any',
        maxOutputBytes: options.maxOutputBytes ?? 1024 * 1024,
      });
      return { ...output, stderr: masked(output.stderr, secrets) };
    } catch (error) {
      if (!isCheckError(error)) throw error;
      throw new GitFailure(error.reason, masked(error.message, secrets), { cause: error });
    }
  }
}

interface GitOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly maxOutputBytes?: number;
  /** Without the clone, which does not exist yet. */
  readonly bare?: boolean;
}

/** A server may quote what it was sent. */
function masked(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  return known.replaceAll(/(\w:\/\/)[^/\s@]*:[^/\s@]*@/g, '$1***@');
}
