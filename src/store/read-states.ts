import type { Transaction } from 'kysely';
import type { CheckStateRow, DriftedResourceRow, Tables } from './tables.ts';

/** Checks a statement, under every database's limit of parameters. */
const BATCH = 500;

/** The rows of these checks, or of all. */
export async function readStates(
  trx: Transaction<Tables>,
  checks: readonly string[] | undefined,
): Promise<[CheckStateRow[], DriftedResourceRow[]]> {
  const states = trx.selectFrom('check_state').selectAll();
  const resources = trx.selectFrom('drifted_resource').selectAll();
  if (checks === undefined) return [await states.execute(), await resources.execute()];
  const found: [CheckStateRow[], DriftedResourceRow[]] = [[], []];
  for (let start = 0; start < checks.length; start += BATCH) {
    const some = checks.slice(start, start + BATCH);
    found[0].push(...(await states.where('check_name', 'in', some).execute()));
    for (const row of await resources.where('check_name', 'in', some).execute()) found[1].push(row);
  }
  return found;
}
