import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { pino } from 'pino';
import type { Checker } from '../checker.ts';
import { childEnvironment } from '../run/child-environment.ts';
import { createExec } from '../run/exec.ts';
import { createIgnoreRules } from '../run/ignore-rules.ts';
import type { RunResult } from '../run/result.ts';
import { runCheck } from '../run/run-check.ts';

export interface RunCheckerOptions {
  /** As written in a configuration; validated by the checker's own schema. */
  readonly options: unknown;
  /** Directory with the desired state. */
  readonly source: string;
  readonly signal?: AbortSignal;
  /** Milliseconds; default 60,000. */
  readonly timeoutMs?: number;
  /** Kept between runs when given; a new one, removed afterwards, otherwise. */
  readonly dataDir?: string;
  /** Between TERM and KILL, milliseconds; default 1,000. */
  readonly graceMs?: number;
  /** Desired state given with the request. */
  readonly input?: string;
  /** Added to the environment that commands inherit. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a checker once in the real engine: real processes, time limits, redaction. Rejects when its options are not valid. */
export async function runChecker<Options, Observation>(
  checker: Checker<Options, Observation>,
  given: RunCheckerOptions,
): Promise<RunResult> {
  const parsed = checker.options.parse(given.options);
  const dataDir = given.dataDir ?? (await mkdtemp(join(tmpdir(), 'drift-run-')));
  const graceMs = given.graceMs ?? 1_000;
  const source = {
    name: 'source',
    start: () => {},
    acquire: async () => ({ dir: given.source, release: async () => {} }),
    status: () => ({ name: 'source', kind: 'directory', location: given.source }) as const,
    close: async () => {},
  };
  try {
    return await runCheck(
      {
        check: {
          name: 'conformance',
          checker: checker.name,
          source: 'source',
          schedule: { kind: 'interval', intervalMs: 60_000, jitter: 0 },
          timeoutMs: given.timeoutMs ?? 60_000,
          labels: {},
          confirmations: 1,
          pool: 'default',
          weight: 1,
          options: parsed,
        },
        signal: given.signal ?? new AbortController().signal,
        ...(given.input !== undefined && { input: given.input }),
      },
      {
        checkers: new Map([[checker.name, checker as unknown as Checker]]),
        sources: new Map([['source', source]]),
        exec: createExec({ environment: { ...childEnvironment(env, []), ...given.environment }, graceMs }),
        ignoreRules: createIgnoreRules([]),
        redact: { keys: [], patterns: [] },
        dataDir,
        graceMs,
        log: pino({ level: 'silent' }),
      },
    );
  } finally {
    if (given.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  }
}
