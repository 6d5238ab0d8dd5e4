import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readWebConfig } from '../../src/web-config/read-web-config.ts';
import { certificateAuthority, OPENSSL, type CertificateAuthority } from '../support/certificates.ts';
import { needs } from '../support/skips.ts';

const FOLDER = join(import.meta.dirname, 'files');

/** Files with a first line such as `# expect: ok` or `# expect: an error && another`. `DIR` is where the file lies. */
describe('a web configuration file', () => {
  let authority: CertificateAuthority;
  before(async function () {
    needs(this, OPENSSL);
    authority = await certificateAuthority();
    await authority.issue('server');
    await authority.issue('other');
    await writeFile(join(authority.dir, 'empty.pem'), 'nothing\n');
    await writeFile(
      join(authority.dir, 'broken.pem'),
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    );
    await mkdir(join(authority.dir, 'directory'));
  });
  after(() => authority?.remove());

  for (const file of readdirSync(FOLDER)) {
    const expected = /^# expect: (.*)$/m.exec(readFileSync(join(FOLDER, file), 'utf8'))?.[1] ?? '';
    it(`${expected === 'ok' ? 'is read' : 'is refused with the exact message'}: ${file}`, async () => {
      const copy = join(authority.dir, basename(file));
      await copyFile(join(FOLDER, file), copy);
      const result = await readWebConfig(copy);
      const errors = result.ok ? ['ok'] : result.errors.map((error) => error.replaceAll(authority.dir, 'DIR'));
      expect(errors).to.deep.equal(expected.split(' && '));
    });
  }

  it('never shows a hash, a password put in place of one, or a key', async () => {
    const file = join(authority.dir, 'secrets.yml');
    const secrets = ['hunter2-in-clear', '$2y$10$tooshort', '-----BEGIN PRIVATE KEY----- canary'];
    await writeFile(
      file,
      JSON.stringify({
        basic_auth_users: { alice: secrets[0], bob: secrets[1], carol: { nested: secrets[0] } },
        tls_server_config: { cert_file: 'server.pem', key: secrets[2] },
      }),
    );
    const result = await readWebConfig(file);
    expect(result.ok).to.equal(false);
    for (const secret of secrets) expect(JSON.stringify(result)).not.to.contain(secret);
  });

  it('gives a user without the section `users` every scope, as the exporter toolkit does', async () => {
    const file = join(authority.dir, 'plain.yml');
    await writeFile(file, `basic_auth_users: { alice: "$2y$10$${'a'.repeat(53)}" }`);
    const result = await readWebConfig(file);
    expect(result).to.have.nested.property('settings.users[0].scopes').with.length(4);
  });

  it('tells when its certificates end, by the first of each file', async () => {
    const { certFile } = await authority.issue('short', { days: 3 });
    const chain = join(authority.dir, 'chain.pem');
    await writeFile(chain, readFileSync(join(authority.dir, 'server.pem'), 'utf8') + readFileSync(certFile, 'utf8'));
    const file = join(authority.dir, 'expiry.yml');
    await writeFile(
      file,
      'tls_server_config: { cert_file: chain.pem, key_file: server.key, client_ca_file: ca.pem, client_auth_type: VerifyClientCertIfGiven }',
    );
    const result = await readWebConfig(file);
    if (!result.ok || result.settings.tls === undefined) throw new Error(JSON.stringify(result));
    const { server, client_ca } = result.settings.tls.expiry;
    const days = (text = ''): number => Math.round((Date.parse(text) - Date.now()) / 86_400_000);
    expect([days(server), days(client_ca)]).to.deep.equal([3, 30]);
  });
});
