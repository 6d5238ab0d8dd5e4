import { expect } from 'chai';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import pg from 'pg';
import type { Store } from '../../src/store/store.ts';
import { openIn, overEveryDatabase, type TestDatabase } from './databases.ts';
import { drifted, minute, resource, result, stateAfter } from './run-results.ts';

const CHECKS = 50;
const ROWS = 20_000;

interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What the databases' drivers are asked while the work goes on: the statements as the store sends them. */
async function statementsOf(database: TestDatabase, work: () => Promise<void>): Promise<Statement[]> {
  const asked: Statement[] = [];
  const stop = database.kind === 'sqlite' ? hearSqlite(asked) : hearPostgres(asked);
  try {
    await work();
  } finally {
    stop();
  }
  return asked.filter(({ sql }) => /^(select|insert|update|delete)/.test(sql) && !sql.includes('pg_notify'));
}

function hearSqlite(asked: Statement[]): () => void {
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string): StatementSync {
    asked.push({ sql, parameters: [] });
    return prepare.call(this, sql);
  };
  return () => {
    DatabaseSync.prototype.prepare = prepare;
  };
}

function hearPostgres(asked: Statement[]): () => void {
  const prototype = pg.Client.prototype as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function (this: unknown, ...args: unknown[]): unknown {
    if (typeof args[0] === 'string') asked.push({ sql: args[0], parameters: (args[1] as unknown[] | undefined) ?? [] });
    return query.apply(this, args);
  };
  return () => {
    prototype.query = query;
  };
}

/** How the database would execute it, as text. */
async function planOf(database: TestDatabase, { sql, parameters }: Statement): Promise<string> {
  if (database.kind === 'sqlite') {
    const rows = await database.sql(`EXPLAIN QUERY PLAN ${sql}`);
    return rows.map(({ detail }) => String(detail)).join('\n');
  }
  const rows = await database.sql(`EXPLAIN ${sql}`, parameters);
  return rows.map((row) => String(row['QUERY PLAN'])).join('\n');
}

overEveryDatabase('a large store', (database) => {
  let store: Store;
  beforeEach(async () => {
    const empty = await openIn(database);
    for (let check = 0; check < CHECKS; check++) {
      const run = result({ check: `check-${check}`, startedAt: '2026-10-01T00:00:00.000Z' });
      await empty.record(stateAfter([run]), run);
    }
    await empty.close();
    await fill();
    store = await openIn(database);
  });
  afterEach(() => store?.close());

  async function fill(): Promise<void> {
    const [schema, numbers] =
      database.kind === 'sqlite'
        ? ['', `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT i FROM n)`]
        : ['drift_exporter.', `(SELECT generate_series(1, ${ROWS}) AS i)`];
    await database.sql(
      `INSERT INTO ${schema}run (check_name, started_at, status, duration_seconds, resources, drifted, suppressed, failed, failures, run_id)
       SELECT 'check-' || (i % ${CHECKS}), 'at ' || (100000 + i), 'in_sync', 1, 1, 0, 0, 0, '[]', 'run ' || i FROM ${numbers} AS n`,
    );
    await database.sql(
      `INSERT INTO ${schema}drifted_resource (check_name, address, slot, first_seen_at, digest, resource)
       SELECT 'check-' || (i % ${CHECKS}), 'address ' || i, 0, 'then', 'digest', '{}' FROM ${numbers} AS n`,
    );
    await database.sql('ANALYZE');
  }

  const uses: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
    'records a run': async (used) => {
      const run = drifted([resource('a'), resource('b')], { check: 'check-7' });
      expect((await used.record({ ...stateAfter([run]), version: 2 }, run)).outcome).to.equal('recorded');
    },
    'refuses a run that it has': async (used) => {
      const run = result({ check: 'check-7', id: 'run 7' });
      expect((await used.record({ ...stateAfter([run]), version: 2 }, run)).outcome).to.equal('repeated');
    },
    'reads a page of history': (used) => used.runs('check-7', { limit: 20, before: minute(0) }),
    'reads the state of one check': (used) => used.load(['check-7']),
    'removes old history': (used) => used.prune(new Date(0)),
    'forgets a check': async (used) => {
      const others = Array.from({ length: CHECKS - 1 }, (_, index) => `check-${index}`);
      await used.forget(others, new Date('2027-06-01'));
      expect(await used.load([`check-${CHECKS - 1}`])).to.deep.equal([]);
    },
  };

  for (const [name, use] of Object.entries(uses))
    it(`finds by index what it needs when it ${name}`, async () => {
      const statements = await statementsOf(database, async () => void (await use(store)));
      expect(statements).not.to.have.length(0);
      for (const statement of statements) {
        const plan = await planOf(database, statement);
        expect(plan, statement.sql).not.to.match(/SCAN (run|drifted_resource)/);
        expect(plan, statement.sql).not.to.match(/Seq Scan on (run|drifted_resource)/);
      }
    });
});
