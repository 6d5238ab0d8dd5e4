import { expect } from 'chai';
import pg from 'pg';
import { openStore } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { startPostgres, type PostgresServer } from '../../support/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { LOG, refusal, RETENTION } from '../open.ts';
import { drifted, minute, resource, result, stateAfter } from '../run-results.ts';

const web = drifted([resource('a')]);
const again = drifted([resource('b')], { startedAt: minute(1) });
const other = result({ check: 'other' });

describe('a store whose server fails', () => {
  let server: PostgresServer;
  let proxy: TcpProxy;
  let url: URL;
  let store: Store;
  before(async function () {
    server = await startPostgres(this, { fsync: true });
  });
  after(() => server?.close());
  beforeEach(async () => {
    proxy = await startTcpProxy(server.port);
    url = new URL(await server.newDatabase());
    url.port = String(proxy.port);
    url.searchParams.set('query_timeout', '1500');
    store = await openStore({ kind: 'postgres', url: url.href }, { retention: RETENTION, log: LOG });
    await store.record(stateAfter([web]), web);
  });
  afterEach(async () => {
    proxy?.heal();
    await store?.close();
    await proxy?.close();
  });

  /** Another session that keeps the row of a check to itself, until it is told to let go. */
  async function lockRow(check: string): Promise<{ release(): Promise<void> }> {
    const direct = new URL(url);
    direct.port = String(server.port);
    const client = new pg.Client({ connectionString: direct.href });
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM drift_exporter.check_state WHERE check_name = $1 FOR UPDATE', [check]);
    return { release: () => client.end() };
  }

  /** The backends of the store that wait for a lock, once there is one. */
  async function waiting(): Promise<number> {
    for (;;) {
      const [row] = await server.query(
        `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`,
        [url.pathname.slice(1)],
      );
      if (row !== undefined) return Number(row['pid']);
    }
  }

  /** It takes the second record, once, and still knows all. */
  async function worksAgain(): Promise<void> {
    expect(await store.record(stateAfter([web, again]), again)).to.deep.equal({ outcome: 'recorded' });
    expect(await store.load()).to.deep.equal([stateAfter([web, again])]);
    expect((await store.runs('web', { limit: 9 })).map(({ id }) => id)).to.deep.equal([again.id, web.id]);
  }

  /** After the server went, a pool finds out about each of its connections by itself. */
  async function answers(): Promise<void> {
    for (;;) {
      const answered = await store.versions().then(
        () => true,
        () => false,
      );
      if (answered) return;
    }
  }

  for (const [how, end] of [
    ['stopped', (): Promise<void> => server.stop()],
    ['crashed', (): Promise<void> => server.kill()],
  ] as const)
    it(`says so while the server is ${how}, keeps what was acknowledged, and works when it is back`, async () => {
      await end();
      try {
        await refusal(store.record(stateAfter([web, again]), again), 'unreachable', [
          `store postgres://127.0.0.1:${proxy.port}${url.pathname}: cannot record check web`,
        ]);
        await refusal(store.load(), 'unreachable', ['cannot load']);
        await refusal(store.runs('web', { limit: 1 }), 'unreachable', ['read the history of check web']);
        await refusal(store.versions(), 'unreachable', []);
        await refusal(store.prune(new Date()), 'unreachable', []);
      } finally {
        await server.start();
      }
      await answers();
      await worksAgain();
    });

  it('works after the server was restarted between two calls', async () => {
    await server.stop();
    await server.start();
    await answers();
    await worksAgain();
  });

  it('gives up a server that does not answer any more, and works when it does', async () => {
    proxy.hang();
    const started = performance.now();
    await refusal(store.record(stateAfter([web, again]), again), 'unreachable', ['Query read timeout']);
    expect(performance.now() - started).to.be.greaterThan(1000);
    proxy.heal();
    await answers();
    await worksAgain();
  });

  it('gives up a server that takes connections and says nothing', async () => {
    proxy.cut();
    await refusal(store.versions(), 'unreachable', []);
    proxy.heal();
    proxy.hang();
    await refusal(store.versions(), 'unreachable', ['timeout']);
    const opening = openStore({ kind: 'postgres', url: url.href }, { retention: RETENTION, log: LOG });
    await refusal(opening, 'unreachable', ['cannot open it']);
    proxy.heal();
    await answers();
    await worksAgain();
  });

  it('writes nothing of a record whose connection is ended in its middle, and takes it then', async () => {
    const lock = await lockRow('web');
    const record = store.record(stateAfter([web, again]), again);
    record.catch(() => undefined);
    await server.query('SELECT pg_terminate_backend($1)', [await waiting()]);
    await lock.release();
    await refusal(record, 'unreachable', ['cannot record check web', 'terminating connection']);
    expect(await store.runs('web', { limit: 9 })).to.have.length(1);
    await worksAgain();
  });

  it('gives up a record that another session holds up, and takes it then', async () => {
    const lock = await lockRow('web');
    await refusal(store.record(stateAfter([web, again]), again), 'unreachable', ['cannot record check web']);
    await lock.release();
    await answers();
    await worksAgain();
  });

  it('goes on with other checks and with reading while one record is held up', async () => {
    const lock = await lockRow('web');
    const record = store.record(stateAfter([web, again]), again);
    await waiting();
    await store.record(stateAfter([other]), other);
    expect(await store.load()).to.deep.equal([stateAfter([other]), stateAfter([web])]);
    await lock.release();
    expect(await record).to.deep.equal({ outcome: 'recorded' });
    expect(await store.runs('web', { limit: 9 })).to.have.length(2);
  });

  it('says that the tables are not those it knows, when they changed under it', async () => {
    await server.query('ALTER TABLE drift_exporter.run RENAME COLUMN failed TO failing', [], url.href);
    await refusal(store.record(stateAfter([web, again]), again), 'newer', ['expected the tables of this version']);
  });

  it('prunes and forgets in two processes at once', async () => {
    const second = await openStore({ kind: 'postgres', url: url.href }, { retention: RETENTION, log: LOG });
    await server.query(
      `INSERT INTO drift_exporter.run (check_name, started_at, status, duration_seconds, resources, drifted, suppressed, failed, failures)
       SELECT 'web', '2026-11-01T00:00:01.' || (i + 1000) || 'Z', 'in_sync', 1, 1, 0, 0, 0, '[]' FROM generate_series(1, 1200) AS i`,
      [],
      url.href,
    );
    const late = new Date('2026-11-20');
    const removed = await Promise.all([store.prune(late), second.prune(late), store.prune(late)]);
    expect(removed.reduce((sum, count) => sum + count)).to.equal(1200);
    const later = new Date('2027-11-20');
    await Promise.all([store.forget([], later), second.forget([], later)]);
    expect(await second.load()).to.deep.equal([]);
    expect(await second.runs('web', { limit: 1 })).to.deep.equal([]);
    await second.close();
  });
});
