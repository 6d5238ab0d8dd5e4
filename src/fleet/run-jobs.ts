import type { ClientConfig } from 'pg';
import { PgBoss, type DatabaseOptions, type JobWithMetadata } from 'pg-boss';
import type { Logger } from 'pino';

/** A worker whose runs were not heard of for this long has lost them. */
export const LOST_AFTER_SECONDS = 40;
const BEAT_SECONDS = 10;
/** How often somebody looks for lost runs. */
const LOOK_MS = 5_000;
/** How often a worker asks for runs where no notification told it: PostgreSQL loses them with a connection. */
const POLL_SECONDS = 1;
/** A turn is one run although servers ask for it at different times: it is known for this long after its end. */
const REMEMBERED_SECONDS = 600;
/** Beyond a check's own timeout: clean-up, and the wait for a slot within the worker. */
const SLACK_SECONDS = 600;
const LONGEST_SECONDS = 86_399;
/** After this many attempts nobody takes a run over: it may be what ends its workers. */
const ATTEMPTS = 10;
/** The pause before the next attempt grows to this: a worker that cannot do its runs shall not use them up. */
const LONGEST_PAUSE_SECONDS = 10;

/** What is asked of the worker. */
export interface RunOrder {
  readonly check: string;
  /** Another ref of the check's source: an answer to one caller. */
  readonly ref?: string;
}

export interface ClaimedRun extends RunOrder {
  /** The same for each attempt. */
  readonly id: string;
  /** Aborted when the run was given to another worker. */
  readonly signal: AbortSignal;
}

export interface SentRun {
  readonly state: 'queued' | 'running' | 'completed' | 'failed';
  /** What the worker returned. */
  readonly output?: string;
}

/** The runs of a fleet, as jobs of pg-boss: one queue a pool, at most one run of a check waiting or going on. */
export interface RunJobs {
  /** Asks for a run. Returns its id, or undefined when one of this check waits or goes on, or this `id` was asked for before. */
  send(
    order: RunOrder,
    options: { readonly pool: string; readonly timeoutMs: number; readonly id?: string; readonly urgent?: boolean },
  ): Promise<string | undefined>;
  /** The run that waits or goes on. */
  inFlight(check: string, pool: string): Promise<string | undefined>;
  /** Undefined when it is not known, or no longer. */
  find(id: string, pool: string): Promise<SentRun | undefined>;
  /** Every check with a run that waits or goes on. */
  activities(): Promise<ReadonlyMap<string, 'queued' | 'running'>>;
  /**
   * Takes runs of a pool, `concurrency` at once, until closed. What `perform` returns goes to the caller; when it rejects,
   * the run is given to another worker.
   */
  work(pool: string, concurrency: number, perform: (run: ClaimedRun) => Promise<string | undefined>): Promise<void>;
  /** Gives the runs of lost workers to others, now and then. `trusted`: whether silence can be held against a worker. */
  supervise(trusted: () => boolean): void;
  /** Rejects when the database does not answer. */
  ping(): Promise<unknown>;
  /** Takes no more runs; those that go on do. */
  stopWork(): Promise<void>;
  /** Settles when the runs that go on have ended. */
  close(): Promise<void>;
}

const SCHEMA = 'drift_exporter_queue';

/** Beside those of the store and one that listens. */
const CONNECTIONS = 3;
/** Maintenance of the queue may take longer than what the store allows. */
const STATEMENT_MS = 60_000;

