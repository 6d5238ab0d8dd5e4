import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import picomatch from 'picomatch';
import { CheckError, isCheckError } from '../checker.ts';
import type { GitSourceConfig } from '../config/config.ts';
import type { FailureReason } from '../drift.ts';
import { GitClone, type Commit } from './git-clone.ts';
import { GitFailure } from './git-failure.ts';
import { GitTrees } from './git-trees.ts';
import { parseGitUrl, type GitUrl } from './git-url.ts';
import type { SourceDeps } from './source-deps.ts';
import type { Checkout, Source, SourceStatus } from './source.ts';

const RETRIES_MS = [500, 2000];
const LONGEST_BACKOFF_MS = 10 * 60_000;
/** After a failure, a run may ask again this soon. */
const RETRY_AFTER_MS = 10_000;

interface Fetched extends Commit {
  readonly fetchedAt: number;
}

/** A git repository, fetched on its own interval; every run sees the files of one commit. */
export class GitSource implements Source {
  readonly name: string;
  readonly #config: GitSourceConfig;
  readonly #log: SourceDeps['log'];
  readonly #closing = new AbortController();
  readonly #url: GitUrl | CheckError;
  readonly #clone: GitClone | undefined;
  readonly #trees: GitTrees;
  readonly #onDemand = new Map<string, Promise<Commit>>();
  #newest: Fetched | undefined;
  #error: GitFailure | undefined;
  #triedAt = 0;
  #failures = 0;
  #fetching: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The clone does one thing after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(config: GitSourceConfig, deps: SourceDeps) {
    this.name = config.name;
    this.#config = config;
    this.#log = deps.log;
    const home = join(deps.dataDir, config.name);
    this.#url = urlOf(config);
    this.#clone = isCheckError(this.#url) ? undefined : new GitClone(config, this.#url, { exec: deps.exec, home });
    this.#trees = new GitTrees(join(home, 'trees'), async (revision, dir, signal) =>
      this.#clone?.writeTree(revision, dir, signal),
    );
    if (
      !isCheckError(this.#url) &&
      this.#url.protocol === 'http' &&
      (config.tokenFile ?? this.#url.password) !== undefined
    )
      this.#log.warn({ source: config.name }, 'the git token is sent over plain HTTP');
  }

  start(): void {
    void this.#update();
  }

  async acquire(signal: AbortSignal, ref?: string): Promise<Checkout> {
    if (isCheckError(this.#url)) throw this.#url;
    this.#stopIfClosed();
    if (ref !== undefined && ref !== this.#config.ref) return this.#acquireOther(signal, ref);
    if (this.#isDue()) await waitFor(this.#update(), signal);
    else if (this.#newest === undefined) await waitFor(this.#fetching ?? Promise.resolve(), signal);
    this.#stopIfClosed();
    if (this.#newest === undefined || this.#error !== undefined) throw this.#failure(this.#error, this.#config.ref);
    return this.#checkout(this.#newest, signal);
  }

  status(): SourceStatus {
    const newest = this.#newest;
    return {
      name: this.name,
      kind: 'git',
      location: isCheckError(this.#url) ? '(invalid)' : this.#url.location,
      ...(newest && { revision: newest.revision, committedAt: newest.committedAt }),
      ...(newest && { fetchedAt: new Date(newest.fetchedAt).toISOString() }),
      ...(isCheckError(this.#url) && { error: this.#url.message }),
      ...(this.#error && { error: this.#failure(this.#error, this.#config.ref).message }),
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing.abort(new CheckError('aborted', `source "${this.name}" is closed`, { phase: 'source' }));
    await this.#fetching;
    await this.#turn.catch(() => undefined);
    await this.#trees.close();
  }

  #stopIfClosed(): void {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason as CheckError;
  }

  /** Never fetched, failed a while ago, or much older than the interval: the machine slept, or nobody called start. */
  #isDue(): boolean {
    if (this.#newest === undefined && this.#error === undefined) return true;
    const age = Date.now() - this.#triedAt;
    // The clock was set back: nobody knows.
    if (age < 0) return true;
    return (
      age >
      (this.#error === undefined ? 2 * this.#config.intervalMs : Math.min(this.#config.intervalMs, RETRY_AFTER_MS))
    );
  }

  /** One fetch at a time, joined by all who wait for it. Never rejects. */
  #update(): Promise<void> {
    this.#fetching ??= this.#fetchNewest().finally(() => {
      this.#fetching = undefined;
      this.#triedAt = Date.now();
      this.#scheduleNext();
    });
    return this.#fetching;
  }

  #scheduleNext(): void {
    if (this.#closing.signal.aborted) return;
    clearTimeout(this.#timer);
    const { intervalMs } = this.#config;
    const longest = Math.max(intervalMs, LONGEST_BACKOFF_MS);
    const delay = Math.min(intervalMs * 2 ** Math.max(0, this.#failures - 1), longest);
    this.#timer = setTimeout(() => void this.#update(), delay);
  }

  async #fetchNewest(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const commit = await this.#inTurn(async (clone) => {
        const fetched = await this.#fetchPatiently(clone, this.#config.ref);
        const dir = await this.#trees.acquire(fetched.revision, signal);
        await this.#trees.keep(fetched.revision);
        await this.#trees.release(fetched.revision, dir);
        return fetched;
      });
      if (commit.revision !== this.#newest?.revision) this.#moved(commit);
      this.#newest = { ...commit, fetchedAt: Date.now() };
      this.#error = undefined;
      this.#failures = 0;
    } catch (error) {
      this.#error = gitFailureOf(error);
      this.#failures += 1;
      if (signal.aborted) return;
      this.#log.warn({ source: this.name, reason: this.#error.reason, error: this.#error.message }, 'fetch failed');
    }
  }

  #moved({ revision }: Commit): void {
    this.#log.info({ source: this.name, revision }, 'source moved');
    this.#inTurn((clone) => clone.tidy(this.#closing.signal)).catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      this.#log.warn({ source: this.name, error: gitFailureOf(error).message }, 'git gc failed');
    });
  }

  /** One hiccup of a network is not worth a failed run. */
  async #fetchPatiently(clone: GitClone, ref: string): Promise<Commit> {
    const { signal } = this.#closing;
    for (const delay of RETRIES_MS) {
      try {
        return await clone.fetch(ref, signal);
      } catch (error) {
        if (!(error instanceof GitFailure) || error.remedy !== 'retry') throw error;
        await sleep(delay, undefined, { signal });
      }
    }
    return clone.fetch(ref, signal);
  }

  async #acquireOther(signal: AbortSignal, ref: string): Promise<Checkout> {
    const { allowedRefs } = this.#config;
    if (allowedRefs.length === 0 || !picomatch.isMatch(ref, [...allowedRefs])) {
      const allowed = [this.#config.ref, ...allowedRefs].join(', ');
      throw this.#checkError('forbidden', `ref ${JSON.stringify(ref)} is not allowed; expected one of ${allowed}`);
    }
    const running = this.#onDemand.get(ref);
    const fetching = running ?? this.#inTurn((clone) => this.#fetchPatiently(clone, ref));
    if (running === undefined) {
      this.#onDemand.set(ref, fetching);
      void fetching.catch(() => undefined).finally(() => this.#onDemand.delete(ref));
    }
    try {
      return await this.#checkout(await waitFor(fetching, signal), signal);
    } catch (error) {
      throw isCheckError(error) ? error : this.#failure(gitFailureOf(error), ref);
    }
  }

  async #checkout(commit: Commit, signal: AbortSignal): Promise<Checkout> {
    const { revision, committedAt } = commit;
    const using = this.#inTurn(() => this.#trees.acquire(revision, this.#closing.signal));
    const release = async (dir: string): Promise<void> => this.#trees.release(revision, dir);
    let dir: string;
    try {
      dir = await waitFor(using, signal);
    } catch (error) {
      void using.then(release, () => undefined); // the run has gone; whoever comes late is let go
      throw isCheckError(error) ? error : this.#failure(gitFailureOf(error), revision);
    }
    let released = false;
    return {
      dir,
      revision,
      committedAt,
      release: async () => {
        if (released) return;
        released = true;
        await release(dir);
      },
    };
  }

  #inTurn<Result>(work: (clone: GitClone) => Promise<Result>): Promise<Result> {
    const clone = this.#clone;
    if (clone === undefined) return Promise.reject(this.#url);
    const result = this.#turn.then(() => work(clone));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #failure(failure: GitFailure | undefined, ref: string): CheckError {
    const where = isCheckError(this.#url) ? '' : this.#url.location;
    const newest = this.#newest;
    const last = newest
      ? `last fetched ${ageText(Math.max(0, Date.now() - newest.fetchedAt))} ago at ${newest.revision}`
      : 'not fetched since the start';
    const why = failure?.message ?? 'nothing was fetched';
    return this.#checkError(failure?.reason ?? 'internal', `cannot fetch ${ref} of ${where}: ${why}; ${last}`, failure);
  }

  #checkError(reason: FailureReason, message: string, cause?: unknown): CheckError {
    return new CheckError(reason, `source "${this.name}": ${message}`, { phase: 'source', cause });
  }
}

function urlOf(config: GitSourceConfig): GitUrl | CheckError {
  try {
    return parseGitUrl(config.url);
  } catch (error) {
    if (isCheckError(error))
      return new CheckError(error.reason, `source "${config.name}": ${error.message}`, { phase: 'source' });
    throw error;
  }
}

const STORAGE_CODES = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'EIO', 'ENOTDIR']);

function gitFailureOf(error: unknown): GitFailure {
  if (error instanceof GitFailure) return error;
  if (isCheckError(error)) return new GitFailure(error.reason, error.message, { cause: error });
  const { code, name } = error as NodeJS.ErrnoException;
  const reason = STORAGE_CODES.has(code ?? '') ? 'storage' : name === 'AbortError' ? 'aborted' : 'internal';
  return new GitFailure(reason, error instanceof Error ? error.message : String(error), { cause: error });
}

/** Waits, but no longer than the run lasts; the work goes on for others. */
async function waitFor<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    const reason: unknown = signal.reason;
    const known = isCheckError(reason) ? reason : undefined;
    const message = known?.message ?? 'the run was stopped while it waited for its source';
    reject(new CheckError(known?.reason ?? 'aborted', message, { phase: 'source', cause: reason }));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** `45 s`, `12 min`, `2 h`, `3 d`. */
function ageText(ms: number): string {
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.floor(ms / 3_600_000)} h` : `${Math.floor(ms / 86_400_000)} d`;
}
