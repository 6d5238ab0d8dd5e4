import { expect } from 'chai';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { pino } from 'pino';
import { openStore } from '../../../src/store/open-store.ts';
import type { Store, StoreErrorReason } from '../../../src/store/store.ts';
import type { PostgresStoreConfig } from '../../../src/config/config.ts';
import { startPostgres, type PostgresServer } from '../../support/postgres.ts';
import { refusal, RETENTION } from '../open.ts';
import { result, stateAfter } from '../run-results.ts';
import { temporaryFolder } from '../temporary-folder.ts';

interface Refusal {
  /** Makes a URL that cannot be used of one that can. */
  readonly spoil: (url: URL, server: PostgresServer) => void | Promise<void>;
  readonly reason: StoreErrorReason;
  readonly says: readonly string[];
}

/** As the superuser, in the database of the URL. */
const sql = async (server: PostgresServer, url: URL, text: string): Promise<void> => {
  await server.query(text, [], url.href);
};

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'nobody listens': {
    spoil: async (url) => {
      const listener = createServer().listen(0, '127.0.0.1');
      await once(listener, 'listening');
      url.port = String((listener.address() as AddressInfo).port);
      listener.close();
    },
    reason: 'unreachable',
    says: ['cannot be reached', 'ECONNREFUSED'],
  },
  'its host has no address': {
    spoil: (url) => void (url.hostname = 'no-such-host.invalid'),
    reason: 'unreachable',
    says: ['no-such-host.invalid', 'cannot be reached'],
  },
  'the password is wrong': {
    spoil: (url) => void (url.password = 'hunter2-wrong'),
    reason: 'forbidden',
    says: ['does not accept the user or the password', 'password authentication failed for user "drift"'],
  },
  'the user is unknown': {
    spoil: (url) => void (url.username = 'nobody-here'),
    reason: 'forbidden',
    says: ['password authentication failed'],
  },
  'there is no such database': {
    spoil: (url) => void (url.pathname = '/no_such_database'),
    reason: 'unusable',
    says: ['/no_such_database', 'expected a database of this name, found none'],
  },
  'the user may not create the schema': {
    spoil: (url, server) => sql(server, url, `ALTER DATABASE ${url.pathname.slice(1)} OWNER TO drift_admin`),
    reason: 'forbidden',
    says: ['lacks a privilege', 'permission denied for database'],
  },
  'the schema belongs to another program': {
    spoil: (url, server) =>
      sql(
        server,
        url,
        'CREATE SCHEMA drift_exporter AUTHORIZATION drift; CREATE TABLE drift_exporter.invoice (id int)',
      ),
    reason: 'foreign',
    says: ['schema drift_exporter', 'another program (invoice)', 'left as they are'],
  },
  'it takes no writes': {
    spoil: (url, server) =>
      sql(server, url, `ALTER DATABASE ${url.pathname.slice(1)} SET default_transaction_read_only = on`),
    reason: 'read_only',
    says: ['expected a server that takes writes, found a read-only one'],
  },
  'no connection is left for it': {
    spoil: (url, server) => sql(server, url, `ALTER DATABASE ${url.pathname.slice(1)} CONNECTION LIMIT 0`),
    reason: 'unreachable',
    says: ['has no connection left'],
  },
  'it has no TLS although it must': {
    spoil: (url) => url.searchParams.set('sslmode', 'verify-full'),
    reason: 'unreachable',
    says: ['does not support SSL'],
  },
  'a file that the URL names cannot be read': {
    spoil: (url) => {
      url.searchParams.set('sslmode', 'verify-full');
      url.searchParams.set('sslrootcert', '/no/such/ca.pem');
    },
    reason: 'unusable',
    says: ['/no/such/ca.pem cannot be read (ENOENT)'],
  },
};

