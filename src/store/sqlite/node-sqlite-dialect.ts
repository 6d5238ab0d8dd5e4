import { SqliteAdapter, SqliteDialect, type DialectAdapter, type SqliteDatabase, type SqliteStatement } from 'kysely';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** Kysely over Node's own SQLite. Closing Kysely closes the database. */
export class NodeSqliteDialect extends SqliteDialect {
  constructor(database: DatabaseSync) {
    super({ database: adapt(database) });
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}

/** SQLite can create tables in a transaction: a migration that is cut off leaves nothing behind. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** More than the store has kinds of statements; the rest are multi-row statements of odd sizes. */
const STATEMENTS_KEPT = 64;

function adapt(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    // A full disk ends the transaction by itself, and then a rollback would hide why.
    if (sql === 'rollback' && !database.isTransaction) return NOTHING_TO_DO;
    const statement = prepared.get(sql) ?? adaptStatement(database.prepare(sql));
    prepared.delete(sql);
    prepared.set(sql, statement);
    if (prepared.size > STATEMENTS_KEPT) prepared.delete(prepared.keys().next().value ?? sql);
    return statement;
  };
  const close = (): void => {
    prepared.clear();
    database.close();
  };
  return { close, prepare };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  };
}

const NOTHING_TO_DO: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};