/** Connects as the store does and brings the queue's schema to today's. Rejects when the database cannot be used. */
export async function openRunJobs(connection: ClientConfig, log: Logger): Promise<RunJobs> {
  const boss = new PgBoss({
    ...({ ...connection, statement_timeout: STATEMENT_MS } as DatabaseOptions),
    application_name: 'drift-exporter queue',
    max: CONNECTIONS,
    schema: SCHEMA,
    useListenNotify: true,
    schedule: false,
    supervise: false,
    monitorIntervalSeconds: LOOK_MS / 1000,
  });
  // The same error comes from each of many pollers: one line a minute says it.
  const sayOnce = rarely((error: Error) => {
    log.warn({ error: error.message }, 'the queue has trouble');
  });
  boss.on('error', sayOnce);
  await boss.start();
  const queues = new Map<string, Promise<string>>();
  const worked = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  /** Makes the pool's queue when this process first speaks of it. */
  const queueOf = (pool: string): Promise<string> => {
    const known = queues.get(pool) ?? createQueue(boss, pool);
    queues.set(pool, known);
    known.catch(() => queues.delete(pool));
    return known;
  };

  return {
    send: async (order, { pool, timeoutMs, id, urgent = false }) => {
      const adHoc = order.ref !== undefined;
      const sent = await boss.send(await queueOf(pool), order, {
        singletonKey: adHoc ? `${order.check} ${crypto.randomUUID()}` : order.check,
        expireInSeconds: Math.min(LONGEST_SECONDS, Math.ceil(timeoutMs / 1000) + SLACK_SECONDS),
        priority: urgent ? 1 : 0,
        ...(id !== undefined && { id }),
        ...(adHoc && { retryLimit: 0 }),
      });
      return sent ?? undefined;
    },
    inFlight: async (check, pool) => {
      const jobs = await boss.findJobs(await queueOf(pool), { key: check });
      return jobs.find(({ state }) => ['created', 'retry', 'active'].includes(state))?.id;
    },
    find: async (id, pool) => {
      const [job] = await boss.findJobs<RunOrder>(await queueOf(pool), { id });
      return job === undefined ? undefined : sentRun(job);
    },
    activities: async () => {
      const { rows } = await boss.getDb().executeSql(ACTIVITIES);
      return new Map(rows.map(activityOf));
    },
    work: async (pool, concurrency, perform) => {
      const queue = await queueOf(pool);
      worked.add(queue);
      const slot = async (): Promise<void> => {
        let id = '';
        id = await boss.work<RunOrder, unknown, typeof WORK>(queue, WORK, async ([job]) => {
          if (job === undefined) return undefined;
          const output = await perform({ ...job.data, id: job.id, signal: job.signal });
          boss.notifyWorker(id); // there may be more: it looks at once, instead of at its next poll
          return output === undefined ? undefined : { output };
        });
      };
      await Promise.all(Array.from({ length: concurrency }, slot));
    },
    supervise: (trusted) => {
      timer ??= setInterval(() => {
        if (trusted()) void boss.supervise().catch(sayOnce);
      }, LOOK_MS).unref();
    },
    ping: () => boss.getDb().executeSql('SELECT 1'),
    stopWork: async () => {
      for (const queue of worked) await boss.offWork(queue, { wait: false });
    },
    close: async () => {
      clearInterval(timer);
      await boss.stop({ graceful: true, timeout: 30_000 });
    },
  };
}

const WORK = {
  includeMetadata: true,
  pollingIntervalSeconds: POLL_SECONDS,
  notifyPollingIntervalSeconds: POLL_SECONDS,
  heartbeatRefreshSeconds: BEAT_SECONDS,
} as const;

/** By the index that keeps a check from being asked for twice. */
const ACTIVITIES = `SELECT singleton_key, state::text FROM ${SCHEMA}.job
  WHERE state <= 'active' AND policy = 'exclusive'`;

async function createQueue(boss: PgBoss, pool: string): Promise<string> {
  const name = `runs/${pool}`;
  await boss.createQueue(name, { policy: 'exclusive', ...QUEUE });
  await boss.updateQueue(name, QUEUE); // an older version may have made it
  return name;
}

const QUEUE = {
  notify: true,
  heartbeatSeconds: LOST_AFTER_SECONDS,
  retryLimit: ATTEMPTS - 1,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: LONGEST_PAUSE_SECONDS,
  deleteAfterSeconds: REMEMBERED_SECONDS,
};

function activityOf(row: { readonly singleton_key: string; readonly state: string }): [string, 'queued' | 'running'] {
  return [row.singleton_key, row.state === 'active' ? 'running' : 'queued'];
}

function sentRun({ state, output }: JobWithMetadata<RunOrder>): SentRun {
  if (state === 'completed') {
    const text = (output as { readonly output?: unknown } | null)?.output;
    return { state, ...(typeof text === 'string' && { output: text }) };
  }
  if (state === 'active') return { state: 'running' };
  return { state: state === 'failed' || state === 'cancelled' ? 'failed' : 'queued' };
}

function rarely(say: (error: Error) => void): (error: Error) => void {
  let last = 0;
  return (error) => {
    if (Date.now() - last < 60_000) return;
    last = Date.now();
    say(error);
  };
}
