import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kysely, PostgresDialect } from 'kysely';
import type { Migration } from 'kysely/migration';
import pg from 'pg';
import { migrate } from '../../../src/store/migrate.ts';
import { MIGRATIONS } from '../../../src/store/migrations.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Tables } from '../../../src/store/tables.ts';
import { startPostgres, type PostgresServer } from '../../support/postgres.ts';
import { LOG, refusal, RETENTION } from '../open.ts';
import { drifted, minute, resource, result, stateAfter } from '../run-results.ts';

const OPEN_ONCE = fileURLToPath(new URL('../open-once.ts', import.meta.url));
const SCHEMA = 'drift_exporter';

/** What a version after this one might add, so that this one can go on beside it. */
const EXPANDING: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema.alterTable('run').addColumn('note', 'text').execute();
    await db.schema
      .alterTable('check_state')
      .addColumn('owner', 'text', (column) => column.notNull().defaultTo('nobody'))
      .execute();
    await db.schema.createTable('note').addColumn('name', 'text').execute();
    await db.schema.createIndex('run_by_note').on('run').column('note').execute();
  },
};

describe('migrations in PostgreSQL', () => {
  let server: PostgresServer;
  let url: string;
  before(async function () {
    server = await startPostgres(this);
  });
  after(() => server?.close());
  beforeEach(async () => {
    url = await server.newDatabase();
  });

  const open = (): Promise<Store> => openStore({ kind: 'postgres', url }, { retention: RETENTION, log: LOG });

  /** Does what a version with these steps does when it starts. */
  async function migrateTo(steps: Readonly<Record<string, Migration>>): Promise<string[]> {
    const pool = new pg.Pool({ connectionString: url });
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    try {
      return await db.transaction().execute((trx) => migrate(trx.withSchema(SCHEMA), { schema: SCHEMA, steps }));
    } finally {
      await db.destroy();
    }
  }

  it('are taken once when eight processes start on an empty database at the same time', async function () {
    this.timeout(120_000);
    const started = Array.from({ length: 8 }, (_, index) =>
      promisify(execFile)(process.execPath, ['--conditions=drift-source', OPEN_ONCE, url, `check-${index}`]),
    );
    const lines = (await Promise.all(started)).map(({ stdout }) => stdout).join('');
    expect(lines.match(/store migrated/g)).to.have.length(1);
    const taken = await server.query(`SELECT name FROM ${SCHEMA}.kysely_migration ORDER BY name`, [], url);
    expect(taken).to.deep.equal(Object.keys(MIGRATIONS).map((name) => ({ name })));
    const store = await open();
    expect(await store.load()).to.have.length(8);
    await store.close();
  });

  it('leave nothing behind when they are cut off, and are taken by the next', async () => {
    await server.query(`CREATE SCHEMA ${SCHEMA} AUTHORIZATION drift`, [], url);
    const failing = { ...MIGRATIONS, '0099_expand_broken': { up: () => Promise.reject(new Error('cut off')) } };
    const error: unknown = await migrateTo(failing).catch((caught: unknown) => caught);
    expect(String(error)).to.include('cut off');
    expect(await server.query(`SELECT FROM pg_tables WHERE schemaname = '${SCHEMA}'`, [], url)).to.have.length(0);
    await (await open()).close();
  });

  it('that only add let a version that does not know them record on, before, during and after', async () => {
    const old = await open();
    const progress = { recorded: 0, ended: false };
    const recording = (async () => {
      for (; !progress.ended; progress.recorded++) {
        const run = drifted([resource(`r${progress.recorded}`)], { startedAt: minute(progress.recorded) });
        await old.record({ ...stateAfter([run]), version: progress.recorded + 1 }, run);
      }
    })();
    const twentyMore = async (): Promise<void> => {
      for (const goal = progress.recorded + 20; progress.recorded < goal;) await old.versions();
    };
    await twentyMore();
    expect(await migrateTo({ ...MIGRATIONS, '0099_expand_note': EXPANDING })).to.deep.equal(['0099_expand_note']);
    await twentyMore();
    progress.ended = true;
    await recording;
    const { recorded } = progress;
    expect(await old.runs('web', { limit: 1000 })).to.have.length(recorded);
    await old.close();

    const restarted = await open();
    const [state] = await restarted.load();
    expect(state?.version).to.equal(recorded);
    const run = result({ startedAt: minute(recorded) });
    await restarted.record({ ...stateAfter([run]), version: recorded + 1 }, run);
    expect(await restarted.runs('web', { limit: 1 })).to.have.length(1);
    await restarted.close();
    expect(await server.query(`SELECT DISTINCT owner FROM ${SCHEMA}.check_state`, [], url)).to.deep.equal([
      { owner: 'nobody' },
    ]);
  });

  it('that do not only add keep out a version that does not know them', async () => {
    await (await open()).close();
    await migrateTo({ ...MIGRATIONS, '0099_contract_note': EXPANDING });
    await refusal(open(), 'newer', ['0099_contract_note', `expected at most step ${Object.keys(MIGRATIONS).at(-1)}`]);
  });
});
