import type { Kysely, Transaction } from 'kysely';
import { setImmediate } from 'node:timers/promises';
import type { RunResult } from '../run/result.ts';
import { initialState, type CheckState } from '../run/state.ts';
import { decodeText, encodeText } from './plain-text.ts';
import { readStates } from './read-states.ts';
import { decodeRun, encodeRun, sortableTime } from './run-row.ts';
import { decodeState, encodeState } from './state-rows.ts';
import {
  StoreError,
  type RecordOutcome,
  type Retention,
  type RunSummary,
  type Store,
  type Watch,
  type WorkerBeat,
} from './store.ts';
import type { CheckStateRow, DriftedResourceRow, RunRow, Tables } from './tables.ts';
import { Turns } from './turns.ts';
import { writeRecord } from './write-record.ts';

/** A migrated database and how to speak of it. */
export interface Database {
  readonly db: Kysely<Tables>;
  /** Names the store in messages. */
  readonly where: string;
  /** What an error of the database means. `doing`: "record check web". */
  readonly explain: (error: unknown, doing: string) => StoreError;
  /** Whether several statements can be under way at once: it has more than one connection. */
  readonly concurrent: boolean;
  /** Reads that all see the same moment. */
  readonly snapshot: <T>(read: (trx: Transaction<Tables>) => Promise<T>) => Promise<T>;
  /** Tells those who watch of a record. Never rejects. */
  readonly announce: (check: string, version: number) => Promise<void>;
  readonly watch: (store: Pick<Store, 'versions'>, changed: (check: string) => void) => Promise<Watch>;
  /** Ends the connection, and then whatever keeps others out. */
  readonly close: () => Promise<void>;
}

/** Runs removed in one statement: a few milliseconds. */
const PRUNE_BATCH = 500;

/** The lane of everything where there is one connection: a transaction there has no walls. */
const ALL = Symbol('all');

/**
 * The store over any database that Kysely speaks to. Records of one check are written in the order asked; where there is
 * one connection, everything is.
 */
export class SqlStore implements Store {
  readonly #database: Database;
  readonly #retention: Retention;
  readonly #turns = new Turns();
  #closing: Promise<void> | undefined;

  constructor(database: Database, retention: Retention) {
    this.#database = database;
    this.#retention = retention;
  }

  load(checks?: readonly string[]): Promise<CheckState[]> {
    return this.#inTurn('load', () => this.#load(checks));
  }

