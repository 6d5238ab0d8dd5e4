import { join } from 'node:path';
import type { Logger } from 'pino';
import { changesOf, needsRestart } from './config/config-changes.ts';
import type { Config } from './config/config.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Board } from './run/board.ts';
import { childEnvironment } from './run/child-environment.ts';
import { createExec, type Exec } from './run/exec.ts';
import { createIgnoreRules } from './run/ignore-rules.ts';
import type { Recorder } from './run/recorder.ts';
import type { RunResult } from './run/result.ts';
import type { RunDependencies } from './run/run-check.ts';
import { createRunner } from './run/runner.ts';
import type { CheckState } from './run/state.ts';
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
}

/** The checks in force: their sources, their schedules, their runs. */
export interface Service {
  /** Puts a configuration in force. What it does not change goes on untouched. Rejects what needs a restart. */
  apply(loaded: LoadedConfig, known?: ReadonlyMap<string, CheckState>): Promise<void>;
  readonly queue: RunQueue<RunResult>;
  readonly sources: ReadonlyMap<string, Source>;
  close(): Promise<void>;
}

interface InForce extends LoadedConfig {
  readonly exec: Exec;
  readonly ignoreRules: RunDependencies['ignoreRules'];
}

export function createService(options: ServiceOptions): Service {
  const { board, environment, log } = options;
  let inForce: InForce | undefined;
  const sources = new Map<string, Source>();
  const schedules = new Map<string, ScheduledCheck>();

  const dependencies = (): RunDependencies => {
    if (inForce === undefined) throw new Error('no configuration is in force');
    const { checkers, exec, ignoreRules, config } = inForce;
    const { dataDir, killGraceMs } = config.global;
    return { checkers, sources, exec, ignoreRules, redact: config.redact, dataDir, graceMs: killGraceMs, log };
  };

  const queue = createRunQueue<RunResult>({
    concurrency: () => inForce?.config.global.concurrency ?? 1,
    perform: createRunner({ ...options, dependencies }),
    changed: (check) => {
      board.update(check, { activity: queue.activityOf(check) });
    },
  });

  const stop = async (names: readonly string[], closing: readonly string[]): Promise<void> => {
    for (const name of names) {
      schedules.get(name)?.stop();
      schedules.delete(name);
    }
    await Promise.all(names.map((name) => queue.cancel(name)));
    await Promise.all(closing.map(async (name) => sources.get(name)?.close()));
    for (const name of closing) sources.delete(name);
  };

  const start = (name: string): void => {
    const entry = board.get(name);
    if (entry === undefined) return;
    const due = (): void => {
      const nextRunAt = schedules.get(name)?.nextRunAt();
      if (nextRunAt !== undefined) board.update(name, { nextRunAt: nextRunAt.toISOString() });
      queue.enqueue(name).catch(() => undefined); // cancelled before it began: nothing to say
    };
    const schedule = scheduleCheck(entry.config.schedule, due);
    schedules.set(name, schedule);
    const first = schedule.nextRunAt();
    if (first !== undefined) board.update(name, { nextRunAt: first.toISOString() });
  };

  return {
    apply: async (loaded, known) => {
      const { config } = loaded;
      const fixed = inForce === undefined ? undefined : needsRestart(inForce.config, config);
      if (fixed !== undefined) throw new RestartNeeded(fixed);
      const changes = changesOf(inForce?.config, config);
      await stop(changes.stopped, changes.closedSources);
      inForce = { ...loaded, ...builtFrom(config, environment) };
      for (const source of changes.openedSources) {
        const deps = { exec: inForce.exec, log, dataDir: join(config.global.dataDir, 'sources') };
        sources.set(source.name, openSource(source, deps));
        sources.get(source.name)?.start();
      }
      board.configure(config.checks, known);
      for (const name of changes.started) start(name);
    },
    queue,
    sources,
    close: async () => {
      for (const schedule of schedules.values()) schedule.stop();
      await queue.close();
      await Promise.all([...sources.values()].map((source) => source.close()));
    },
  };
}

/** A change that a running service cannot make. */
export class RestartNeeded extends Error {
  override readonly name = 'RestartNeeded';
}

function builtFrom(config: Config, environment: ServiceOptions['environment']): Pick<InForce, 'exec' | 'ignoreRules'> {
  const { passEnv, killGraceMs } = config.global;
  return {
    exec: createExec({ environment: childEnvironment(environment, passEnv), graceMs: killGraceMs }),
    ignoreRules: createIgnoreRules(config.ignore),
  };
}
