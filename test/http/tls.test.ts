import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ask, basic, refusal } from '../support/ask.ts';
import {
  certificateAuthority,
  OPENSSL,
  type CertificateAuthority,
  type CertificateFiles,
} from '../support/certificates.ts';
import { eventually } from '../support/service.ts';
import { needs, programOnPath } from '../support/skips.ts';
import { guardedServer, hashOf, type GuardedServer } from './guarded.ts';

const run = promisify(execFile);

describe('TLS', () => {
  let authority: CertificateAuthority;
  let stranger: CertificateAuthority;
  let server: CertificateFiles;
  const clients: Record<string, { readonly cert?: string; readonly key?: string }> = { none: {} };

  before(async function () {
    needs(this, OPENSSL);
    authority = await certificateAuthority();
    stranger = await certificateAuthority('stranger');
    server = await authority.issue('server');
    clients['ci'] = await authority.issue('ci', { sans: 'DNS:ci.example.org, URI:spiffe://example.org/ci' });
    clients['ops'] = await authority.issue('ops', { sans: 'email:ops@example.org, IP:2001:db8::1' });
    clients['foreign'] = await stranger.issue('ci', { sans: 'DNS:ci.example.org' });
  });
  after(async () => {
    await authority?.remove();
    await stranger?.remove();
  });

  const tls = (change: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
    cert_file: server.certFile,
    key_file: server.keyFile,
    ...change,
  });
  const withServer = async (content: unknown, test: (server: GuardedServer) => Promise<void>): Promise<void> => {
    const served = await guardedServer(content);
    try {
      await test(served);
    } finally {
      await served.close(0);
    }
  };

  it('serves the same over HTTPS, and says so in its links', () =>
    withServer({ tls_server_config: tls() }, async ({ url }) => {
      expect(url).to.match(/^https:/);
      const answer = await ask(`${url}/checks/prod-shop`, { ca: authority.ca });
      expect([answer.status, answer.protocol]).to.deep.equal([200, 'TLSv1.3']);
      expect(answer.body).to.contain(`curl -sS &#39;${url}/diff`);
    }));

  it('does not answer plain HTTP', () =>
    withServer({ tls_server_config: tls() }, async ({ url }) => {
      expect(await refusal(ask(url.replace('https:', 'http:')))).not.to.match(/^answered/);
      expect((await ask(`${url}/-/healthy`, { ca: authority.ca })).status).to.equal(200);
    }));

  const VERSIONS: readonly (readonly [server: string, client: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3', outcome: string])[] = [
    ['TLS12 to TLS13', 'TLSv1.1', 'refused'],
    ['TLS12 to TLS13', 'TLSv1.2', 'TLSv1.2'],
    ['TLS12 to TLS13', 'TLSv1.3', 'TLSv1.3'],
    ['TLS13 to TLS13', 'TLSv1.2', 'refused'],
    ['TLS12 to TLS12', 'TLSv1.3', 'refused'],
  ];
  for (const [versions, version, outcome] of VERSIONS) {
    it(`${versions}: ${version} is ${outcome === 'refused' ? outcome : 'spoken'}`, async () => {
      const [min_version, max_version] = versions.split(' to ');
      await withServer({ tls_server_config: tls({ min_version, max_version }) }, async ({ url }) => {
        // Security level 0 lets this client offer what this machine's OpenSSL would not even try.
        const client = { ca: authority.ca, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
        const seen = await ask(`${url}/-/healthy`, client).then(
          ({ protocol }) => protocol,
          () => 'refused',
        );
        expect(seen).to.equal(outcome);
      });
    });
  }

  it('speaks the cipher suites and curves that are listed, and no others', () =>
    withServer(
      {
        tls_server_config: tls({
          cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
          curve_preferences: ['CurveP384'],
        }),
      },
      async ({ url }) => {
        const outcome = (options: object): Promise<string> =>
          refusal(ask(`${url}/-/healthy`, { ca: authority.ca, ...options }));
        const old = { maxVersion: 'TLSv1.2' } as const;
        expect(await outcome({ ...old, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).to.equal('answered 200');
        expect(await outcome({ ...old, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).not.to.match(/^answered/);
        expect(await outcome({ ciphers: 'TLS_CHACHA20_POLY1305_SHA256' })).to.equal('answered 200');
        expect(await outcome({ ciphers: 'TLS_AES_128_GCM_SHA256', minVersion: 'TLSv1.3' })).not.to.match(/^answered/);
        expect(await outcome({ ecdhCurve: 'P-384' })).to.equal('answered 200');
        expect(await outcome({ ecdhCurve: 'X25519:P-256' })).not.to.match(/^answered/);
      },
    ));

  /** Whether clients with these certificates get an answer: none, ci, ops, foreign. */
  const CLIENTS: readonly (readonly [type: string, sans: readonly string[] | undefined, ...answered: boolean[]])[] = [
    ['NoClientCert', undefined, true, true, true, true],
    ['RequestClientCert', undefined, true, true, true, true],
    ['RequireAnyClientCert', undefined, false, true, true, true],
    ['RequireAnyClientCert', ['ci.example.org'], false, true, false, true],
    ['VerifyClientCertIfGiven', undefined, true, true, true, false],
    ['RequireAndVerifyClientCert', undefined, false, true, true, false],
    ['RequireAndVerifyClientCert', ['ci.example.org'], false, true, false, false],
    ['RequireAndVerifyClientCert', ['spiffe://example.org/ci'], false, true, false, false],
    ['RequireAndVerifyClientCert', ['2001:db8::1', 'x'], false, false, true, false],
    ['RequireAndVerifyClientCert', ['ops@example.org'], false, false, true, false],
    ['RequireAndVerifyClientCert', ['ci'], false, false, false, false],
  ];
  for (const [client_auth_type, sans, ...answered] of CLIENTS) {
    it(`${client_auth_type}${sans === undefined ? '' : `, ${sans.join(' or ')}`}`, async () => {
      const verifies = client_auth_type.includes('Verify');
      const change = {
        client_auth_type,
        ...(verifies && { client_ca_file: authority.caFile }),
        ...(sans !== undefined && { client_allowed_sans: sans }),
      };
      await withServer({ tls_server_config: tls(change) }, async ({ url }) => {
        const seen = [];
        for (const client of ['none', 'ci', 'ops', 'foreign']) {
          const outcome = await refusal(ask(`${url}/-/healthy`, { ca: authority.ca, ...clients[client] }));
          seen.push(outcome === 'answered 200');
        }
        expect(seen).to.deep.equal(answered);
      });
    });
  }

  it('takes a verified certificate for a user, by SAN or common name; a password wins', () =>
    withServer(
      {
        tls_server_config: tls({ client_auth_type: 'VerifyClientCertIfGiven', client_ca_file: authority.caFile }),
        basic_auth_users: { prometheus: hashOf('scrape') },
        users: {
          prometheus: { scopes: ['metrics'] },
          pipeline: { scopes: ['diff', 'run'], client_sans: ['spiffe://example.org/ci'] },
          oncall: { scopes: ['diff'], client_common_names: ['ops'] },
        },
      },
      async ({ url, log }) => {
        const status = async (client: string, path: string, options: object = {}): Promise<number> =>
          (await ask(url + path, { ca: authority.ca, ...clients[client], ...options })).status;
        expect(await status('ci', '/diff')).to.equal(200);
        expect(await status('ci', '/diff/prod-shop', { method: 'POST' })).to.equal(200);
        expect(await status('ci', '/metrics')).to.equal(403);
        expect(await status('ops', '/diff')).to.equal(200);
        expect(await status('ops', '/diff/prod-shop', { method: 'POST' })).to.equal(403);
        expect(await status('none', '/diff')).to.equal(401);
        const headers = basic('prometheus', 'scrape');
        expect(await status('ci', '/metrics', { headers })).to.equal(200);
        expect(await status('ci', '/diff', { headers })).to.equal(403);
        expect(await status('ci', '/diff', { headers: basic('prometheus', 'wrong') })).to.equal(401);
        const line = log.find(({ msg }) => msg === 'drift read');
        expect(line).to.include({ user: 'pipeline', via: 'certificate', certificate: 'ci', status: 200 });
      },
    ));

  it('is a 403 for a certificate of nobody, where certificates are the only way in', () =>
    withServer(
      {
        tls_server_config: tls({ client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: authority.caFile }),
        users: { pipeline: { scopes: ['diff'], client_sans: ['ci.example.org'] } },
      },
      async ({ url }) => {
        const answer = await ask(`${url}/diff`, { ca: authority.ca, ...clients['ops'] });
        expect(answer.status).to.equal(403);
        expect(answer.body).to.contain('unknown_certificate');
        expect((await ask(`${url}/diff`, { ca: authority.ca, ...clients['ci'] })).status).to.equal(200);
      },
    ));

  it('takes a new certificate without dropping an answer, and keeps the old one when the new is broken', async () => {
    const dir = authority.dir;
    const install = async (files: Pick<CertificateFiles, 'certFile' | 'keyFile'>): Promise<void> => {
      await copyFile(files.keyFile, join(dir, 'live.key.new'));
      await copyFile(files.certFile, join(dir, 'live.pem.new'));
      await rename(join(dir, 'live.key.new'), join(dir, 'live.key'));
      await rename(join(dir, 'live.pem.new'), join(dir, 'live.pem'));
    };
    const first = await authority.issue('first');
    const second = await authority.issue('second');
    await install(first);
    const content = { tls_server_config: { cert_file: join(dir, 'live.pem'), key_file: join(dir, 'live.key') } };
    await withServer(content, async ({ url, keeper, log }) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const get = async (options: object = {}): Promise<string> =>
        (await ask(`${url}/-/healthy`, { ca: authority.ca, ...options })).serial;
      const old = await get();
      expect(await get({ agent })).to.equal(old);

      const done = new AbortController();
      const outcomes: string[] = [];
      const asked = (async () => {
        while (!done.signal.aborted) outcomes.push(await refusal(ask(`${url}/-/healthy`, { ca: authority.ca })));
      })();
      await install(second);
      const fresh = await eventually(async () => {
        const serial = await get();
        return serial !== old && serial;
      });
      expect(await get({ agent }), 'a connection from before ends').to.equal(fresh);

      await writeFile(join(dir, 'live.pem'), 'half a certif');
      await eventually(() => keeper.status().file?.lastReloadSuccessful === false);
      expect(await get()).to.equal(fresh);
      await install(first);
      await eventually(() => keeper.status().file?.lastReloadSuccessful === true);
      await eventually(async () => (await get()) === old);
      done.abort();
      await asked;
      expect(new Set(outcomes)).to.deep.equal(new Set(['answered 200']));
      agent.destroy();
      const refused = log.filter(({ msg }) => String(msg).startsWith('web configuration not reloaded'));
      expect(JSON.stringify(refused)).to.contain('tls_server_config.cert_file: expected PEM certificates; got none');
    });
  });

  it('lets nobody in on a session of an authority that is no longer trusted', async () => {
    const content = (caFile: string): unknown => ({
      tls_server_config: tls({ client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: caFile }),
    });
    await withServer(content(authority.caFile), async ({ url, keeper, rewrite }) => {
      const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
      const get = (): Promise<string> =>
        refusal(ask(`${url}/-/healthy`, { agent, ca: authority.ca, ...clients['ci'] }));
      expect(await get()).to.equal('answered 200');
      expect(await get()).to.equal('answered 200');
      const changed = new Promise((resolve) => keeper.onChange(resolve));
      await rewrite(content(stranger.caFile));
      await changed;
      expect(await get()).not.to.match(/^answered/);
    });
  });

  const RESTARTS: readonly (readonly [string, () => unknown, string])[] = [
    [
      'TLS is taken away',
      () => ({}),
      'tls_server_config: cannot be added or removed while the service runs; restart it',
    ],
    [
      'certificates of clients are asked for',
      () => ({ tls_server_config: tls({ client_auth_type: 'RequireAnyClientCert' }) }),
      'tls_server_config.client_auth_type: cannot change from or to NoClientCert while the service runs; restart it',
    ],
  ];
  for (const [what, content, message] of RESTARTS) {
    it(`stays as it was when ${what}, and says that this takes a restart`, () =>
      withServer({ tls_server_config: tls() }, async ({ url, keeper, rewrite, log }) => {
        await rewrite(content());
        await eventually(() => keeper.status().file?.lastReloadSuccessful === false);
        expect((await ask(`${url}/-/healthy`, { ca: authority.ca })).status).to.equal(200);
        expect(JSON.stringify(log)).to.contain(message);
        await rewrite({ tls_server_config: tls() });
        await eventually(() => keeper.status().file?.lastReloadSuccessful === true);
      }));
  }

  it('is what curl and openssl s_client see', async function () {
    needs(this, { curl: 'apt-get install curl' });
    await withServer(
      {
        tls_server_config: tls({ client_auth_type: 'VerifyClientCertIfGiven', client_ca_file: authority.caFile }),
        basic_auth_users: { alice: hashOf('a') },
      },
      async ({ url, port, dir }) => {
        // The password is in a file: an argument could be read by everybody on the machine.
        const config = join(dir, 'curl.conf');
        await writeFile(config, 'user = "alice:a"\n', { mode: 0o600 });
        const common = [
          '-sS',
          '--cacert',
          authority.caFile,
          '-o',
          '/dev/null',
          '-w',
          '%{http_code} %{ssl_verify_result}',
        ];
        expect((await run('curl', [...common, `${url}/metrics`])).stdout).to.equal('401 0');
        expect((await run('curl', [...common, '--config', config, `${url}/metrics`])).stdout).to.equal('200 0');
        const untrusted = await run('curl', ['-sS', `${url}/metrics`]).catch((error: Error) => error.message);
        expect(untrusted).to.match(/certificate/);
        if (programOnPath('openssl') === undefined) return;
        const client = run('openssl', [
          's_client',
          '-connect',
          `127.0.0.1:${port}`,
          '-CAfile',
          authority.caFile,
          '-tls1_2',
        ]);
        client.child.stdin?.end();
        const { stdout } = await client;
        expect(stdout).to.contain('Verify return code: 0 (ok)').and.to.contain('CN = test authority');
        const old = run('openssl', [
          's_client',
          '-connect',
          `127.0.0.1:${port}`,
          '-tls1_1',
          '-cipher',
          'ALL:@SECLEVEL=0',
        ]);
        old.child.stdin?.end();
        expect(
          await old.then(
            () => 'connected',
            (error: { code: number }) => error.code,
          ),
        ).to.equal(1);
      },
    );
  });
});
