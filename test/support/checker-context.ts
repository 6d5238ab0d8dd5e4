/** A CheckContext over real processes and temporary directories, for tests of checkers. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { CheckError, type CheckContext, type Checker, type Comparison, type Failure } from '../../src/checker.ts';
import { failureOf } from '../../src/checker.ts';
import { childEnvironment } from '../../src/run/child-environment.ts';
import { createExec } from '../../src/run/exec.ts';
import { endProcesses } from '../../src/run/process-tree.ts';

export interface TestContext extends CheckContext {
  readonly secrets: string[];
  exitCode(): number | undefined;
  /** Aborts the run as a shutdown does. */
  abort(): void;
  cleanup(): Promise<void>;
}

export interface TestContextOptions {
  readonly sourceDir: string;
  readonly revision?: string;
  readonly check?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** The check's own directory, to be kept from an earlier run; removed by its owner. */
  readonly checkDir?: string;
}

const GRACE_MS = 1_000;

export async function checkerContext(options: TestContextOptions): Promise<TestContext> {
  const root = await mkdtemp(join(tmpdir(), 'drift-context-'));
  const dirs = {
    temporary: join(root, 'temporary'),
    check: options.checkDir ?? join(root, 'check'),
    shared: join(root, 'shared'),
  };
  for (const dir of Object.values(dirs)) await mkdir(dir, { recursive: true, mode: 0o700 });
  const environment = { ...childEnvironment(process.env, []), ...options.env };
  const exec = createExec({ environment, graceMs: GRACE_MS });
  const stop = new AbortController();
  const timer = timeLimit(stop, options.timeoutMs);
  const secrets: string[] = [];
  const marker = randomUUID();
  let exitCode: number | undefined;
  const { revision, input } = options;
  return {
    check: options.check ?? 'test',
    source: { dir: options.sourceDir, ...(revision !== undefined && { revision }) },
    signal: stop.signal,
    log: pino({ level: 'silent' }),
    dirs,
    ...(input !== undefined && { input }),
    run: async (file, args, { report = false, cwd = options.sourceDir, ...rest } = {}) => {
      const output = await exec(file, args, { ...rest, cwd, signal: stop.signal, marker });
      if (typeof report === 'function' ? report(output.exitCode) : report) ({ exitCode } = output);
      return output;
    },
    secret: (value) => {
      secrets.push(value);
    },
    secrets,
    exitCode: () => exitCode,
    abort: () => {
      stop.abort(new CheckError('aborted', 'shutdown'));
    },
    cleanup: async () => {
      clearTimeout(timer);
      await endProcesses({ marker, graceMs: GRACE_MS });
      await rm(root, { recursive: true, force: true });
    },
  };
}

function timeLimit(stop: AbortController, timeoutMs: number | undefined): NodeJS.Timeout | undefined {
  if (timeoutMs === undefined) return undefined;
  return setTimeout(() => {
    stop.abort(new CheckError('timeout', `the run took longer than its timeout of ${timeoutMs / 1000} s`));
  }, timeoutMs);
}

export type Sum = Required<Comparison>;

/** All pieces of one run added up, as the engine does: what is thrown becomes a failure. */
export function sumOfRun(checker: Checker, options: unknown, context: CheckContext): Promise<Sum> {
  return sumOfNextRun(checker, checker.options.parse(options), context);
}

/** The same with options that were parsed already: a service runs a check with the very same ones again and again. */
export async function sumOfNextRun(checker: Checker, parsed: unknown, context: CheckContext): Promise<Sum> {
  const sum = { resources: 0, drift: [], failures: [], notices: [], notCompared: [] } as {
    -readonly [Key in keyof Sum]: Sum[Key] extends readonly (infer Item)[] ? Item[] : Sum[Key];
  };
  try {
    for await (const observation of checker.observe(parsed, context)) {
      const found = checker.compare(observation, parsed);
      sum.resources += found.resources;
      sum.drift.push(...found.drift);
      sum.failures.push(...(found.failures ?? []));
      sum.notices.push(...(found.notices ?? []));
      sum.notCompared.push(...(found.notCompared ?? []));
    }
  } catch (error) {
    const failure: Failure = failureOf(error);
    sum.failures.push(failure);
  }
  return sum;
}