  versions(): Promise<ReadonlyMap<string, number>> {
    return this.#inTurn('read the versions', async () => {
      const rows = await this.#db.selectFrom('check_state').select(['check_name', 'version']).execute();
      return new Map(rows.map((row) => [decodeText(row.check_name), row.version]));
    });
  }

  record(state: CheckState, result: RunResult): Promise<RecordOutcome> {
    const { check, version } = state;
    const record = async (): Promise<RecordOutcome> => {
      const rows = { ...(await encodeState(state, sortableTime(result.startedAt))), run: encodeRun(result) };
      const outcome = await writeRecord(this.#db, rows);
      if (outcome === 'recorded') {
        await this.#database.announce(check, version);
        return { outcome };
      }
      const [current] = await this.#load([check]);
      return { outcome, current: current ?? initialState(check) };
    };
    return this.#inTurn(`record check ${check}`, record, check);
  }

  watch(changed: (check: string) => void): Promise<Watch> {
    return this.#database.watch(this, changed);
  }

  runs(check: string, query: { readonly limit: number; readonly before?: string }): Promise<RunSummary[]> {
    return this.#inTurn(`read the history of check ${check}`, async () => {
      let select = this.#db.selectFrom('run').selectAll().where('check_name', '=', encodeText(check));
      if (query.before !== undefined) select = select.where('started_at', '<', sortableTime(query.before));
      const rows = await select.orderBy('started_at', 'desc').limit(query.limit).execute();
      return rows.map((row) => this.#decodeRun(row));
    });
  }

  forget(configured: readonly string[], now: Date = new Date()): Promise<void> {
    const kept = new Set(configured);
    const oldest = new Date(now.getTime() - this.#retention.otherMs).toISOString();
    return this.#inTurn('forget checks', async () => {
      const old = await this.#db
        .selectFrom('check_state')
        .select('check_name')
        .where('updated_at', '<', oldest)
        .execute();
      for (const { check_name: name } of old) if (!kept.has(decodeText(name))) await this.#forgetCheck(name, oldest);
    });
  }

  async prune(now: Date): Promise<number> {
    const { inSyncMs, otherMs } = this.#retention;
    const limits = { in_sync: inSyncMs, drifted: otherMs, error: otherMs };
    let removed = 0;
    for (const [status, keptMs] of Object.entries(limits))
      removed += await this.#pruneStatus(status, new Date(now.getTime() - keptMs).toISOString());
    return removed;
  }

  beat(worker: WorkerBeat): Promise<void> {
    const row = { ...worker, pools: JSON.stringify(worker.pools) };
    return this.#inTurn('say that this worker lives', async () => {
      await this.#db
        .insertInto('worker')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
    });
  }

  workers(): Promise<WorkerBeat[]> {
    return this.#inTurn('read the workers', async () => {
      const rows = await this.#db.selectFrom('worker').selectAll().orderBy('id').execute();
      return rows.map((row) => ({ ...row, pools: JSON.parse(row.pools) as string[] }));
    });
  }

  leave(worker: string): Promise<void> {
    return this.#inTurn('forget a worker', async () => {
      await this.#db.deleteFrom('worker').where('id', '=', worker).execute();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#turns.done().then(() => this.#database.close());
    return this.#closing;
  }

  get #db(): Kysely<Tables> {
    return this.#database.db;
  }

  /** Runs the work after all that was asked before; what goes wrong becomes a StoreError. */
  #inTurn<T>(doing: string, work: () => Promise<T>, lane: string | symbol = Symbol('own')): Promise<T> {
    if (this.#closing !== undefined)
      return Promise.reject(new StoreError('closed', `${this.#database.where}: cannot ${doing}: the store is closed`));
    return this.#turns.take(this.#database.concurrent ? lane : ALL, async () => {
      try {
        return await work();
      } catch (error) {
        throw error instanceof StoreError ? error : this.#database.explain(error, doing);
      }
    });
  }

  async #load(checks: readonly string[] | undefined): Promise<CheckState[]> {
    const [states, resources] = await this.#database.snapshot((trx) => readStates(trx, checks?.map(encodeText)));
    const byCheck = Map.groupBy(resources, (row) => row.check_name);
    const loaded = states.map((row) => this.#decodeState(row, byCheck.get(row.check_name) ?? []));
    return loaded.toSorted((a, b) => (a.check < b.check ? -1 : 1));
  }

  /** Unless another process recorded it in between. */
  async #forgetCheck(name: string, oldest: string): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      const { numDeletedRows } = await trx
        .deleteFrom('check_state')
        .where('check_name', '=', name)
        .where('updated_at', '<', oldest)
        .executeTakeFirstOrThrow();
      if (numDeletedRows > 0n) await trx.deleteFrom('run').where('check_name', '=', name).execute();
    });
    await setImmediate();
  }

  /** Each batch takes its own turn, so that a record does not wait for all of them. */
  async #pruneStatus(status: string, oldest: string): Promise<number> {
    let removed = 0;
    for (;;) {
      const batch = await this.#inTurn('prune', () => this.#pruneBatch(status, oldest));
      removed += batch;
      if (batch < PRUNE_BATCH) return removed;
      await setImmediate();
    }
  }

  async #pruneBatch(status: string, oldest: string): Promise<number> {
    const old = this.#db.selectFrom('run').where('status', '=', status).where('started_at', '<', oldest);
    const last = await old
      .select('started_at')
      .orderBy('started_at')
      .offset(PRUNE_BATCH - 1)
      .limit(1)
      .executeTakeFirst();
    const doomed = this.#db.deleteFrom('run').where('status', '=', status);
    const { numDeletedRows } = await (
      last ? doomed.where('started_at', '<=', last.started_at) : doomed.where('started_at', '<', oldest)
    ).executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }

  #decodeState(row: CheckStateRow, resources: readonly DriftedResourceRow[]): CheckState {
    return this.#decode(`state of check ${row.check_name}`, () => decodeState(row, resources));
  }

  #decodeRun(row: RunRow): RunSummary {
    return this.#decode(`run of check ${row.check_name} at ${row.started_at}`, () => decodeRun(row));
  }

  /** The message of a JSON error quotes the text: it stays out. */
  #decode<T>(what: string, decode: () => T): T {
    try {
      return decode();
    } catch {
      throw new StoreError('corrupt', `${this.#database.where}: ${what}: expected JSON, found something else`);
    }
  }
}
