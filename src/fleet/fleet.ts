import type { Logger } from 'pino';
import type { PostgresStoreConfig } from '../config/config.ts';
import { DEFAULT_POOL, type Role } from '../config/role.ts';
import type { Board } from '../run/board.ts';
import type { RunResult } from '../run/result.ts';
import type { RunQueue } from '../schedule/run-queue.ts';
import type { ScheduledCheck } from '../schedule/schedule-check.ts';
import type { BeginTurns } from '../service.ts';
import { connectionOf } from '../store/postgres/connection-options.ts';
import type { Store } from '../store/store.ts';
import { startBoardSync, type BoardSync } from './board-sync.ts';
import { watchContact } from './contact.ts';
import { createFleetRuns, type FleetRuns } from './fleet-runs.ts';
import { createPresence, startBeating, type Beating, type Worker } from './presence.ts';
import { LOST_AFTER_SECONDS, openRunJobs } from './run-jobs.ts';
import { scheduleTurns } from './schedule-turns.ts';
import { createWorkerRuns } from './worker-runs.ts';

export interface FleetParts {
  readonly database: PostgresStoreConfig;
  readonly role: Role;
  readonly store: Store;
  readonly board: Board;
  readonly version: string;
  /** Told of each result that a worker stored. */
  readonly seen: (result: RunResult) => void;
  readonly log: Logger;
}

/** This process's place among the servers and workers on one database. */
export interface Fleet {
  readonly beginTurns: BeginTurns;
  readonly request: FleetRuns['request'];
  readonly sync: BoardSync;
  /** Takes runs of its pools, to be done in `queue`. */
  startWork(queue: RunQueue<RunResult>, concurrency: number): Promise<void>;
  workers(): readonly Worker[];
  /** Takes no more runs. */
  stopWork(): Promise<void>;
  close(): Promise<void>;
}

/** The schedules are the servers'. */
const UNSCHEDULED: ScheduledCheck = { nextRunAt: () => undefined, stop: () => {} };

const PRESENCE_MS = 5_000;

export async function joinFleet(parts: FleetParts): Promise<Fleet> {
  const { database, role, store, board, version, seen, log } = parts;
  const { options } = await connectionOf(database);
  const jobs = await openRunJobs(options, log);
  const presence = createPresence(store);
  const look = (): Promise<void> => presence.look().catch(() => undefined); // the board says that the store is away
  await look();
  const looking = setInterval(() => void look(), PRESENCE_MS).unref();
  const sync = await startBoardSync({ board, store, activities: () => jobs.activities(), seen, log });
  const newest = async (check: string): Promise<RunResult | undefined> => {
    await sync.refresh([check]);
    return board.get(check)?.state.last;
  };
  const servedNow = (pool: string): boolean =>
    presence.workers().some(({ alive, pools }) => alive && pools.includes(pool));
  const isServed = async (pool: string): Promise<boolean> => {
    if (!servedNow(pool)) await look(); // its worker may have come just now
    return servedNow(pool);
  };
  const runs = createFleetRuns({ jobs, isServed, newest, log });
  let working: RunQueue<RunResult> | undefined;
  let beating: Beating | undefined;
  const contact = watchContact(
    () => jobs.ping(),
    () => {
      if (working === undefined) return;
      log.error('cut off from the database: others may take over, so the runs end');
      void working.cancelAll('this worker was cut off from the database');
    },
  );
  if (role.serves) jobs.supervise(() => contact.connectedMs() > LOST_AFTER_SECONDS * 1000);

  return {
    sync,
    request: (check, request) => runs.request(check, request),
    beginTurns: ({ config, state }, { turned, changed }) => {
      if (!role.serves) return UNSCHEDULED;
      const last = state.last?.startedAt;
      const schedule = scheduleTurns(config, last, (turn) => {
        runs.ask(config, turn);
        turned();
      });
      if (changed !== undefined) runs.ask(config, `${changed} after ${last ?? 'nothing'}`);
      return schedule;
    },
    startWork: async (queue, concurrency) => {
      const pools = role.pools === 'all' ? [DEFAULT_POOL] : (role.pools ?? []);
      if (pools.length === 0) return;
      working = queue;
      beating = await startBeating(store, { pools, version, running: () => queue.running }, log);
      const claimed = createWorkerRuns({ board, store, queue });
      for (const pool of pools) await jobs.work(pool, concurrency, (run) => claimed.perform(run));
    },
    workers: () => presence.workers(),
    stopWork: async () => {
      runs.close();
      await jobs.stopWork();
      await beating?.leave();
    },
    close: async () => {
      clearInterval(looking);
      contact.close();
      await sync.close();
      await jobs.close();
    },
  };
}
