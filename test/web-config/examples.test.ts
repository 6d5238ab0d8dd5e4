import { expect } from 'chai';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPasswordCheck } from '../../src/web-config/password-check.ts';
import { readWebConfig } from '../../src/web-config/read-web-config.ts';
import type { WebSettings } from '../../src/web-config/web-settings.ts';
import { certificateAuthority, OPENSSL } from '../support/certificates.ts';
import { needs } from '../support/skips.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

async function settingsOf(file: string): Promise<WebSettings> {
  const result = await readWebConfig(file);
  if (!result.ok) throw new Error(result.errors.join('\n'));
  return result.settings;
}

describe('the examples of web configurations', () => {
  it('web-config.yml loads, and its passwords are those that it says', async () => {
    const { users } = await settingsOf(join(EXAMPLES, 'web-config.yml'));
    const check = createPasswordCheck();
    const passwords = { prometheus: 'scrape', oncall: 'oncall', admin: 'admin' };
    expect(users.map(({ name }) => name)).to.deep.equal(Object.keys(passwords));
    for (const { name, passwordHash = '' } of users) {
      expect(await check.matches(passwords[name as keyof typeof passwords], passwordHash)).to.equal(true);
    }
  });

  it('web-config-tls.yml loads beside certificates with the names that it gives', async function () {
    needs(this, OPENSSL);
    const authority = await certificateAuthority();
    const at = (file: string): string => join(authority.dir, file);
    const { certFile, keyFile } = await authority.issue('localhost');
    await copyFile(certFile, at('server.crt'));
    await copyFile(keyFile, at('server.key'));
    await copyFile(authority.caFile, at('clients.crt'));
    await copyFile(join(EXAMPLES, 'web-config-tls.yml'), at('web-config.yml'));
    const { tls, users, headers } = await settingsOf(at('web-config.yml'));
    expect(tls?.clientAuth).to.equal('VerifyClientCertIfGiven');
    expect(users.map(({ name }) => name)).to.deep.equal(['prometheus', 'oncall', 'admin', 'pipeline']);
    expect(headers).to.have.keys('Strict-Transport-Security');
    await authority.remove();
  });
});
