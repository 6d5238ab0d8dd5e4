import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { umask } from 'node:process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, type ResultPromise } from 'execa';
import { CheckError, type RunOptions, type RunOutput } from '../checker.ts';
import { lastLines } from '../diff/last-lines.ts';
import type { FailureReason } from '../drift.ts';
import { findProgram, type Confinement } from './confinement.ts';
import { endProcesses, groupExists, RUN_MARKER, tieToThisProcess } from './process-tree.ts';

export interface ExecOptions extends Omit<RunOptions, 'report' | 'cwd'> {
  readonly cwd: string;
  /** Its reason is a CheckError (`timeout` or `aborted`), or anything, which counts as `aborted`. */
  readonly signal?: AbortSignal;
  /** Marks every descendant; see process-tree.ts. */
  readonly marker?: string;
  /** Who runs it and within which limits. Absent: the service's own user, for what reads the service's own files. */
  readonly confinement?: Confinement | undefined;
}

/** The only door to a process. See RunOptions and CheckContext.run for what it promises. */
export type Exec = (file: string, args: readonly string[], options: ExecOptions) => Promise<RunOutput>;

const MIB = 1024 * 1024;
const STDERR_BYTES = 256 * 1024;
/** How long output may still come after the program has ended, before what holds its pipes is ended too. */
const DRAIN_MS = 500;

/** `environment`: what every command inherits (see child-environment.ts). `graceMs`: between TERM and KILL. */
export function createExec(base: {
  readonly environment: Readonly<Record<string, string>>;
  readonly graceMs: number;
}): Exec {
  return async (file, args, options) => {
    if (options.signal?.aborted === true) throw stopError(options.signal.reason, label(file, args));
    const sink = options.stdoutFile === undefined ? undefined : await openSink(options.stdoutFile);
    try {
      return await execute({ base, file, args, options, sink });
    } finally {
      await sink?.close();
    }
  };
}

interface Execution {
  readonly base: Parameters<typeof createExec>[0];
  readonly file: string;
  readonly args: readonly string[];
  readonly options: ExecOptions;
  readonly sink: FileHandle | undefined;
}

type Child = Pick<ResultPromise, 'pid' | 'nodeChildProcess'> & PromiseLike<{ readonly cause?: unknown }>;

async function execute(execution: Execution): Promise<RunOutput> {
  const { base, file, args, options, sink } = execution;
  const name = label(file, args);
  const child = spawn(execution);
  const exit = exited(child, name);
  const untie = child.pid === undefined ? undefined : tieToThisProcess(child.pid);
  const limit = options.maxOutputBytes ?? (sink === undefined ? 32 : 1024) * MIB;
  const stopper = createStopper(options, name);
  const tooLarge = (): void => {
    stopper.stop(
      new CheckError('too_large', `${name}: more than ${limit} bytes of output; the limit is maxOutputBytes`),
    );
  };
  const stdout =
    sink === undefined
      ? collect(child.nodeChildProcess.stdout, { limit, full: tooLarge })
      : watchSize(sink, limit, tooLarge);
  const stderr = collect(child.nodeChildProcess.stderr, { limit: STDERR_BYTES, keepTail: true });
  try {
    const outcome = await Promise.race([exit, stopper.stopped]);
    const tree = { ...(child.pid !== undefined && { root: child.pid }), graceMs: base.graceMs };
    if (outcome instanceof CheckError) {
      await endProcesses({ ...tree, ...(options.marker !== undefined && { marker: options.marker }) });
      throw outcome;
    }
    await Promise.race([Promise.all([stdout.done, stderr.done]), sleep(DRAIN_MS, undefined, { ref: false })]);
    if (child.pid !== undefined && groupExists(child.pid)) await endProcesses(tree);
    if (stopper.error !== undefined) throw stopper.error;
    return judge({ ...outcome, stdout: stdout.text(), stderr: stderr.text() }, options, name);
  } finally {
    untie?.();
    stopper.dispose();
    stdout.dispose();
    stderr.dispose();
    child.nodeChildProcess.stdin?.destroy();
  }
}

function spawn(execution: Execution): Child {
  const { file, args, options, sink } = execution;
  const { user, launcher = [], umask: mask } = options.confinement ?? {};
  const env = environmentOf(execution);
  const [program = file, ...before] = launcher;
  if (launcher.length > 0) mustExist(file, { path: env['PATH'] ?? '', cwd: options.cwd });
  return withUmask(mask, () =>
    execa(program, launcher.length > 0 ? [...before, file, ...args] : args, {
      cwd: options.cwd,
      env,
      extendEnv: false,
      killDescendants: true, // a session and a process group of its own, without a terminal
      buffer: false,
      reject: false,
      ...(user && { uid: user.uid, gid: user.gid }), // Node drops the supplementary groups with them
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      ...(sink !== undefined && { stdout: sink.fd as 1 }), // execa's types know the standard descriptors only
    }),
  );
}

function environmentOf({ base, options }: Execution): Record<string, string> {
  const { user } = options.confinement ?? {};
  const own = user?.name === undefined ? {} : { USER: user.name, LOGNAME: user.name };
  const home = user && { HOME: user.home ?? options.env?.['TMPDIR'] ?? '/' };
  const environment: Record<string, string | undefined> = { ...base.environment, ...own, ...home, ...options.env };
  if (options.marker !== undefined) environment[RUN_MARKER] = options.marker;
  const defined = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(defined);
}

/** What the launcher would only tell by its own exit code. */
function mustExist(file: string, place: { readonly path: string; readonly cwd: string }): void {
  const found = findProgram(file, place);
  if (found instanceof Error) throw startError(found, basename(file));
}

