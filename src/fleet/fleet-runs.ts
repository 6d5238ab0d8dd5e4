import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CheckError } from '../checker.ts';
import type { CheckConfig } from '../config/config.ts';
import type { RunResult } from '../run/result.ts';
import type { AdHoc } from '../schedule/run-queue.ts';
import type { RunJobs } from './run-jobs.ts';
import { turnId } from './turns.ts';

/** Between two looks at a run that a caller waits for. */
const LOOK_MS = 250;
/** Between two attempts to ask for a turn while the database is away. */
const RETRY_MS = 2_000;

/** Asks the fleet's workers for runs. */
export interface FleetRuns {
  /** Asks for the run of a turn, unless one of the check waits or goes on. While the database is away, it keeps the newest. */
  ask(check: CheckConfig, turn: string): void;
  /**
   * Asks for a run, or joins the one in flight, and waits for its result. Rejects with CheckError `aborted` when it was
   * given up, `unreachable` when no worker of its pool is alive, `unsupported` for what only a process of its own can do.
   */
  request(check: CheckConfig, request: { readonly adHoc?: AdHoc; readonly signal?: AbortSignal }): Promise<RunResult>;
  close(): void;
}

export interface FleetRunsDependencies {
  readonly jobs: RunJobs;
  /** Whether a worker of the pool is alive. */
  readonly isServed: (pool: string) => Promise<boolean>;
  /** The newest result of a check, read from the store. */
  readonly newest: (check: string) => Promise<RunResult | undefined>;
  readonly log: Logger;
}

export function createFleetRuns({ jobs, isServed, newest, log }: FleetRunsDependencies): FleetRuns {
  const unsent = new Map<string, { readonly check: CheckConfig; readonly turn: string }>();
  const closing = new AbortController();

  const send = async (check: CheckConfig, turn: string): Promise<void> => {
    const { name, pool, timeoutMs } = check;
    try {
      await jobs.send({ check: name }, { pool, timeoutMs, id: turnId(name, turn) });
      if (unsent.get(name)?.turn === turn) unsent.delete(name);
    } catch (error) {
      if (!unsent.has(name)) log.warn({ check: name, error: String(error) }, 'run not asked for; trying again');
      unsent.set(name, { check, turn });
    }
  };
  let retrying: Promise<unknown> | undefined;
  const retry = async (): Promise<void> => {
    for (const { check, turn } of unsent.values()) {
      await send(check, turn);
      if (unsent.get(check.name)?.turn === turn) break; // still away
    }
    retrying = undefined;
  };
  const timer = setInterval(() => {
    if (unsent.size > 0) retrying ??= retry();
  }, RETRY_MS).unref();

  const begin = async (check: CheckConfig, ref: string | undefined): Promise<string> => {
    const { name, pool, timeoutMs } = check;
    for (let attempt = 0; attempt < 10; attempt++) {
      const order = { check: name, ...(ref !== undefined && { ref }) };
      const id =
        (await jobs.send(order, { pool, timeoutMs, urgent: true })) ??
        (ref === undefined ? await jobs.inFlight(name, pool) : undefined);
      if (id !== undefined) return id; // else the one in flight ended between the two questions
    }
    throw new CheckError('aborted', `check ${name}: its runs end as fast as they are asked for`);
  };

  const ended = async ({ name, pool }: CheckConfig, id: string, signal: AbortSignal): Promise<string | undefined> => {
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {
        throw new CheckError('aborted', 'nobody waits for it any more');
      });
      const run = await jobs.find(id, pool);
      if (run?.state === 'completed') return run.output;
      if (run === undefined || run.state === 'failed')
        throw new CheckError('aborted', `check ${name}: its run was given up`);
    }
  };

  return {
    ask: (check, turn) => {
      if (!closing.signal.aborted) void send(check, turn);
    },
    request: async (check, { adHoc, signal }) => {
      const { name, pool } = check;
      if (adHoc?.input !== undefined) throw new CheckError('unsupported', INPUT_STAYS);
      if (!(await isServed(pool))) throw new CheckError('unreachable', `pool ${pool}: no worker of it is alive`);
      const id = await begin(check, adHoc?.ref);
      const output = await ended(
        check,
        id,
        AbortSignal.any([closing.signal, ...(signal === undefined ? [] : [signal])]),
      );
      const result = output === undefined ? await newest(name) : (JSON.parse(output) as RunResult);
      if (result === undefined) throw new CheckError('aborted', `check ${name}: its run left no result`);
      return result;
    },
    close: () => {
      closing.abort();
      clearInterval(timer);
    },
  };
}

const INPUT_STAYS =
  'manifests sent along are compared by a service on a store of its own only: they may hold secrets, which do not go through the database';
