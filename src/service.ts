import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { getuid } from 'node:process';
import type { Logger } from 'pino';
import { CheckError } from './checker.ts';
import { changesOf, needsRestart } from './config/config-changes.ts';
import type { Config } from './config/config.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Board, BoardEntry } from './run/board.ts';
import { childEnvironment } from './run/child-environment.ts';
import { createConfinement, type Confinement } from './run/confinement.ts';
import { createExec, type Exec } from './run/exec.ts';
import { hardenProcess } from './run/harden-process.ts';
import { createIgnoreRules } from './run/ignore-rules.ts';
import type { Recorder } from './run/recorder.ts';
import type { RunResult } from './run/result.ts';
import type { RunDependencies } from './run/run-check.ts';
import { createRunner } from './run/runner.ts';
import { lastSeeing, type CheckState } from './run/state.ts';
import { createRunQueue, type RunQueue } from './schedule/run-queue.ts';
import { scheduleCheck, type ScheduledCheck } from './schedule/schedule-check.ts';
import { openSource } from './source/open-source.ts';
import type { Source } from './source/source.ts';

export interface ServiceOptions {
  readonly board: Board;
  readonly recorder: Recorder;
  /** The service's own environment, of which commands inherit an allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly finished: (result: RunResult) => void;
  /** Begins the turns of checks in force. Without it, this process's own schedule and queue. */
  readonly beginTurns?: BeginTurns;
}

/**
 * Begins the turns of a check; `turned` is told after each. `changed` names what its definition became, when it was
 * another before: then it runs at once.
 */
export type BeginTurns = (
  entry: BoardEntry,
  turn: { readonly turned: () => void; readonly changed?: string },
) => ScheduledCheck;

/** The checks in force: their sources, their schedules, their runs. */
export interface Service {
  /** Puts a configuration in force. What it does not change goes on untouched. Rejects what needs a restart. */
  apply(loaded: LoadedConfig, known?: ReadonlyMap<string, CheckState>): Promise<void>;
  readonly queue: RunQueue<RunResult>;
  readonly sources: ReadonlyMap<string, Source>;
  /** What its runs share. Throws before a configuration is in force. */
  dependencies(): RunDependencies;
  close(): Promise<void>;
}

interface InForce extends LoadedConfig {
  readonly exec: Exec;
  readonly inherited: Readonly<Record<string, string>>;
  readonly confinement: Confinement;
  readonly ignoreRules: RunDependencies['ignoreRules'];
}

