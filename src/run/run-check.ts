import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  CheckError,
  failureOf,
  type CheckContext,
  type Checker,
  type Comparison,
  type RunOptions,
} from '../checker.ts';
import type { CheckConfig } from '../config/config.ts';
import type { Failure } from '../drift.ts';
import { createRedactor, type RedactRules, type Redactor } from '../redact/redactor.ts';
import type { Checkout, Source } from '../source/source.ts';
import type { Confinement } from './confinement.ts';
import type { Exec } from './exec.ts';
import { createFindings } from './findings.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { endProcesses, processMoment, type Moment } from './process-tree.ts';
import type { RunResult } from './result.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

/** What every run shares. */
export interface RunDependencies {
  readonly checkers: ReadonlyMap<string, Checker>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly exec: Exec;
  /** The environment that commands inherit: what stands there under names of credentials is masked. */
  readonly inherited?: Readonly<Record<string, string>>;
  /** Of every command of a checker. */
  readonly confinement?: Confinement;
  readonly ignoreRules: IgnoreRules;
  readonly redact: RedactRules;
  /** Caches and temporary files are below it. */
  readonly dataDir: string;
  readonly graceMs: number;
  readonly log: Logger;
}

export interface RunRequest {
  readonly check: CheckConfig;
  readonly signal: AbortSignal;
  /** Another ref of the source. */
  readonly ref?: string;
  /** Desired state that replaces the source's. */
  readonly input?: string;
  /** UUID of the run; a new one unless given. */
  readonly runId?: string;
}

/** How long a checker that does not heed its signal is waited for, beyond the grace. */
const STUBBORN_MS = 2_000;

/** Executes a check once. Never rejects: whatever happens becomes a result. */
export async function runCheck(request: RunRequest, dependencies: RunDependencies): Promise<RunResult> {
  const run = startRun(request, dependencies);
  try {
    await withCheckout(run);
  } catch (error) {
    run.fail(failureOf(isAbort(run.signal, error) ? abortError(run.signal) : error));
  } finally {
    run.dispose();
  }
  await cleanUp(run).catch((error: unknown) => {
    dependencies.log.warn({ check: request.check.name, error: run.redactor.text(String(error)) }, 'clean-up failed');
  });
  return run.result();
}

interface Run extends RunRequest, RunDependencies {
  readonly id: string;
  readonly redactor: Redactor;
  readonly workspace: Workspace;
  /** Processes of the run are younger. */
  readonly since: Moment | undefined;
  /** Aborted by the request or at the timeout. */
  readonly signal: AbortSignal;
  reported: { exitCode?: number; checkout?: Checkout; commands: number };
  fail(failure: Failure): void;
  add(comparison: Comparison): void;
  result(): RunResult;
  dispose(): void;
}

function startRun(request: RunRequest, dependencies: RunDependencies): Run {
  const { check } = request;
  const id = request.runId ?? randomUUID();
  const redactor = createRedactor(dependencies.redact);
  redactor.secretsIn([check.options, dependencies.inherited]);
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort(new CheckError('timeout', `the run took longer than its timeout of ${check.timeoutMs / 1000} s`));
  }, check.timeoutMs);
  const startedAt = new Date();
  const clock = performance.now();
  const reported: Run['reported'] = { commands: 0 };
  const found = createFindings({ check, redactor, rules: dependencies.ignoreRules, startedAt });
  const signal = AbortSignal.any([request.signal, timeout.signal]);
  return {
    ...dependencies,
    ...request,
    id,
    redactor,
    since: processMoment(),
    workspace: createWorkspace({ ...dependencies, id, check }),
    signal,
    reported,
    fail: found.fail,
    add: found.add,
    dispose: () => {
      clearTimeout(timer);
    },
    result: () => {
      const { exitCode, checkout } = reported;
      return {
        id,
        check: check.name,
        checker: check.checker,
        startedAt: startedAt.toISOString(),
        durationSeconds: Math.round(performance.now() - clock) / 1000,
        ...(exitCode !== undefined && { exitCode }),
        ...(checkout?.revision !== undefined && { revision: checkout.revision }),
        ...(checkout?.committedAt !== undefined && { committedAt: checkout.committedAt }),
        ...found.result(),
        redactions: redactor.count,
      };
    },
  };
}