/** Spawning is synchronous: nothing else of this process creates a file meanwhile, but for the thread pool. */
function withUmask<Result>(mask: number | undefined, spawning: () => Result): Result {
  if (mask === undefined) return spawning();
  const before = umask(mask);
  try {
    return spawning();
  } finally {
    umask(before);
  }
}

interface Exited {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Resolves when the program itself has ended, whoever still holds its pipes. Rejects when it could not start. */
function exited(child: Child, name: string): Promise<Exited> {
  return new Promise((resolve, reject) => {
    child.nodeChildProcess.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
    const neverRan = (result: { readonly cause?: unknown }): void => {
      reject(startError(result.cause ?? result, name)); // too late to matter if it did
    };
    void child.then(neverRan, neverRan);
  });
}

const START_REASONS: Readonly<Record<string, FailureReason>> = {
  ENOENT: 'not_found',
  EACCES: 'forbidden',
  EMFILE: 'storage',
  ENFILE: 'storage',
  EAGAIN: 'storage',
  ENOMEM: 'storage',
  E2BIG: 'too_large',
};

function startError(error: unknown, name: string): CheckError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const message = error instanceof Error ? error.message : String(error);
  const hint = code === 'ENOENT' ? 'no such program on PATH, or its working directory is gone' : message;
  return new CheckError(START_REASONS[code] ?? 'internal', `${name}: could not be started: ${hint}`, { cause: error });
}

interface Stopper {
  /** Resolves, with why, when the program has to be ended. */
  readonly stopped: Promise<CheckError>;
  readonly error: CheckError | undefined;
  stop(error: CheckError): void;
  dispose(): void;
}

/** Gathers what can end a program early: the run's signal, its own time limit, too much output. */
function createStopper(options: ExecOptions, name: string): Stopper {
  const { promise, resolve } = Promise.withResolvers<CheckError>();
  let stopError_: CheckError | undefined;
  const stop = (error: CheckError): void => {
    stopError_ ??= error;
    resolve(stopError_);
  };
  const onAbort = (): void => {
    stop(stopError(options.signal?.reason, name));
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const { timeoutMs } = options;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          stop(new CheckError('timeout', `${name}: still running after ${timeoutMs / 1000} s`));
        }, timeoutMs);
  return {
    stopped: promise,
    get error() {
      return stopError_;
    },
    stop,
    dispose: () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    },
  };
}

function stopError(reason: unknown, name: string): CheckError {
  if (reason instanceof CheckError)
    return new CheckError(reason.reason, `${name}: ${reason.message}`, { cause: reason });
  return new CheckError('aborted', `${name}: aborted`, { cause: reason });
}

interface Output {
  readonly done: Promise<void>;
  text(): string;
  dispose(): void;
}

/** Reads a stream into memory: up to `limit` bytes, or only the last of them. */
function collect(
  stream: Readable | null,
  { limit, keepTail = false, full }: { limit: number; keepTail?: boolean; full?: () => void },
): Output {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  if (stream === null) resolve();
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (!keepTail && bytes > limit) full?.();
    for (let oldest = chunks[0]; oldest !== undefined && bytes - oldest.length >= limit; oldest = chunks[0]) {
      bytes -= oldest.length;
      chunks.shift();
    }
  });
  stream?.once('close', resolve);
  stream?.once('error', () => {
    resolve();
  });
  return {
    done: promise,
    text: () => {
      const buffer = Buffer.concat(chunks);
      return buffer.subarray(Math.max(0, buffer.length - limit)).toString('utf8');
    },
    dispose: () => {
      stream?.destroy();
    },
  };
}

/** The program writes the file by itself; its size is looked at now and then. */
function watchSize(sink: FileHandle, limit: number, full: () => void): Output {
  const timer = setInterval(() => {
    void sizeOf(sink).then((size) => (size > limit ? full() : undefined));
  }, 200);
  return {
    done: Promise.resolve(),
    text: () => '',
    dispose: () => {
      clearInterval(timer);
    },
  };
}

async function sizeOf(file: FileHandle): Promise<number> {
  return file.stat().then(
    ({ size }) => size,
    () => 0, // closed in between
  );
}

async function openSink(path: string): Promise<FileHandle> {
  try {
    // Commands write beside it: through a link they left, it would be another file of this machine.
    return await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new CheckError('storage', `${path}: cannot be written: ${String(error)}`, { cause: error });
  }
}

function judge(ended: Exited & { stdout: string; stderr: string }, options: ExecOptions, name: string): RunOutput {
  const { code, signal, stdout, stderr } = ended;
  if (code === null)
    throw new CheckError('exit_code', `${name}: ended by ${signal ?? 'an unknown signal'}${tail(stderr)}`);
  const expected = options.exitCodes ?? [0];
  if (expected !== 'any' && !expected.includes(code)) {
    const message = `${name}: exit code ${code}, expected ${expected.join(' or ')}${tail(stderr || stdout)}`;
    throw new CheckError('exit_code', message, { cause: { exitCode: code, stdout, stderr } });
  }
  return { exitCode: code, stdout, stderr };
}

/** The last lines of what a program said, for a message. */
function tail(text: string): string {
  const said = lastLines(text.trim(), { lines: 10, characters: 2000 });
  return said === '' ? '' : `: ${said}`;
}

/** Arguments may be long and reach messages: the program and its subcommand are enough. */
function label(file: string, args: readonly string[]): string {
  const [first] = args;
  return first === undefined || first.startsWith('-') ? basename(file) : `${basename(file)} ${first}`;
}