describe('a database that cannot be the store', () => {
  const at = temporaryFolder();
  let server: PostgresServer;
  let logged = '';
  before(async function () {
    server = await startPostgres(this);
  });
  after(() => server?.close());
  beforeEach(() => {
    logged = '';
  });

  function open(url: PostgresStoreConfig['url']): Promise<Store> {
    const log = pino({ level: 'trace' }, { write: (line: string) => void (logged += line) });
    return openStore({ kind: 'postgres', url }, { retention: RETENTION, log });
  }

  /** Neither as it is nor as a URL has it; also not in what a logger makes of the error. */
  async function tellsNoPassword(attempt: Promise<unknown>, password: string): Promise<void> {
    const error = await attempt.catch((caught: unknown) => caught);
    const lines: string[] = [];
    pino({}, { write: (line: string) => void lines.push(line) }).error(error);
    for (const text of [String(error), lines.join(''), logged])
      for (const form of [password, decodeURIComponent(password)]) expect(text).not.to.include(form);
  }

  for (const [name, { spoil, reason, says }] of Object.entries(REFUSALS))
    it(`is refused, in clear words and without its password, when ${name}`, async () => {
      const url = new URL(await server.newDatabase());
      await spoil(url, server);
      const attempt = open(url.href);
      await refusal(
        attempt,
        reason,
        [`store postgres://${url.hostname}:${url.port}`, ...says].slice(name.startsWith('a file') ? 1 : 0),
      );
      await tellsNoPassword(attempt, url.password);
    });

  it('is refused when a newer version changed what this one needs, and left as it is', async () => {
    const url = await server.newDatabase();
    await (await open(url)).close();
    await server.query(`INSERT INTO drift_exporter.kysely_migration VALUES ('0099_contract', '2030-01-01')`, [], url);
    await server.query(`UPDATE drift_exporter.store_info SET value = '9.9.9'`, [], url);
    await refusal(open(url), 'newer', ['written by drift-exporter 9.9.9', '0099_contract', 'left as it is']);
    expect(await server.query('SELECT value FROM drift_exporter.store_info', [], url)).to.deep.equal([
      { value: '9.9.9' },
    ]);
  });

  it('says that a record needs to write, when it came to take none', async () => {
    const url = await server.newDatabase();
    await (await open(url)).close();
    await server.query(`ALTER ROLE drift SET default_transaction_read_only = on`);
    try {
      const store = await open(url);
      await refusal(store.record(stateAfter([result()]), result()), 'read_only', ['record check web']);
      expect(await store.load()).to.deep.equal([]);
      await store.close();
    } finally {
      await server.query(`ALTER ROLE drift RESET default_transaction_read_only`);
    }
  });

  it('is found by a URL in a file, and refused when that is missing or has another thing in it', async () => {
    const url = await server.newDatabase();
    const file = at('url');
    await refusal(open({ file }), 'unusable', [`url_file ${file}`, 'cannot be read (ENOENT)']);
    mkdirSync(at('folder'));
    await refusal(open({ file: at('folder') }), 'unusable', ['cannot be read (EISDIR)']);
    writeFileSync(file, 'hunter2\n');
    const attempt = open({ file });
    await refusal(attempt, 'unusable', [`url_file ${file}`, 'expected one line postgres://']);
    await tellsNoPassword(attempt, 'hunter2');
    writeFileSync(file, `${url}\n`);
    await (await open({ file })).close();
  });

  it('takes a password that changed in its file for the next connection', async () => {
    const url = new URL(await server.newDatabase());
    await server.query(`CREATE ROLE rotated LOGIN PASSWORD 'first' IN ROLE drift`);
    url.username = 'rotated';
    url.password = 'first';
    writeFileSync(at('url'), url.href);
    const store = await open({ file: at('url') });
    await server.query(`ALTER ROLE rotated PASSWORD 'second'`);
    url.password = 'second';
    writeFileSync(at('url'), url.href);
    await server.stop();
    await server.start();
    await store.load().catch(() => undefined); // it finds its old connection gone
    expect(await store.load()).to.deep.equal([]);
    await store.close();
  });

  it('is used where somebody else made the schema for a user without any other privilege', async () => {
    const url = new URL(await server.newDatabase());
    await sql(server, url, `ALTER DATABASE ${url.pathname.slice(1)} OWNER TO drift_admin`);
    await sql(server, url, 'CREATE SCHEMA drift_exporter AUTHORIZATION drift');
    const store = await open(url.href);
    await store.record(stateAfter([result()]), result());
    await store.close();
    const tables = await server.query(
      `SELECT DISTINCT schemaname FROM pg_tables WHERE tableowner = 'drift'`,
      [],
      url.href,
    );
    expect(tables).to.deep.equal([{ schemaname: 'drift_exporter' }]);
  });

  it('is used whatever its search_path, and beside tables of the same names', async () => {
    const url = new URL(await server.newDatabase());
    await sql(
      server,
      url,
      'CREATE SCHEMA evil; CREATE TABLE evil.run (id int); CREATE TABLE public.check_state (id int)',
    );
    await sql(server, url, `ALTER DATABASE ${url.pathname.slice(1)} SET search_path = evil, public`);
    const store = await open(url.href);
    await store.record(stateAfter([result()]), result());
    expect(await store.load()).to.have.length(1);
    await store.close();
  });
});