export function createService(options: ServiceOptions): Service {
  const { board, environment, log } = options;
  let inForce: InForce | undefined;
  const sources = new Map<string, Source>();
  const schedules = new Map<string, ScheduledCheck>();

  const dependencies = (): RunDependencies => {
    if (inForce === undefined) throw new Error('no configuration is in force');
    const { checkers, exec, inherited, confinement, ignoreRules, config } = inForce;
    const { dataDir, killGraceMs } = config.global;
    const shared = { checkers, sources, exec, inherited, confinement, ignoreRules };
    return { ...shared, redact: config.redact, dataDir, graceMs: killGraceMs, log };
  };

  const queue = createRunQueue<RunResult>({
    concurrency: () => inForce?.config.global.concurrency ?? 1,
    weightOf: (check) => board.get(check)?.config.weight ?? 1,
    perform: createRunner({ ...options, dependencies }),
    changed: (check) => {
      board.update(check, { activity: queue.activityOf(check) });
    },
  });

  const unschedule = (names: readonly string[]): void => {
    for (const name of names) {
      schedules.get(name)?.stop();
      schedules.delete(name);
    }
  };

  const stop = async (names: readonly string[], closing: readonly string[]): Promise<void> => {
    unschedule(names);
    // Who asks for a run while the old one ends gets one of the new definition.
    for (const name of names) queue.hold(name);
    await Promise.all(names.map((name) => queue.cancel(name)));
    await Promise.all(closing.map(async (name) => sources.get(name)?.close()));
    for (const name of closing) sources.delete(name);
  };

  const ownTurns: BeginTurns = ({ config }, { turned }) =>
    scheduleCheck(config.schedule, () => {
      queue.enqueue(config.name).catch(() => undefined); // cancelled before it began: nothing to say
      turned();
    });

  const start = (name: string, changed?: string): void => {
    const entry = board.get(name);
    if (entry === undefined) return;
    const turned = (): void => {
      const nextRunAt = schedules.get(name)?.nextRunAt();
      if (nextRunAt !== undefined) board.update(name, { nextRunAt: nextRunAt.toISOString() });
    };
    const begin = options.beginTurns ?? ownTurns;
    schedules.set(name, begin(entry, { turned, ...(changed !== undefined && { changed }) }));
    turned();
  };

  const putInForce = async (loaded: LoadedConfig, known?: ReadonlyMap<string, CheckState>): Promise<void> => {
    const { config } = loaded;
    const next = { ...loaded, ...builtFrom(config, environment) };
    if (inForce === undefined) await hardenProcess(next.exec, log);
    const changes = changesOf(inForce?.config, config);
    const again = inForce === undefined ? [] : seenByOtherRules(inForce.config, config, board);
    const stopped = [...new Set([...changes.stopped, ...again])];
    await stop(stopped, changes.closedSources);
    if (closed) throw shuttingDown();
    inForce = next;
    for (const source of changes.openedSources) {
      const deps = { exec: next.exec, log, dataDir: join(config.global.dataDir, 'sources') };
      sources.set(source.name, openSource(source, deps));
      sources.get(source.name)?.start();
    }
    board.configure(config.checks, known);
    for (const name of stopped) {
      if (board.get(name) === undefined) void queue.cancel(name);
      queue.release(name);
    }
    unschedule(changes.rescheduled);
    const rules = JSON.stringify([config.ignore, config.redact]);
    for (const name of new Set([...changes.started, ...changes.rescheduled, ...again]))
      start(name, stopped.includes(name) ? definitionOf(config, name, rules) : undefined);
  };

  let applying: Promise<void> | undefined;
  let closed = false;
  return {
    apply: async (loaded, known) => {
      if (closed) throw shuttingDown();
      const fixed = inForce === undefined ? undefined : needsRestart(inForce.config, loaded.config);
      if (fixed !== undefined) throw new RestartNeeded(fixed);
      applying = putInForce(loaded, known);
      await applying;
    },
    queue,
    sources,
    dependencies,
    close: async () => {
      closed = true;
      await queue.close();
      await applying?.catch(() => undefined); // a reload that was on its way starts nothing more
      unschedule([...schedules.keys()]);
      await Promise.all([...sources.values()].map((source) => source.close()));
    },
  };
}

/** The same on every machine with the same configuration. */
function definitionOf({ checks, sources }: Config, name: string, rules: string): string {
  const check = checks.find((one) => one.name === name);
  const source = sources.find((one) => one.name === check?.source);
  return createHash('sha256')
    .update(JSON.stringify([check, source]) + rules)
    .digest('hex');
}

function shuttingDown(): CheckError {
  return new CheckError('aborted', 'the service is shutting down');
}

/** Checks whose result stands as other rules left it: an operator who changes a rule does not wait for the next turn. */
function seenByOtherRules(before: Config, after: Config, board: Board): string[] {
  const changed = (key: 'ignore' | 'redact'): boolean => JSON.stringify(before[key]) !== JSON.stringify(after[key]);
  const everything = changed('redact');
  if (!everything && !changed('ignore')) return [];
  return board
    .entries()
    .filter(({ state }) => {
      const seen = lastSeeing(state);
      return seen !== undefined && (everything || seen.drift.length > 0 || seen.suppressed.length > 0);
    })
    .map(({ config }) => config.name);
}

/** A change that a running service cannot make. */
export class RestartNeeded extends Error {
  override readonly name = 'RestartNeeded';
}

function builtFrom(config: Config, environment: ServiceOptions['environment']): Omit<InForce, keyof LoadedConfig> {
  const { passEnv, killGraceMs, sandbox } = config.global;
  const inherited = childEnvironment(environment, passEnv);
  return {
    exec: createExec({ environment: inherited, graceMs: killGraceMs }),
    inherited,
    confinement: createConfinement(sandbox, { uid: getuid?.(), path: environment['PATH'] ?? '' }),
    ignoreRules: createIgnoreRules(config.ignore),
  };
}
