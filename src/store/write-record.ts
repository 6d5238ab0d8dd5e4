import type { Kysely, Transaction } from 'kysely';
import type { StateRows } from './state-rows.ts';
import type { CheckStateRow, RunRow, Tables } from './tables.ts';
import { writeResources } from './write-resources.ts';

export interface RecordRows extends StateRows {
  readonly run: RunRow;
}

/**
 * One transaction: the line of history, the state, its resources. Writes nothing when the run is in the history already
 * (`repeated`), or when the stored state is not the one before (`conflict`).
 */
export async function writeRecord(
  db: Kysely<Tables>,
  { run, check, resources }: RecordRows,
): Promise<'recorded' | 'repeated' | 'conflict'> {
  try {
    await db.transaction().execute(async (trx) => {
      if (!(await insertRun(trx, run))) throw new Refused('repeated');
      if (!(await replaceState(trx, check))) throw new Refused('conflict');
      await writeResources(trx, check.check_name, resources);
    });
    return 'recorded';
  } catch (error) {
    if (error instanceof Refused) return error.outcome;
    throw error;
  }
}

/** Rolls the transaction back. */
class Refused extends Error {
  readonly outcome: 'repeated' | 'conflict';

  constructor(outcome: 'repeated' | 'conflict') {
    super(outcome);
    this.outcome = outcome;
  }
}

/** Returns whether this run is new. Another run of the check at the same instant moves it on by a millisecond. */
async function insertRun(trx: Transaction<Tables>, run: RunRow): Promise<boolean> {
  for (let start = Date.parse(run.started_at); ; start++) {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('run')
      .values({ ...run, started_at: new Date(start).toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 1n) return true;
    const known = await trx.selectFrom('run').select('status').where('run_id', '=', run.run_id).executeTakeFirst();
    if (known !== undefined) return false;
  }
}

/** Returns whether the stored state was the one before, or none. Whoever else records the check waits for the end. */
async function replaceState(trx: Transaction<Tables>, row: CheckStateRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('check_state')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('check_name')
        .doUpdateSet({ updated_at: row.updated_at, state: row.state, version: row.version })
        .where('check_state.version', '=', row.version - 1),
    )
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}
