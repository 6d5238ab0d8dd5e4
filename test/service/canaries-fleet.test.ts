import { expect } from 'chai';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCanaries, investigate } from '../support/canaries.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { configDir, startService } from '../support/service.ts';

const canaries = createCanaries();
const plant = (what: string): string => canaries.plant(what);

/** Every row of every table of ours, as text. */
async function everyRow(postgres: PostgresServer, url: string): Promise<Map<string, string>> {
  const tables = await postgres.query(
    "SELECT table_schema AS s, table_name AS t FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
    [],
    url,
  );
  const rows = new Map<string, string>();
  for (const { s, t } of tables) {
    const found = await postgres.query(`SELECT x::text AS row FROM "${String(s)}"."${String(t)}" x`, [], url);
    rows.set(`the table ${String(s)}.${String(t)}`, found.map(({ row }) => String(row)).join('\n'));
  }
  return rows;
}

describe('no secret of a service on PostgreSQL', function () {
  this.timeout(180_000);
  let postgres: PostgresServer;

  before(async function () {
    postgres = await startPostgres(this);
  });
  after(async () => postgres?.close());

  it('is in its rows, its answers or its log: neither what checks saw nor what it logs in with', async () => {
    const { dir, file, remove } = await configDir('');
    const password = plant('the password of the database');
    const database = await postgres.newDatabase();
    const url = new URL(database);
    await postgres.query(`ALTER ROLE "${url.username}" PASSWORD '${password}'`);
    url.password = password;
    await writeFile(join(dir, 'url'), `${url.href}\n`, { mode: 0o600 });
    const comparison = {
      resources: 9,
      drift: KEYS.map((key) => ({
        address: `app/${key}`,
        type: 't',
        action: 'update',
        cause: 'unknown',
        changes: [
          { op: 'replace', path: `/spec/${key}`, live: known(`${key}, live`), desired: known(`${key}, desired`) },
          {
            op: 'add',
            path: '/env',
            desired: { kind: 'known', value: [{ name: key, value: plant(`${key} in a list`) }] },
          },
        ],
      })),
      failures: KEYS.map((key) => ({
        phase: 'observe',
        reason: 'forbidden',
        message: `${key}=${plant(`${key} in a failure`)}`,
      })),
      notices: KEYS.map((key) => ({
        kind: 'warning',
        message: `--${key} ${plant(`${key} in a notice`)}`,
        address: `https://u:${plant(`${key} in an address`)}@h`,
      })),
      notCompared: KEYS.map((key) => ({
        address: `a/${key}`,
        type: 't',
        why: `${key}: "${plant(`${key} in what was not compared`)}"`,
      })),
    };
    await writeFile(join(dir, 'json.sh'), `cat <<'EOF'\n${JSON.stringify(comparison)}\nEOF\n`);
    const synced = JSON.stringify({ resources: 1, drift: [], notices: comparison.notices });
    await writeFile(join(dir, 'synced.sh'), `cat <<'EOF'\n${synced}\nEOF\n`);
    const dead = `postgres://u:${plant('a password in a URL that is refused')}@127.0.0.1:1/x`;
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0', enable_lifecycle: true }
global: { log_level: trace }
store: { url_file: url }
sources: [{ name: here, directory: . }]
checks:
  - { name: json, checker: command, source: here, options: { command: [sh, json.sh], output: json, env: { DATABASE_URL: '${dead}' } } }
  - { name: synced, checker: command, source: here, options: { command: [sh, synced.sh], output: json } }
  - { name: prints, checker: command, source: here, options: { command: [sh, -c, 'echo $DATABASE_URL; exit 2'], env: { DATABASE_URL: '${dead}' } } }
`,
    );
    const { places, checks } = await investigate({
      dir,
      file,
      seconds: 90,
      more: async () => everyRow(postgres, url.href),
    });
    expect([...places.keys()].filter((place) => place.startsWith('the table '))).to.have.length.above(3);
    for (const [table, rows] of await everyRow(postgres, url.href)) places.set(`${table} after its end`, rows);
    places.delete('the environment of commands');
    expect(canaries.leaks(places).join('\n'), 'leaks').to.equal('');
    expect(Object.fromEntries(checks.map(({ check, status }) => [check, status]))).to.deep.equal({
      json: 'error',
      prints: 'drifted',
      synced: 'in_sync',
    });
    const json = checks.find(({ check }) => check === 'json');
    expect(json?.drift.map(({ address }) => address)).to.have.members(KEYS.map((key) => `app/${key}`));
    const rows = [...places].filter(([place]) => place.startsWith('the table ')).map(([, text]) => text);
    expect(rows.join('\n'), 'what is no secret is there').to.include('app/client_secret');
    expect(canaries.count).to.be.above(40);
    await remove();
  });

  it('is in the message of a service that cannot log in', async () => {
    const { dir, file, remove } = await configDir('');
    const url = new URL(await postgres.newDatabase());
    url.password = plant('a wrong password of the database');
    await writeFile(join(dir, 'url'), url.href);
    await chmod(join(dir, 'url'), 0o600);
    await writeFile(file, `web: { listen: '127.0.0.1:0' }\nglobal: { log_level: trace }\nstore: { url_file: url }\n`);
    const told = await startService(file).then(
      async (service) => {
        const text = `${await (await service.get('/-/ready')).text()} ${await (await service.get('/')).text()}`;
        await service.end('SIGTERM');
        return text + JSON.stringify(service.log);
      },
      (error: unknown) => String(error),
    );
    expect(told).to.match(/password|auth|log in|store/i);
    expect(canaries.leaks(new Map([['what it said', told]])).join('\n')).to.equal('');
    await remove();
  });
});

const KEYS = ['password', 'DB_PASSWORD', 'client_secret', 'apiKey', 'access_token', 'private_key', 'connectionString'];

function known(what: string): { readonly kind: 'known'; readonly value: string } {
  return { kind: 'known', value: plant(what) };
}
