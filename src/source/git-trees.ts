import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree, sealTree } from './seal-tree.ts';

interface Tree {
  readonly dir: string;
  users: number;
}

const HEARTBEAT_MS = 30_000;
const ABANDONED_MS = 5 * 60_000;

/**
 * The checked-out trees, one a revision, shared by the runs that use it. One goes when nobody uses it and it is not the
 * newest. Several processes may share a data directory: each has its own folder of trees and keeps its time fresh;
 * folders with an old time were left by a crash and are removed.
 */
export class GitTrees {
  readonly #root: string;
  readonly #own: string;
  readonly #trees = new Map<string, Tree>();
  readonly #write: (revision: string, dir: string, signal: AbortSignal) => Promise<void>;
  #newest: string | undefined;
  #heart: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(root: string, write: (revision: string, dir: string, signal: AbortSignal) => Promise<void>) {
    this.#root = root;
    this.#own = join(root, randomUUID());
    this.#write = write;
  }

  /** A revision's directory, in use until released. Not for concurrent use. */
  async acquire(revision: string, signal: AbortSignal): Promise<string> {
    const known = this.#trees.get(revision);
    if (known !== undefined && existsSync(known.dir)) {
      known.users += 1;
      return known.dir;
    }
    await this.#open();
    const dir = join(this.#own, `${revision.slice(0, 16)}-${randomUUID().slice(0, 8)}`);
    await mkdir(dir, { mode: 0o700 });
    try {
      await this.#write(revision, dir, signal);
      await sealTree(dir);
    } catch (error) {
      await removeTree(dir);
      throw error;
    }
    this.#trees.set(revision, { dir, users: 1 });
    return dir;
  }

  async release(revision: string, dir: string): Promise<void> {
    const tree = this.#trees.get(revision);
    if (tree?.dir !== dir) return removeTree(dir); // its place was taken after somebody removed it
    tree.users -= 1;
    return this.#removeUnused();
  }

  /** Keeps this revision's tree even while nobody uses it. */
  async keep(revision: string): Promise<void> {
    this.#newest = revision;
    return this.#removeUnused();
  }

  /** Trees in use stay until released. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#newest = undefined;
    await this.#removeUnused();
  }

  async #removeUnused(): Promise<void> {
    const unused = [...this.#trees].filter(([revision, tree]) => tree.users <= 0 && revision !== this.#newest);
    for (const [revision] of unused) this.#trees.delete(revision);
    await Promise.all(unused.map(([, { dir }]) => removeTree(dir)));
    if (!this.#closed || this.#trees.size > 0) return;
    clearInterval(this.#heart);
    await removeTree(this.#own);
  }

  async #open(): Promise<void> {
    await mkdir(this.#own, { recursive: true, mode: 0o700 });
    if (this.#heart !== undefined) return;
    this.#heart = setInterval(() => void this.#beat(), HEARTBEAT_MS).unref();
    await this.#beat();
  }

  async #beat(): Promise<void> {
    const now = new Date();
    await utimes(this.#own, now, now).catch(() => undefined); // gone after close, or removed: the next tree makes it again
    for (const name of await readdir(this.#root).catch(() => [])) await this.#removeAbandoned(join(this.#root, name));
  }

  async #removeAbandoned(dir: string): Promise<void> {
    try {
      if (dir !== this.#own && Date.now() - (await stat(dir)).mtimeMs > ABANDONED_MS) await removeTree(dir);
    } catch {
      // another process was faster
    }
  }
}
