import { expect } from 'chai';
import { openStore } from '../../../src/store/open-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { startPostgres, type PostgresServer } from '../../support/postgres.ts';
import { needs } from '../../support/skips.ts';
import { LOG, refusal, RETENTION } from '../open.ts';

describe('the connection to a store', () => {
  let server: PostgresServer;
  before(async function () {
    needs(this, { openssl: 'apt install openssl' });
    server = await startPostgres(this, { tls: true });
  });
  after(() => server?.close());

  function open(host: string, parameters: Readonly<Record<string, string>>): Promise<Store> {
    const url = new URL(server.url);
    url.hostname = host;
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return openStore({ kind: 'postgres', url: url.href }, { retention: RETENTION, log: LOG });
  }

  /** Whether the connections of this name are TLS. */
  async function encrypted(application: string): Promise<unknown[]> {
    const rows = await server.query(
      `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = $1`,
      [application],
    );
    return rows.map(({ ssl }) => ssl);
  }

  it('is TLS with a certificate that the URL trusts, also to watch', async () => {
    const store = await open('127.0.0.1', { sslmode: 'verify-full', sslrootcert: server.certificateFile });
    const watch = await store.watch(() => undefined);
    for (const name of ['drift-exporter', 'drift-exporter watch'])
      expect(await encrypted(name), name).to.deep.equal([true]);
    await watch.close();
    await store.close();
  });

  it('is refused with a certificate that nobody trusts', async () => {
    await refusal(open('127.0.0.1', { sslmode: 'verify-full' }), 'unreachable', ['self-signed certificate']);
  });

  it('is refused with a certificate for another host', async () => {
    const trusted = { sslmode: 'verify-full', sslrootcert: server.certificateFile };
    await refusal(open('localhost', trusted), 'unreachable', ["does not match certificate's altnames"]);
  });

  it('is without TLS only where the URL does not ask for it', async () => {
    const store = await open('127.0.0.1', { application_name: 'plain' });
    expect(await encrypted('plain')).to.deep.equal([false]);
    await store.close();
  });
});
