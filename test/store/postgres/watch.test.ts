import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { startPostgres, type PostgresServer } from '../../support/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { LOG, open, RETENTION } from '../open.ts';
import { minute, result, stateAfter } from '../run-results.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const LISTENERS = `SELECT pid FROM pg_stat_activity WHERE application_name = 'drift-exporter watch'`;

describe('a watch over a store', () => {
  const at = temporaryFolder();
  let server: PostgresServer;
  let proxy: TcpProxy;
  let watcher: Store;
  let writer: Store;
  let told: string[];
  before(async function () {
    server = await startPostgres(this);
  });
  after(() => server?.close());
  beforeEach(async () => {
    told = [];
    proxy = await startTcpProxy(server.port);
    const url = await server.newDatabase();
    const proxied = new URL(url);
    proxied.port = String(proxy.port);
    const options = { retention: RETENTION, log: LOG };
    writer = await openStore({ kind: 'postgres', url }, options);
    watcher = await openStore({ kind: 'postgres', url: proxied.href }, options);
  });
  afterEach(async () => {
    proxy?.heal();
    await Promise.all([watcher?.close(), writer?.close()]);
    await proxy?.close();
  });

  /** Records the check once more. */
  async function record(check: string): Promise<void> {
    const version = ((await writer.versions()).get(check) ?? 0) + 1;
    const run = result({ check, startedAt: minute(version) });
    await writer.record({ ...stateAfter([run]), version }, run);
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(10);
  }

  it('tells each check that another process records, whatever its name, and none that was there before', async () => {
    await record('before');
    const watch = await watcher.watch((check) => told.push(check));
    const names = ['web', 'with space', 'nul \0 and \uD800', '', 'x'.repeat(9000)];
    for (const name of names) {
      await record(name);
      await until(() => told.length > 0);
      expect(new Set(told)).to.deep.equal(new Set([name]));
      told = [];
    }
    await watch.close();
  });

  it('tells nothing of a record that was refused, and nothing after it was closed', async () => {
    await record('web');
    const watch = await watcher.watch((check) => told.push(check));
    const stale = result({ startedAt: minute(9) });
    expect((await writer.record(stateAfter([stale]), stale)).outcome).to.equal('conflict');
    await record('after');
    await until(() => told.length > 0);
    expect(told).to.deep.equal(['after']);
    await watch.close();
    await record('closed');
    expect(told).to.deep.equal(['after']);
    while ((await server.query(LISTENERS)).length > 0) await sleep(10);
  });

  it('tells what was recorded while its connection was away', async () => {
    const watch = await watcher.watch((check) => told.push(check));
    await record('kept');
    await until(() => told.includes('kept'));
    told = [];
    proxy.cut();
    await record('away');
    await record('away');
    proxy.heal();
    await until(() => told.includes('away'));
    expect(told).to.deep.equal(['away']);
    await record('back');
    await until(() => told.includes('back'));
    await watch.close();
  });

  it('finds out by itself that its connection hangs, and listens on another', async function () {
    this.timeout(120_000);
    const watch = await watcher.watch((check) => told.push(check));
    proxy.hang();
    await record('hung');
    const before = await server.query(LISTENERS);
    proxy.forget();
    await until(() => told.includes('hung'));
    expect(await server.query(LISTENERS)).not.to.deep.equal(before);
    await watch.close();
  });

  it('begins once the server is there, and then tells all that is stored', async () => {
    await record('web');
    proxy.cut();
    const watch = await watcher.watch((check) => told.push(check));
    expect(told).to.deep.equal([]);
    proxy.heal();
    await until(() => told.includes('web'));
    await watch.close();
  });

  it('ends at once while the server is away', async () => {
    proxy.cut();
    const watch = await watcher.watch((check) => told.push(check));
    await watch.close();
  });

  it('tells nothing where nobody else can write', async () => {
    const alone = await open(at('drift.db'));
    const watch = await alone.watch((check) => told.push(check));
    await alone.record(stateAfter([result()]), result());
    await watch.close();
    await alone.close();
    expect(told).to.deep.equal([]);
  });
});