async function withCheckout(run: Run): Promise<void> {
  const { check, sources, signal, ref } = run;
  signal.throwIfAborted();
  const source = check.source === undefined ? undefined : sources.get(check.source);
  await run.workspace.create();
  if (source === undefined) return observeAll(run, run.workspace.dirs.temporary);
  const checkout = await source.acquire(signal, ref);
  run.reported.checkout = checkout;
  try {
    await run.workspace.admit(checkout.dir);
    await observeAll(run, checkout.dir);
  } finally {
    await checkout.release();
  }
}

async function observeAll(run: Run, dir: string): Promise<void> {
  const { check, checkers, signal } = run;
  const checker = checkers.get(check.checker);
  if (checker === undefined) throw new CheckError('internal', `no such checker: ${check.checker}`);
  if (run.input !== undefined && checker.acceptsInput !== true) {
    throw new CheckError(
      'unsupported',
      `checker ${checker.name} compares its source only: it takes no desired state with a request`,
    );
  }
  const context = contextOf(run, dir);
  const observed = consume(run, checker, context);
  await Promise.race([observed, abandonment(run, observed)]);
  // A tool that was told to end may exit 0 with half its work done.
  if (signal.aborted) throw abortError(signal);
}

async function consume(run: Run, checker: Checker, context: CheckContext): Promise<void> {
  const { options } = run.check;
  for await (const observation of checker.observe(options, context)) {
    if (run.signal.aborted) return;
    run.add(compareOrFail(checker, observation, options));
  }
}

/** A piece that breaks `compare` is a failure; the other pieces are compared all the same. */
function compareOrFail(checker: Checker, observation: unknown, options: unknown): Comparison {
  try {
    return checker.compare(observation, options);
  } catch (error) {
    return { resources: 0, drift: [], failures: [{ ...failureOf(error), phase: 'compare' }] };
  }
}

/** Rejects when the checker goes on although its time is up. */
async function abandonment({ signal, graceMs }: Run, observed: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => {
    resolve();
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const settled = observed.then(
    () => true,
    () => true,
  );
  const done = await Promise.race([settled, promise.then(() => false)]);
  signal.removeEventListener('abort', onAbort);
  if (done) return;
  const inTime = await Promise.race([settled, sleep(graceMs + STUBBORN_MS, false, { ref: false })]);
  if (!inTime) throw abortError(signal);
}

function isAbort({ aborted, reason }: AbortSignal, error: unknown): boolean {
  return aborted && error === reason;
}

function abortError(signal: AbortSignal): unknown {
  return signal.reason instanceof CheckError ? signal.reason : new CheckError('aborted', 'the run was aborted');
}

function contextOf(run: Run, dir: string): CheckContext {
  const { check, exec, confinement, signal, redactor, workspace, reported, input, log } = run;
  const { dirs } = workspace;
  const { revision } = reported.checkout ?? {};
  return {
    check: check.name,
    source: { dir, ...(revision !== undefined && { revision }) },
    signal,
    log: log.child({ check: check.name }),
    dirs,
    ...(input !== undefined && { input }),
    secret: (value) => {
      redactor.secret(value);
    },
    run: async (file, args, { report = false, ...options } = {}) => {
      reported.commands++;
      try {
        redactor.secretsIn(options.env);
        await workspace.beforeCommand();
        const env = { TMPDIR: dirs.temporary, ...options.env };
        const output = await exec(file, args, { cwd: dir, ...options, env, signal, marker: run.id, confinement });
        if (isReported(report, output.exitCode)) reported.exitCode = output.exitCode;
        return output;
      } catch (error) {
        const exitCode = (error as { cause?: { exitCode?: number } | null }).cause?.exitCode;
        if (exitCode !== undefined && isReported(report, exitCode)) reported.exitCode = exitCode;
        throw error;
      } finally {
        await workspace.afterCommand();
      }
    },
  };
}

/** What called setsid and outlived its parent is ended; the temporary directory goes. */
function isReported(report: NonNullable<RunOptions['report']>, exitCode: number): boolean {
  return typeof report === 'function' ? report(exitCode) : report;
}

async function cleanUp({ id, graceMs, reported, since, workspace }: Run): Promise<void> {
  if (reported.commands > 0) await endProcesses({ marker: id, graceMs, since });
  await workspace.remove();
}
