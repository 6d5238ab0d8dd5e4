import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dump } from 'js-yaml';
import { hashOf } from '../http/guarded.ts';
import { ask, basic, type Answer } from '../support/ask.ts';
import { certificateAuthority, OPENSSL, type CertificateAuthority } from '../support/certificates.ts';
import { PROMETHEUS, startPrometheus } from '../support/prometheus.ts';
import { configDir, eventually, startService } from '../support/service.ts';
import { needs } from '../support/skips.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const CHECKS = 'checks: [{ name: a, checker: command, options: { command: [sh, -c, "exit 2"] } }]';
const run = promisify(execFile);

describe('the service with a web configuration file', () => {
  let authority: CertificateAuthority;
  let remove: () => Promise<void>;
  let dir: string;
  let file: string;
  const webConfig = (password: string): unknown => ({
    tls_server_config: { cert_file: 'server.pem', key_file: 'server.key' },
    basic_auth_users: { prometheus: hashOf(password), alice: hashOf('a') },
    users: { prometheus: { scopes: ['metrics'] }, alice: { scopes: ['metrics', 'diff', 'run', 'admin'] } },
  });
  const write = (content: unknown): Promise<void> => writeFile(join(dir, 'web-config.yml'), dump(content));

  before(async function () {
    needs(this, OPENSSL);
    authority = await certificateAuthority();
  });
  after(() => authority?.remove());
  beforeEach(async () => {
    ({ dir, file, remove } = await configDir(CHECKS));
    const { certFile, keyFile } = await authority.issue('server');
    await copyFile(certFile, join(dir, 'server.pem'));
    await copyFile(keyFile, join(dir, 'server.key'));
    await write(webConfig('scrape'));
    const web = "web: { listen: '127.0.0.1:0', enable_lifecycle: true, config_file: web-config.yml }";
    await writeFile(file, `${web}\n${CHECKS}\n`);
  });
  afterEach(() => remove());

  it('serves over TLS to those who may, and tells of its certificate and of a broken file', async () => {
    const service = await startService(file);
    const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
      ask(service.url + path, { ca: authority.ca, headers });
    const alice = basic('alice', 'a');
    expect(service.url).to.match(/^https:/);
    expect((await get('/diff')).status).to.equal(401);
    expect((await get('/diff', basic('prometheus', 'scrape'))).status).to.equal(403);
    await eventually(async () => (await get('/diff', alice)).body.includes('"drifted"'));
    const metrics = async (): Promise<string> => (await get('/metrics', alice)).body;
    const text = await metrics();
    expect(text).to.contain('drift_exporter_web_config_last_reload_successful 1\n');
    const end = /drift_exporter_web_certificate_expiry_timestamp_seconds\{certificate="server"\} (\d+)/.exec(text)?.[1];
    expect(Math.round((Number(end) - Date.now() / 1000) / 86_400)).to.equal(20);

    await write({ basic_auth_users: 1 });
    await eventually(async () => (await metrics()).includes('drift_exporter_web_config_last_reload_successful 0\n'));
    await write(webConfig('another'));
    await eventually(async () => (await metrics()).includes('drift_exporter_web_config_last_reload_successful 1\n'));
    expect((await get('/metrics', basic('prometheus', 'another'))).status).to.equal(200);
    expect((await get('/metrics', basic('prometheus', 'scrape'))).status).to.equal(401);

    const reload = await ask(`${service.url}/-/reload`, { ca: authority.ca, method: 'POST', headers: alice });
    expect([reload.status, reload.body]).to.deep.equal([200, '{"reloaded":true}\n']);
    expect(await service.end('SIGTERM')).to.equal(0);
    const lines = service.log.filter(({ audit }) => audit === true);
    const said = lines.map(({ msg, user }) => `${String(msg)} ${String(user)}`);
    expect(said).to.include.members(['drift read alice', 'refused prometheus', 'reload answered alice']);
  });

  it('is scraped by Prometheus over TLS with a password that reads no drift', async function () {
    needs(this, PROMETHEUS);
    const service = await startService(file);
    const prometheus = await startPrometheus({
      targets: [new URL(service.url).host],
      scrape: {
        scheme: 'https',
        tls_config: { ca_file: authority.caFile },
        basic_auth: { username: 'prometheus', password: 'scrape' },
      },
    });
    const [sample] = await eventually(async () => {
      const samples = await prometheus.query('drift_check_status{check="a",status="drifted"} == 1');
      return samples.length > 0 && samples;
    }, 50);
    expect(sample?.metric['instance']).to.equal(new URL(service.url).host);
    await prometheus.close();
    await service.end('SIGTERM');
  });

  it('does not start with a broken one, and validate says why', async () => {
    await write({ tls_server_config: { cert_file: 'server.pem' }, basic_auth_users: { alice: 'hunter2' } });
    const expected = [
      'web.config_file: web-config.yml: tls_server_config.key_file: expected a file: TLS needs a certificate and its key; got nothing',
      'web.config_file: web-config.yml: basic_auth_users.alice: expected a bcrypt hash',
    ];
    for (const command of ['validate', 'serve']) {
      const error = await run(process.execPath, [MAIN, command, '--config', file]).then(
        () => undefined,
        (error: unknown) => error as { readonly code: number; readonly stderr: string },
      );
      expect(error?.code).to.equal(1);
      for (const message of expected) expect(error?.stderr).to.contain(message);
      expect(error?.stderr).not.to.contain('hunter2');
    }
  });
});
