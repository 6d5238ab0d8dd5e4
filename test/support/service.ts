/** The real service as a process of its own, on a port of its own, over a directory of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

export interface TestService {
  readonly url: string;
  readonly pid: number;
  /** Log lines so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  get(path: string, init?: RequestInit): Promise<Response>;
  json(path: string): Promise<DiffAnswer>;
  metrics(): Promise<string>;
  /** Sends a signal and waits for the end and the last log line; returns the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

/** The part of `/diff` that tests look at. */
export interface DiffAnswer {
  readonly checks: readonly (Readonly<Record<string, unknown>> & {
    readonly check: string;
    readonly status: string;
    readonly startedAt?: string;
    readonly driftedSince?: string;
    readonly drift: readonly (Readonly<Record<string, unknown>> & {
      readonly address: string;
      readonly firstSeenAt: string;
    })[];
    readonly failures: readonly { readonly phase: string; readonly reason: string; readonly message: string }[];
  })[];
}

/** A directory with a configuration in it; `web` and `data_dir` are added to what is given. */
export async function configDir(
  yaml: string,
): Promise<{ readonly dir: string; readonly file: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-service-'));
  const file = join(dir, 'drift-exporter.yaml');
  await writeFile(file, `web: { listen: '127.0.0.1:0', enable_lifecycle: true }\n${yaml}`);
  return { dir, file, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) };
}

const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts the service and waits until it is ready. Rejects with what it logged when it ends before that. */
export async function startService(
  file: string,
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly nodeArgs?: readonly string[];
    /** After `serve`. */
    readonly args?: readonly string[];
    /** A program with its arguments that runs the service: `pid` and signals are then the program's. */
    readonly under?: readonly string[];
  } = {},
): Promise<TestService> {
  const command = [...(options.under ?? []), process.execPath, ...(options.nodeArgs ?? []), MAIN, 'serve'];
  const [program = '', ...args] = [...command, '--config', file, ...(options.args ?? [])];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...options.env } });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const log: Record<string, unknown>[] = [];
  const lines = createInterface({ input: child.stderr });
  const logged = once(lines, 'close');
  const url = await readyUrl(child, { lines, log });
  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(url + path, init);
  return {
    url,
    pid: child.pid ?? 0,
    log,
    get,
    json: async (path) => (await (await get(path)).json()) as DiffAnswer,
    metrics: async () => (await get('/metrics')).text(),
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode ?? '';
      const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
      child.kill(signal);
      const [code, endedBy] = await ended;
      await logged;
      return code ?? endedBy ?? '';
    },
  };
}

function readyUrl(
  child: ChildProcess,
  { lines, log }: { readonly lines: Interface; readonly log: Record<string, unknown>[] },
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const plain: string[] = [];
  lines.on('line', (line) => {
    const entry = parseLine(line);
    if (entry === undefined) plain.push(line);
    else log.push(entry);
    if (entry?.['msg'] === 'ready') resolve(String(entry['url']).replace(/\/$/, ''));
  });
  child.once('exit', (code, signal) => {
    reject(new Error(`the service ended with ${code ?? signal}: ${plain.join('\n')} ${JSON.stringify(log)}`));
  });
  return promise;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Looks again and again until `look` returns something; rejects after `seconds`. */
export async function eventually<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 45,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`not seen within ${seconds} s`);
    await sleep(50);
  }
}
